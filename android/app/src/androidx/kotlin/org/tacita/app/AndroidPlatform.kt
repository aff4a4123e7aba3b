package org.tacita.app

import android.content.Intent
import androidx.activity.ComponentActivity
import androidx.activity.compose.rememberLauncherForActivityResult
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import com.journeyapps.barcodescanner.ScanContract
import com.journeyapps.barcodescanner.ScanOptions
import org.tacita.platform.Connection
import org.tacita.platform.SecureWindow
import org.tacita.platform.decodeSmall
import org.tacita.platform.shrink

/** Android as screens need it. */
class AndroidPlatform(
    private val activity: ComponentActivity,
    window: SecureWindow,
    override val exportFolder: String,
) : Platform {
    override fun decode(file: ByteArray): ImageBitmap? = decodeSmall(file)?.asImageBitmap()

    override val share: (String) -> Unit = { text ->
        val send = Intent(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)
        activity.startActivity(Intent.createChooser(send, null))
    }

    override val scanner: @Composable (onCode: (String) -> Unit) -> Unit = { onCode ->
        val camera = rememberLauncherForActivityResult(ScanContract()) { result -> result.contents?.let(onCode) }
        LaunchedEffect(Unit) { camera.launch(ScanOptions().setBeepEnabled(false).setOrientationLocked(false)) }
    }

    private var chosen: (ByteArray) -> Unit = {}
    private val chooser = activity.registerForActivityResult(PickVisualMedia()) { picture ->
        picture?.let { activity.contentResolver.openInputStream(it) }?.use { shrink(it.readBytes()) }?.let { chosen(it) }
    }

    override val choosePicture: ((ByteArray) -> Unit) -> Unit = { onChosen ->
        chosen = onChosen
        chooser.launch(androidx.activity.result.PickVisualMediaRequest(PickVisualMedia.ImageOnly))
    }

    override val secureScreen: Switch = object : Switch {
        override var isOn: Boolean by window::isOn
    }

    override val connection: Switch = object : Switch {
        override var isOn: Boolean by Connection(activity)::isOn
    }
}

package org.tacita.app.desktop

import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.toComposeImageBitmap
import java.nio.file.Path
import org.jetbrains.skia.Codec
import org.jetbrains.skia.Data
import org.jetbrains.skia.Image
import org.tacita.app.Platform
import org.tacita.app.Switch

/** A desktop: no camera, no share sheet. */
object DesktopPlatform : Platform {
    private const val LIMIT = 4096

    override fun decode(file: ByteArray): ImageBitmap? = try {
        // The size first: a small file can say that it is a huge picture.
        val codec = Codec.makeFromData(Data.makeFromBytes(file))
        if (codec.width > LIMIT || codec.height > LIMIT) null else Image.makeFromEncoded(file).toComposeImageBitmap()
    } catch (_: IllegalArgumentException) {
        null
    }

    override val share: ((String) -> Unit)? = null
    override val scanner: (@Composable (onCode: (String) -> Unit) -> Unit)? = null
    override val choosePicture: ((onChosen: (ByteArray) -> Unit) -> Unit)? = null
    override val exportFolder: String = Path.of(System.getProperty("user.home")).toString()
    override val secureScreen: Switch? = null
    override val connection: Switch? = null
}

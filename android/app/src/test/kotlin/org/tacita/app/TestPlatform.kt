package org.tacita.app

import androidx.compose.foundation.layout.Column
import androidx.compose.material3.OutlinedTextField
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.platform.ClipboardManager
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.AnnotatedString
import org.tacita.app.desktop.DesktopPlatform

/** A clipboard without a desktop. */
class TestClipboard : ClipboardManager {
    private var text: AnnotatedString? = null

    override fun getText(): AnnotatedString? = text

    override fun setText(annotatedString: AnnotatedString) {
        text = annotatedString
    }
}

/** A phone as far as screens can tell: its camera is a field into which a test types what was scanned. */
class TestPlatform(override val exportFolder: String) : Platform {
    override fun decode(file: ByteArray): ImageBitmap? = DesktopPlatform.decode(file)

    override val share: (String) -> Unit = {}

    override val scanner: @Composable (onCode: (String) -> Unit) -> Unit = { onCode ->
        Column {
            var code by remember { mutableStateOf("") }
            OutlinedTextField(code, {
                code = it
                onCode(it)
            }, Modifier.testTag("camera"))
        }
    }

    override val choosePicture: ((ByteArray) -> Unit) -> Unit = {}

    override val secureScreen: Switch = object : Switch {
        override var isOn = true
    }

    override val connection: Switch = object : Switch {
        override var isOn = false
    }
}

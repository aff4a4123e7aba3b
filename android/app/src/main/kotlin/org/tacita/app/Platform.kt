package org.tacita.app

import androidx.compose.runtime.Composable
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.graphics.ImageBitmap

/** What screens need of the system that they run on. */
interface Platform {
    /** A picture file as pixels, or null if the decoder refuses it or it says that it is larger than 4,096 by 4,096. */
    fun decode(file: ByteArray): ImageBitmap?

    /** Offers a link to other apps; null where there is no such thing. */
    val share: ((String) -> Unit)?

    /** Shows what the camera sees and reports a code; null without a camera. */
    val scanner: (@Composable (onCode: (String) -> Unit) -> Unit)?

    /** Lets the user choose a picture and gives it as a JPEG, PNG or WebP file of at most 16,384 bytes; null without. */
    val choosePicture: ((onChosen: (ByteArray) -> Unit) -> Unit)?

    /** Where exported conversations go. */
    val exportFolder: String

    /** Whether pictures of the screen are kept away from other apps and the list of recent ones; null where that is not possible. */
    val secureScreen: Switch?

    /** Whether the app stays connected while nobody looks at it; null where it does so by itself. */
    val connection: Switch?
}

/** Something of the system that the user switches. */
interface Switch {
    var isOn: Boolean
}

val LocalPlatform = staticCompositionLocalOf<Platform> { error("no platform") }

package org.tacita.app.desktop

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.DisposableEffect
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.type
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import java.nio.file.Path
import java.util.Locale
import kotlinx.coroutines.runBlocking
import org.tacita.app.App
import org.tacita.app.LocalPlatform
import org.tacita.app.Navigator
import org.tacita.app.TacitaTheme
import org.tacita.app.words.LocalWords
import org.tacita.app.words.wordsOf
import org.tacita.bindings.testVault
import org.tacita.kit.model.AppModel

/**
 * The app in a window, for those who work on it. The key of its store lies in a file beside the store: that is what a test
 * vault is, and why this is no messenger to rely on.
 */
fun main(arguments: Array<String>) {
    val directory = arguments.firstOrNull() ?: Path.of(System.getProperty("user.home"), ".local/share/tacita-desktop").toString()
    val model = AppModel(directory, testVault(directory))
    val navigator = Navigator()
    model.open()
    application {
        Window(
            onCloseRequest = {
                runBlocking { model.shutDown() }
                exitApplication()
            },
            state = rememberWindowState(size = DpSize(411.dp, 820.dp)),
            title = "Tacita",
            onKeyEvent = { event ->
                val isBack = event.key == Key.Escape && event.type == KeyEventType.KeyDown && navigator.hasBack
                if (isBack) navigator.back()
                isBack
            },
        ) {
            CompositionLocalProvider(LocalWords provides wordsOf(Locale.getDefault()), LocalPlatform provides DesktopPlatform) {
                TacitaTheme { App(model, navigator) }
            }
            // Said once the first frame is there: what starts this can wait for it.
            DisposableEffect(Unit) {
                println("window is open")
                onDispose {}
            }
        }
    }
}

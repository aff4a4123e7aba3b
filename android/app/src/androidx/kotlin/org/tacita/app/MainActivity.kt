package org.tacita.app

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.remember
import java.util.Locale
import org.tacita.app.words.LocalWords
import org.tacita.app.words.wordsOf
import org.tacita.platform.SecureWindow

/** The one activity. */
class MainActivity : ComponentActivity() {
    private val app get() = application as TacitaApplication
    private val navigator = Navigator()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        val window = SecureWindow(this).also { it.apply() }
        val platform = AndroidPlatform(this, window, app.places.exports)
        app.model.open()
        setContent {
            BackHandler(navigator.hasBack, navigator::back)
            CompositionLocalProvider(
                LocalWords provides remember { wordsOf(Locale.getDefault()) },
                LocalPlatform provides platform,
            ) { TacitaTheme { App(app.model, navigator) } }
        }
    }

    override fun onStart() {
        super.onStart()
        app.isVisible = true
        app.notifications.clear()
    }

    override fun onStop() {
        app.isVisible = false
        super.onStop()
    }
}

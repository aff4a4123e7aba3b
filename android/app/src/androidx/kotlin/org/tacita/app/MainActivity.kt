package org.tacita.app

import android.Manifest
import android.content.Intent
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.result.contract.ActivityResultContracts.RequestPermission
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
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
        opened(intent)
        // Whoever says no has no notifications; all else goes on.
        registerForActivityResult(RequestPermission()) {}.launch(Manifest.permission.POST_NOTIFICATIONS)
        setContent {
            BackHandler(navigator.hasBack, navigator::back)
            CompositionLocalProvider(
                LocalWords provides remember { wordsOf(Locale.getDefault()) },
                LocalPlatform provides platform,
            ) {
                TacitaTheme {
                    // Behind the bars and the keyboard there is colour and nothing to read.
                    Box(Modifier.fillMaxSize().background(MaterialTheme.colorScheme.background).safeDrawingPadding()) {
                        App(app.model, navigator)
                    }
                }
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        opened(intent)
    }

    /** What it says is read when a screen shows it, and nobody is asked before the user accepts. */
    private fun opened(intent: Intent) {
        if (intent.action == Intent.ACTION_VIEW) navigator.opened = intent.dataString
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

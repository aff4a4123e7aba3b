package org.tacita.app.parts

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Info
import androidx.compose.material.icons.filled.Warning
import androidx.compose.material3.Icon
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp

/** How much a banner matters. */
enum class Tone { Quiet, Note, Error }

/** Something to be known above all else on a screen, with what can be done about it. */
@Composable
fun Banner(text: String, tone: Tone, vararg actions: Pair<String, () -> Unit>) {
    val colors = MaterialTheme.colorScheme
    val (back, front) = when (tone) {
        Tone.Quiet -> colors.surfaceVariant to colors.onSurfaceVariant
        Tone.Note -> colors.tertiaryContainer to colors.onTertiaryContainer
        Tone.Error -> colors.errorContainer to colors.onErrorContainer
    }
    Surface(
        Modifier.fillMaxWidth().padding(horizontal = 12.dp, vertical = 4.dp).semantics { liveRegion = LiveRegionMode.Polite },
        shape = MaterialTheme.shapes.small,
        color = back,
        contentColor = front,
    ) {
        Column(Modifier.padding(start = 12.dp, end = 12.dp, top = 10.dp, bottom = if (actions.isEmpty()) 10.dp else 2.dp)) {
            Row(verticalAlignment = Alignment.Top) {
                Icon(if (tone == Tone.Quiet) Icons.Filled.Info else Icons.Filled.Warning, null, Modifier.size(20.dp))
                Spacer(Modifier.width(10.dp))
                Text(text, style = MaterialTheme.typography.bodyMedium)
            }
            if (actions.isNotEmpty()) {
                Row(Modifier.fillMaxWidth(), Arrangement.End) {
                    CompositionLocalProvider(LocalContentColor provides front) {
                        for ((label, act) in actions) TextButton(act) { Text(label, color = front) }
                    }
                }
            }
        }
    }
}

/** What is said where there is nothing to show. */
@Composable
fun Empty(title: String, text: String, modifier: Modifier = Modifier, action: @Composable () -> Unit = {}) {
    Column(modifier.padding(32.dp), Arrangement.Center, Alignment.CenterHorizontally) {
        Text(title, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center)
        Spacer(Modifier.height(8.dp))
        Text(
            text,
            style = MaterialTheme.typography.bodyMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            textAlign = TextAlign.Center,
        )
        Spacer(Modifier.height(16.dp))
        action()
    }
}

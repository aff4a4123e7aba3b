package org.tacita.app.screens

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Delete
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.unit.dp
import org.tacita.app.parts.Confirm
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.Heading
import org.tacita.app.parts.Line
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.StorageView
import org.tacita.kit.model.SettingsModel
import org.tacita.kit.model.SettingsState

/** How much is stored, as a picture, and the clean-up. */
@Composable
fun StorageScreen(model: SettingsModel, now: () -> ULong, back: () -> Unit) {
    val state = model.state.shown()
    Page(words.storage, back) {
        ProblemBanner(model)
        val storage = state.storage ?: return@Page
        Total(storage)
        Explanation(words.messagesStored(storage.messages))
        storage.diskFreeBytes?.let { Explanation(words.diskFree(it)) }
        Heading(words.cleanUp)
        CleanUp(state, model, now)
    }
}

@Composable
private fun Total(storage: StorageView) {
    val colors = MaterialTheme.colorScheme
    val parts = listOf(
        Triple(words.storedMessages, storage.messageBytes, colors.primary),
        Triple(words.storedIndex, storage.indexBytes, colors.tertiary),
        Triple(words.storedPictures, storage.pictureBytes, Color(0xFF2F8F7A)),
        Triple(words.storedOther, storage.outboxBytes + storage.keyBytes + storage.logBytes + storage.damagedBytes, colors.secondary),
        Triple(words.storedFree, storage.freeBytes, colors.outlineVariant),
    )
    val sum = parts.sumOf { it.second }.toFloat().coerceAtLeast(1f)
    Column(Modifier.fillMaxWidth().padding(20.dp)) {
        Text(words.bytes(storage.totalBytes), style = MaterialTheme.typography.headlineSmall)
        Canvas(Modifier.fillMaxWidth().padding(vertical = 12.dp).height(18.dp).clip(MaterialTheme.shapes.small)) {
            var from = 0f
            for ((_, bytes, color) in parts) {
                val width = size.width * (bytes.toFloat() / sum)
                drawRect(color, Offset(from, 0f), Size(width, size.height))
                from += width
            }
        }
        for ((name, bytes, color) in parts) {
            Row(Modifier.padding(vertical = 3.dp), verticalAlignment = Alignment.CenterVertically) {
                Canvas(Modifier.size(12.dp)) { drawCircle(color) }
                Text(name, Modifier.padding(start = 10.dp).weight(1f), style = MaterialTheme.typography.bodyMedium)
                Text(words.bytes(bytes), style = MaterialTheme.typography.bodyMedium)
            }
        }
    }
}

@Composable
private fun CleanUp(state: SettingsState, model: SettingsModel, now: () -> ULong) {
    var months by remember { mutableStateOf<ULong?>(null) }
    val cleaned = state.cleaned
    val shrinking = state.shrinking
    if (cleaned != null) {
        LinearProgressIndicator(Modifier.fillMaxWidth().padding(horizontal = 20.dp))
        Explanation(if (shrinking == null) words.cleaned(cleaned) else words.shrinking(shrinking))
        TextButton(model::cancelCleanUp, Modifier.padding(horizontal = 8.dp)) { Text(words.cancel) }
    } else {
        for (choice in listOf(12uL, 3uL, 1uL)) {
            Line(words.olderThan(choice), null, Icons.Filled.Delete) { months = choice }
        }
    }
    months?.let {
        Confirm(words.cleanUpTitle, words.cleanUpDetail(it), words.delete, { months = null }) {
            model.cleanUp(now() - it * MONTH_MS)
        }
    }
}

private const val MONTH_MS: ULong = 2_592_000_000u

package org.tacita.app.screens

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.SpanStyle
import androidx.compose.ui.text.buildAnnotatedString
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import java.text.Normalizer
import org.tacita.app.words.words
import org.tacita.bindings.ConversationView
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessageView

/** A text that was found, from a little before the first word that fits. */
@Composable
internal fun SearchResult(conversation: ConversationView, message: MessageView, query: String, open: () -> Unit) {
    Column(Modifier.fillMaxWidth().clickable(onClick = open).padding(horizontal = 20.dp, vertical = 10.dp)) {
        Row {
            Text(nameOf(conversation), Modifier.weight(1f), style = MaterialTheme.typography.titleSmall, maxLines = 1)
            Spacer(Modifier.width(8.dp))
            Text(
                words.shortTime(message.sentMs),
                style = MaterialTheme.typography.labelMedium,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
        }
        val text = (message.body as? MessageBody.Text)?.text.orEmpty()
        val marked = remember(text, query) { mark(text, query) }
        Text(
            marked,
            style = MaterialTheme.typography.bodyMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            maxLines = 2,
            overflow = TextOverflow.Ellipsis,
        )
    }
}

/** Words that begin as those of the query do stand out. */
private fun mark(text: String, query: String): AnnotatedString {
    val wanted = WORD.findAll(query).map { plain(it.value) }.toList()
    val found = WORD.findAll(text).filter { word -> wanted.any { plain(word.value).startsWith(it) } }.map { it.range }.toList()
    val start = found.firstOrNull()?.first?.let { if (it > BEFORE) text.lastIndexOf(' ', it - BEFORE / 2) + 1 else 0 } ?: 0
    return buildAnnotatedString {
        if (start > 0) append("… ")
        val from = length
        append(text.substring(start))
        for (range in found.filter { it.first >= start }) {
            addStyle(SpanStyle(fontWeight = FontWeight.Bold), from + range.first - start, from + range.last + 1 - start)
        }
    }
}

private fun plain(word: String): String =
    Normalizer.normalize(word, Normalizer.Form.NFKD).filter { Character.getType(it).toByte() != Character.NON_SPACING_MARK }
        .lowercase()

private val WORD = Regex("[\\p{L}\\p{N}\\p{M}]+")
private const val BEFORE = 40

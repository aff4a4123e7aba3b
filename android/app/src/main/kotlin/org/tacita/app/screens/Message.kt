package org.tacita.app.screens

import androidx.compose.foundation.combinedClickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.Divider
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.LocalClipboardManager
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.tacita.app.parts.DeliveryMark
import org.tacita.app.words.words
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessageView
import org.tacita.bindings.QueueReason
import org.tacita.kit.model.ConversationModel

/** One message; [follows] one of the same side. */
@Composable
internal fun Message(message: MessageView, follows: Boolean, model: ConversationModel) {
    val isOurs = message.direction == Direction.OUTGOING
    var hasMenu by remember { mutableStateOf(false) }
    BoxWithConstraints(Modifier.fillMaxWidth().padding(top = if (follows) 3.dp else 10.dp)) {
        val widest = minOf(maxWidth * 0.82f, 520.dp)
        Box(Modifier.align(if (isOurs) Alignment.CenterEnd else Alignment.CenterStart)) {
            val shape = if (isOurs) RoundedCornerShape(18.dp, 18.dp, 4.dp, 18.dp) else RoundedCornerShape(18.dp, 18.dp, 18.dp, 4.dp)
            val colors = MaterialTheme.colorScheme
            val sender = if (isOurs) words.fromYou else words.fromThem
            Surface(
                Modifier.widthIn(max = widest).clip(shape)
                    .combinedClickable(onLongClick = { hasMenu = true }, onLongClickLabel = words.more) {}
                    .semantics(mergeDescendants = true) { contentDescription = sender },
                shape = shape,
                color = if (isOurs) colors.primaryContainer else colors.surfaceVariant,
                contentColor = if (isOurs) colors.onPrimaryContainer else colors.onSurfaceVariant,
            ) {
                Column(Modifier.padding(horizontal = 14.dp, vertical = 8.dp)) {
                    Body(message.body)
                    Row(Modifier.align(Alignment.End), verticalAlignment = Alignment.CenterVertically) {
                        if (message.sentMs > 0u) Text(words.clock(message.sentMs), style = MaterialTheme.typography.labelSmall)
                        if (isOurs) {
                            Spacer(Modifier.width(6.dp))
                            DeliveryMark(message.delivery, colors.onPrimaryContainer.copy(alpha = 0.6f), colors.primary)
                        }
                    }
                }
            }
            Menu(message, model, hasMenu) { hasMenu = false }
        }
    }
}

@Composable
private fun Body(body: MessageBody) {
    when (body) {
        is MessageBody.Text -> Text(body.text, style = MaterialTheme.typography.bodyLarge)
        is MessageBody.Missing -> Aside(words.missing, words.missingDetail)
        is MessageBody.Undecryptable -> Aside(
            words.undecryptable(body.count.toULong()),
            words.undecryptableCause(body.cause) + " " + words.repair(body.repair),
        )
        is MessageBody.NeedsNewerVersion -> Aside(words.needsNewerVersion, words.needsNewerVersionDetail)
        is MessageBody.Damaged -> Aside(words.damaged, words.damagedDetail)
    }
}

@Composable
private fun Aside(title: String, detail: String) {
    Text(title, style = MaterialTheme.typography.bodyLarge, fontStyle = FontStyle.Italic)
    Text(detail, style = MaterialTheme.typography.bodySmall)
}

@Composable
private fun Menu(message: MessageView, model: ConversationModel, shown: Boolean, dismiss: () -> Unit) {
    val clipboard = LocalClipboardManager.current
    val delivery = message.delivery
    val canDrop = delivery is Delivery.Waiting || (delivery as? Delivery.Queued)?.reason == QueueReason.REQUEST_EXPIRED
    val canEdit = delivery is Delivery.Waiting && delivery.reason != QueueReason.CONTACT_LEFT
    val isDone = delivery !is Delivery.Waiting && delivery !is Delivery.Queued
    val text = (message.body as? MessageBody.Text)?.text
    DropdownMenu(shown, dismiss) {
        val items = buildList<Pair<String, () -> Unit>> {
            if (text != null) add(words.copy to { clipboard.setText(AnnotatedString(text)) })
            if (canEdit && text != null) add(words.edit to { model.edit(message) })
            if (canDrop) add(words.dontSend to { model.drop(message) })
            if (isDone) add(words.deleteHere to { model.delete(message) })
        }
        for ((label, act) in items) {
            DropdownMenuItem({ Text(label) }, {
                dismiss()
                act()
            })
        }
    }
}

/** Where another day begins. */
@Composable
internal fun DayLine(ms: ULong) {
    Text(
        words.day(ms),
        Modifier.fillMaxWidth().padding(top = 16.dp, bottom = 4.dp),
        style = MaterialTheme.typography.labelMedium,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
        textAlign = TextAlign.Center,
    )
}

/** Where what has not been read begins. */
@Composable
internal fun UnreadLine() {
    Row(Modifier.fillMaxWidth().padding(vertical = 8.dp), Arrangement.Center, Alignment.CenterVertically) {
        val color = MaterialTheme.colorScheme.primary
        Divider(Modifier.weight(1f).height(1.dp), color = color)
        Text(words.newMessages, Modifier.padding(horizontal = 12.dp), color, style = MaterialTheme.typography.labelMedium)
        Divider(Modifier.weight(1f).height(1.dp), color = color)
    }
}

package org.tacita.app.screens

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Delete
import androidx.compose.material.icons.filled.Edit
import androidx.compose.material.icons.filled.Lock
import androidx.compose.material.icons.filled.Share
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform
import org.tacita.app.Place
import org.tacita.app.parts.Avatar
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Confirm
import org.tacita.app.parts.Heading
import org.tacita.app.parts.Line
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.SwitchLine
import org.tacita.app.parts.Title
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationState
import org.tacita.bindings.ConversationView
import org.tacita.bindings.Verification
import org.tacita.kit.model.ContactModel
import org.tacita.kit.model.ContactState

/** A contact, and what can be done with the conversation as a whole. */
@Composable
fun ContactScreen(id: ConversationId, model: ContactModel, back: () -> Unit, home: () -> Unit, go: (Place) -> Unit) {
    val state = model.state.shown()
    if (state.gone) LaunchedEffect(Unit) { home() }
    Page(words.contact, back) {
        ProblemBanner(model)
        val conversation = state.conversation ?: return@Page
        Head(conversation, state.picture)
        if (conversation.verification == Verification.ALARM) {
            Banner(words.alarm(nameOf(conversation)), Tone.Error, words.safetyNumber to { go(Place.Safety(id)) })
        }
        Names(conversation, model)
        Line(words.safetyNumber, words.verification(conversation.verification), Icons.Filled.Lock) { go(Place.Safety(id)) }
        Heading(words.conversation)
        SwitchLine(words.pinned, null, conversation.pinned, model::setPinned)
        SwitchLine(words.muted, words.mutedDetail, conversation.mutedUntilMs != null) {
            model.setMuted(if (it) Long.MAX_VALUE.toULong() else null)
        }
        SwitchLine(words.archived, words.archivedDetail, conversation.archived, model::setArchived)
        Export(state, model)
        Heading(words.contact)
        if (conversation.state != ConversationState.LEFT) {
            SwitchLine(words.blocked, words.blockDetail, conversation.blocked, model::setBlocked)
        }
        Delete(nameOf(conversation), model)
    }
}

@Composable
private fun Head(conversation: ConversationView, picture: ByteArray?) {
    Column(Modifier.fillMaxWidth().padding(20.dp), horizontalAlignment = Alignment.CenterHorizontally) {
        Avatar(nameOf(conversation), picture, 96.dp)
        Spacer(Modifier.height(12.dp))
        Title { Text(nameOf(conversation), style = MaterialTheme.typography.headlineSmall, textAlign = TextAlign.Center) }
        if (conversation.nickname.isNotEmpty() && conversation.name.isNotEmpty()) {
            Text(
                words.callsThemselves(conversation.name),
                style = MaterialTheme.typography.bodyMedium,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
                textAlign = TextAlign.Center,
            )
        }
    }
}

@Composable
private fun Names(conversation: ConversationView, model: ContactModel) {
    var isNaming by remember { mutableStateOf(false) }
    Line(words.nickname, conversation.nickname.ifEmpty { words.nicknameDetail }, Icons.Filled.Edit) { isNaming = true }
    if (!isNaming) return
    var name by remember { mutableStateOf(conversation.nickname) }
    AlertDialog(
        onDismissRequest = { isNaming = false },
        title = { Title { Text(words.nickname) } },
        text = {
            Column {
                OutlinedTextField(name, { name = it }, label = { Text(words.nickname) }, singleLine = true)
                Text(words.nicknameDetail, Modifier.padding(top = 8.dp), style = MaterialTheme.typography.bodySmall)
            }
        },
        confirmButton = {
            TextButton({
                isNaming = false
                model.setNickname(name)
            }) { Text(words.save) }
        },
        dismissButton = { TextButton({ isNaming = false }) { Text(words.cancel) } },
    )
}

@Composable
private fun Export(state: ContactState, model: ContactModel) {
    val folder = LocalPlatform.current.exportFolder
    var isAsked by remember { mutableStateOf(false) }
    val export = state.export
    val written = export?.folder
    Line(words.export, words.exportDetail, Icons.Filled.Share) { isAsked = true }
    if (written != null) Banner(words.exported(written), Tone.Note)
    if (export != null && written == null) {
        val share = if (export.messages > 0u) export.written.toFloat() / export.messages.toFloat() else 0f
        LinearProgressIndicator(share.coerceAtMost(1f), Modifier.fillMaxWidth().padding(horizontal = 20.dp))
        TextButton(model::cancelExport, Modifier.padding(horizontal = 8.dp)) { Text(words.cancel) }
    }
    if (isAsked) Confirm(words.export, words.exportWarning(folder), words.export, { isAsked = false }) { model.export(folder) }
}

@Composable
private fun Delete(name: String, model: ContactModel) {
    var isAsked by remember { mutableStateOf(false) }
    Line(words.deleteContact, words.deleteContactDetail, Icons.Filled.Delete, MaterialTheme.colorScheme.error) { isAsked = true }
    if (isAsked) {
        Confirm(words.deleteContactTitle(name), words.deleteContactDetail, words.delete, { isAsked = false }, model::delete)
    }
}

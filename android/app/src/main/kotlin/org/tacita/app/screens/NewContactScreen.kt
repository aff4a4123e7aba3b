package org.tacita.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Person
import androidx.compose.material.icons.filled.Share
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Tab
import androidx.compose.material3.TabRow
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
import androidx.compose.ui.platform.LocalClipboardManager
import androidx.compose.ui.text.AnnotatedString
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform
import org.tacita.app.Place
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Confirm
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.Line
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.QrCode
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.invitationState
import org.tacita.app.words.words
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationState
import org.tacita.bindings.InvitationView
import org.tacita.kit.model.InviteModel
import org.tacita.kit.model.InviteState

/** A new contact: by showing one's own code, or by another's link. */
@Composable
fun NewContactScreen(model: InviteModel, back: () -> Unit, go: (Place) -> Unit, start: (Place) -> Unit) {
    val state = model.state.shown()
    state.accepted?.let { id ->
        LaunchedEffect(id) {
            model.arrived()
            start(Place.Conversation(id))
        }
    }
    var isAccepting by remember { mutableStateOf(state.link.isNotEmpty()) }
    Page(words.newContact, back) {
        TabRow(if (isAccepting) 1 else 0) {
            Tab(!isAccepting, { isAccepting = false }, text = { Text(words.inviteTab) })
            Tab(isAccepting, { isAccepting = true }, text = { Text(words.acceptTab) })
        }
        Spacer(Modifier.height(12.dp))
        ProblemBanner(model)
        if (isAccepting) Accepting(state, model, start) else Inviting(state, model, go)
    }
}

@Composable
private fun Inviting(state: InviteState, model: InviteModel, go: (Place) -> Unit) {
    val shown = state.shown
    if (shown != null) {
        Invitation(shown, model)
        return
    }
    if (state.busy) {
        Busy()
        return
    }
    Line(words.invitePerson, words.invitePersonDetail, Icons.Filled.Person) { model.create(InvitationKind.PERSONAL) }
    Line(words.invitePublic, words.invitePublicDetail, Icons.Filled.Share) { model.create(InvitationKind.PUBLIC) }
    if (!state.invitations.isNullOrEmpty()) {
        Line(words.invitations, words.invitationsDetail(state.invitations.orEmpty().size.toULong())) { go(Place.Invitations) }
    }
}

@Composable
private fun Busy() {
    Row(Modifier.fillMaxWidth().padding(32.dp), Arrangement.Center) { CircularProgressIndicator() }
}

/** An invitation's code and link. */
@Composable
internal fun Invitation(invitation: InvitationView, model: InviteModel) {
    val clipboard = LocalClipboardManager.current
    val share = LocalPlatform.current.share
    var isRevoking by remember { mutableStateOf(false) }
    Column(Modifier.fillMaxWidth().padding(20.dp), horizontalAlignment = Alignment.CenterHorizontally) {
        if (invitation.state != InvitationState.USED) QrCode(invitation.link, words.invitationCode)
        Spacer(Modifier.height(16.dp))
        Text(
            words.invitationState(invitation),
            style = MaterialTheme.typography.bodyMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant,
        )
        Spacer(Modifier.height(16.dp))
        if (invitation.state != InvitationState.USED) {
            Button({ clipboard.setText(AnnotatedString(invitation.link)) }, Modifier.fillMaxWidth()) { Text(words.copyLink) }
            if (share != null) {
                Spacer(Modifier.height(8.dp))
                OutlinedButton({ share(invitation.link) }, Modifier.fillMaxWidth()) { Text(words.shareLink) }
            }
        }
        FlowRow(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            if (invitation.state != InvitationState.USED) TextButton({ isRevoking = true }) { Text(words.revoke) }
            TextButton({ model.show(null) }) { Text(words.close) }
        }
    }
    if (isRevoking) {
        Confirm(words.revokeTitle, words.revokeDetail, words.revoke, { isRevoking = false }) { model.revoke(invitation.id) }
    }
}

@Composable
private fun Accepting(state: InviteState, model: InviteModel, start: (Place) -> Unit) {
    val scanner = LocalPlatform.current.scanner
    val clipboard = LocalClipboardManager.current
    var isScanning by remember { mutableStateOf(false) }
    if (isScanning && scanner != null) {
        scanner {
            isScanning = false
            model.enter(it)
        }
        return
    }
    Explanation(words.acceptDetail)
    Column(Modifier.fillMaxWidth().padding(horizontal = 20.dp)) {
        OutlinedTextField(
            state.link, model::enter, Modifier.fillMaxWidth(), label = { Text(words.invitationLink) }, maxLines = 4,
        )
        Spacer(Modifier.height(8.dp))
        FlowRow(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
            OutlinedButton({ clipboard.getText()?.let { model.enter(it.text) } }) { Text(words.paste) }
            if (scanner != null) OutlinedButton({ isScanning = true }) { Text(words.scanCode) }
        }
        Spacer(Modifier.height(16.dp))
    }
    val preview = state.preview ?: return
    val known = preview.known
    when {
        preview.own -> Banner(words.ownInvitation, Tone.Note)
        known != null -> Banner(words.knownContact, Tone.Note, words.openConversation to { start(Place.Conversation(known)) })
        else -> Explanation(words.asksRelay(preview.relay))
    }
    if (!preview.own) {
        Column(Modifier.fillMaxWidth().padding(20.dp)) {
            Button(model::accept, Modifier.fillMaxWidth(), enabled = !state.busy) {
                Text(if (state.busy) words.oneMoment else words.acceptInvitation)
            }
        }
    }
}

/** The user's invitations, each to be shown again or taken back. */
@Composable
fun InvitationsScreen(model: InviteModel, back: () -> Unit) {
    val state = model.state.shown()
    Page(words.invitations, back) {
        ProblemBanner(model)
        if (state.revocationQueued) Banner(words.revocationQueued, Tone.Quiet)
        val shown = state.shown
        if (shown != null) {
            Invitation(shown, model)
            return@Page
        }
        val all = state.invitations ?: return@Page Busy()
        Explanation(if (all.isEmpty()) words.noInvitations else words.invitationsExplained)
        for (invitation in all) {
            Line(
                words.invitationKind(invitation.kind) + " · " + words.day(invitation.createdMs),
                words.invitationState(invitation),
                if (invitation.kind == InvitationKind.PERSONAL) Icons.Filled.Person else Icons.Filled.Share,
            ) { model.show(invitation) }
        }
    }
}

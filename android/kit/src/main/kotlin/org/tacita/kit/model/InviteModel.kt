package org.tacita.kit.model

import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.Event
import org.tacita.bindings.InvitationId
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationPreview
import org.tacita.bindings.InvitationView
import org.tacita.bindings.Revocation
import org.tacita.kit.Tacita

/** What the screens for new contacts show. */
public data class InviteState(
    /** The user's invitations, the newest first; null until they have been read. */
    val invitations: List<InvitationView>? = null,
    /** The one that is shown to be scanned; null for none. */
    val shown: InvitationView? = null,
    /** The link that was pasted or scanned. */
    val link: String = "",
    /** What it says; null before it was read. */
    val preview: InvitationPreview? = null,
    /** Something is being asked of a relay. */
    val busy: Boolean = false,
    /** The conversation that an accepted invitation has led to: go there. */
    val accepted: ConversationId? = null,
    /** An invitation was taken back, and its relay will be told when it can be reached. */
    val revocationQueued: Boolean = false,
)

/** New contacts: giving invitations away, taking them back, and accepting those of others. */
public class InviteModel(private val client: Tacita) : Model<InviteState>(InviteState()) {
    init {
        act {
            read()
            client.changes().collect { batch -> if (batch.events.any { it is Event.Invitation }) read() }
        }
    }

    /** Makes an invitation and shows it. */
    public fun create(kind: InvitationKind): Unit = asking {
        val made = client.createInvitation(kind)
        read()
        change { state -> state.copy(shown = state.invitations?.firstOrNull { it.id == made.id } ?: made) }
    }

    /** Shows an invitation's code; null shows none. */
    public fun show(invitation: InvitationView?): Unit = change { it.copy(shown = invitation) }

    /** Takes an invitation back. */
    public fun revoke(id: InvitationId): Unit = asking {
        val revocation = client.revokeInvitation(id)
        change { it.copy(shown = null, revocationQueued = revocation == Revocation.QUEUED) }
        read()
    }

    /** A link was pasted, scanned or changed; what it says is read without asking anybody. */
    public fun enter(link: String) {
        dismissProblem()
        change { it.copy(link = link, preview = null) }
        if (link.isBlank()) return
        act {
            try {
                val preview = client.readInvitation(link.trim())
                change { if (it.link == link) it.copy(preview = preview) else it }
            } catch (problem: ClientException) {
                // Of a link that has been changed since, nobody wants to hear.
                if (state.value.link == link) throw problem
            }
        }
    }

    /** Accepts the invitation that was entered; repeating it is safe. */
    public fun accept(): Unit = asking {
        val id = client.acceptInvitation(state.value.link.trim())
        change { it.copy(accepted = id, link = "", preview = null) }
    }

    /** The conversation has been gone to. */
    public fun arrived(): Unit = change { it.copy(accepted = null) }

    private fun asking(work: suspend () -> Unit) {
        if (state.value.busy) return
        dismissProblem()
        change { it.copy(busy = true) }
        inTurn {
            try {
                work()
            } finally {
                change { it.copy(busy = false) }
            }
        }
    }

    private suspend fun read() {
        val all = client.invitations().sortedByDescending { it.createdMs }
        change { state -> state.copy(invitations = all, shown = state.shown?.let { old -> all.firstOrNull { it.id == old.id } }) }
    }
}

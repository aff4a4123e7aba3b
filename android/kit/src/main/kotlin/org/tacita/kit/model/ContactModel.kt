package org.tacita.kit.model

import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.collect
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationView
import org.tacita.bindings.ExportProgress
import org.tacita.bindings.SafetyNumberView
import org.tacita.bindings.Verification
import org.tacita.kit.Tacita

/** What is shown of a contact. */
public data class ContactState(
    /** What the list says of the conversation; null until it has been read. */
    val conversation: ConversationView? = null,
    /** The contact's picture file, if there is one. */
    val picture: ByteArray? = null,
    /** The number to compare and the code to show; null until read. */
    val safety: SafetyNumberView? = null,
    /** What the last scan found; null before one. */
    val scanned: Verification? = null,
    /** How far an export is; null if there was none. */
    val export: ExportProgress? = null,
    /** The conversation has been deleted: leave its screens. */
    val gone: Boolean = false,
)

/** One contact: name, safety number, and what can be done with the conversation as a whole. */
public class ContactModel(private val client: Tacita, private val id: ConversationId) :
    Model<ContactState>(ContactState()) {
    private val pictures = Pictures(client)
    private var export: Job? = null

    init {
        act {
            try {
                client.messages(id, limit = 1u).collect { take(it.conversation) }
            } catch (_: ClientException.NotFound) {
                change { it.copy(gone = true) }
            }
        }
    }

    /** The user's own name for the contact; empty for none. */
    public fun setNickname(name: String) {
        inTurn { client.setNickname(id, name.trim()) }
    }

    /** The user has compared the number and found it equal, or takes that back. */
    public fun setVerified(verified: Boolean) {
        inTurn {
            client.markVerified(id, verified)
            readSafety()
        }
    }

    /** Compares what was scanned from the other screen. */
    public fun scan(code: String) {
        inTurn {
            val found = client.verifyScanned(id, code)
            change { it.copy(scanned = found) }
            readSafety()
        }
    }

    /** The user has been warned and goes on: the contact is unverified then. */
    public fun dismissAlarm() {
        inTurn {
            client.dismissAlarm(id)
            change { it.copy(scanned = null) }
            readSafety()
        }
    }

    /** Blocks the contact, or ends that; it is not told. */
    public fun setBlocked(blocked: Boolean) {
        inTurn { client.setBlocked(id, blocked) }
    }

    /** Puts the conversation above the others, or back among them. */
    public fun setPinned(pinned: Boolean) {
        inTurn { client.setPinned(id, pinned) }
    }

    /** Puts the conversation away, or takes it out again. */
    public fun setArchived(archived: Boolean) {
        inTurn { client.setArchived(id, archived) }
    }

    /** Silences the conversation until a time in milliseconds since 1970; null ends that. */
    public fun setMuted(untilMs: ULong?) {
        inTurn { client.setMuted(id, untilMs) }
    }

    /** Deletes the conversation and its contact. */
    public fun delete() {
        inTurn { client.deleteConversation(id) }
    }

    /** Writes the conversation into files in [folder], which are not encrypted. */
    public fun export(folder: String) {
        cancelExport()
        export = act { client.exportConversation(id, folder).collect { progress -> change { it.copy(export = progress) } } }
    }

    /** Ends an export; nothing of it is left. */
    public fun cancelExport() {
        export?.cancel()
        change { it.copy(export = null) }
    }

    private suspend fun take(conversation: ConversationView) {
        val before = state.value.conversation
        change { it.copy(conversation = conversation) }
        if (before?.verification != conversation.verification) readSafety()
        pictures.follow(listOf(conversation))
        change { it.copy(picture = pictures.shown.value[id]) }
    }

    private suspend fun readSafety() {
        val safety = client.safetyNumber(id)
        change { it.copy(safety = safety) }
    }
}

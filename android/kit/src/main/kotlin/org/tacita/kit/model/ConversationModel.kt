package org.tacita.kit.model

import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collect
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessageView
import org.tacita.bindings.WindowStart
import org.tacita.kit.ShownMessages
import org.tacita.kit.Tacita

/** What a conversation shows. */
public data class ConversationModelState(
    /** The messages and what the list says of the conversation; null until they have been read. */
    val shown: ShownMessages? = null,
    /** The contact's picture file, if there is one. */
    val picture: ByteArray? = null,
    /** What stands in the composer. */
    val draft: String = "",
    /** The waiting message that the composer writes anew; null while it writes another. */
    val editing: MessageView? = null,
    /** The conversation has been deleted: leave its screen. */
    val gone: Boolean = false,
)

/** One conversation: its messages, and the composer below them. Begins at [place] or at the newest message. */
public class ConversationModel(private val client: Tacita, private val id: ConversationId, place: ULong? = null) :
    Model<ConversationModelState>(ConversationModelState()) {
    private val screen = lazy {
        client.openMessages(id, place?.let { WindowStart.Around(it) } ?: WindowStart.Newest)
    }
    private val pictures = Pictures(client)
    private var saving: Job? = null
    private var begun = ""
    private var isClosed = false

    init {
        act {
            try {
                screen.value.shown().collect { take(it) }
            } catch (_: ClientException.NotFound) {
                change { it.copy(gone = true) }
            }
        }
    }

    /** The text in the composer has changed. */
    public fun write(text: String) {
        val isEditing = state.value.editing != null
        change { it.copy(draft = text) }
        saving?.cancel()
        if (isEditing) return
        inTurn { client.setTyping(id, text.isNotEmpty()) }
        saving = act {
            delay(PAUSE_MS)
            // In turn, so that it never comes back after a text that was sent since.
            inTurn { if (state.value.draft == text) client.saveDraft(id, text) }
        }
    }

    /** Sends what stands in the composer, or puts it in the place of the message that is edited. */
    public fun send() {
        val (text, editing) = state.value.let { it.draft.trim() to it.editing }
        if (text.isEmpty()) return
        saving?.cancel()
        change { it.copy(draft = if (editing == null) "" else begun, editing = null) }
        inTurn {
            try {
                if (editing == null) client.sendText(id, text) else client.editQueued(id, editing.place, text)
            } catch (problem: ClientException) {
                // What was written is worth more than what was begun since. A message that has left is not edited any more.
                val left = problem is ClientException.TooLate || problem is ClientException.NotFound
                change { it.copy(draft = text, editing = editing.takeUnless { left }) }
                throw problem
            }
        }
    }

    /** Puts a waiting message into the composer; null ends that, and what was begun before stands there again. */
    public fun edit(message: MessageView?) {
        val wasEditing = state.value.editing != null
        if (!wasEditing) begun = state.value.draft
        if (message == null && !wasEditing) return
        val text = if (message == null) begun else (message.body as? MessageBody.Text)?.text.orEmpty()
        change { it.copy(draft = text, editing = message) }
    }

    /** Deletes a message that has not left. */
    public fun drop(message: MessageView) {
        inTurn { client.dropQueued(id, message.place) }
    }

    /** Deletes a message here; the contact keeps it. */
    public fun delete(message: MessageView) {
        inTurn { client.deleteMessages(id, listOf(message.place)) }
    }

    /** Tries at once what the conversation waits for. */
    public fun retry() {
        inTurn { client.retryNow(id) }
    }

    /** Everything up to this message has been seen. */
    public fun read(message: MessageView) {
        inTurn { client.markRead(id, message.place) }
    }

    /** Shows older messages too. */
    public fun older() {
        inTurn { screen.value.older() }
    }

    /** Shows newer messages too. */
    public fun newer() {
        inTurn { screen.value.newer() }
    }

    /** Goes to the newest message. */
    public fun toNewest() {
        inTurn { screen.value.jump(WindowStart.Newest) }
    }

    /** Answers a message request: from now on both sides can write. */
    public fun accept() {
        inTurn { client.acceptRequest(id) }
    }

    /** Drops a message request; its sender learns nothing. */
    public fun decline() {
        inTurn { client.declineRequest(id) }
    }

    /** Ends the contact's block. */
    public fun unblock() {
        inTurn { client.setBlocked(id, false) }
    }

    /** Keeps what stands in the composer as the draft, and ends what the model follows. */
    override fun close() {
        if (isClosed) return
        isClosed = true
        val last = state.value
        val draft = if (last.editing == null) last.draft else begun
        inTurn {
            if (screen.isInitialized()) screen.value.close()
            try {
                if (last.shown != null && last.shown.conversation.draft != draft) client.saveDraft(id, draft)
                client.setTyping(id, false)
            } catch (_: ClientException.NotFound) {
                // The conversation is gone, and its draft with it.
            }
        }
        super.close()
    }

    private suspend fun take(shown: ShownMessages) {
        change {
            val draft = if (it.shown == null && it.draft.isEmpty()) shown.conversation.draft else it.draft
            it.copy(shown = shown, draft = draft)
        }
        pictures.follow(listOf(shown.conversation))
        change { it.copy(picture = pictures.shown.value[id]) }
    }

    private companion object {
        const val PAUSE_MS = 500L
    }
}

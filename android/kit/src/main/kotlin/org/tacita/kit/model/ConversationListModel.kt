package org.tacita.kit.model

import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.filter
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationView
import org.tacita.bindings.Event
import org.tacita.bindings.ListFilter
import org.tacita.bindings.MessageView
import org.tacita.bindings.OutboxView
import org.tacita.bindings.RelayState
import org.tacita.kit.ShownConversations
import org.tacita.kit.Tacita

/** A text that was found, and the conversation that it stands in. */
public data class SearchHit(
    /** What the list says of the conversation. */
    val conversation: ConversationView,
    /** The message. */
    val message: MessageView,
)

/** What the list of conversations shows. */
public data class ConversationListState(
    /** Which conversations. */
    val filter: ListFilter = ListFilter.MAIN,
    /** Rows and counts; null until they have been read. */
    val shown: ShownConversations? = null,
    /** The contacts' picture files. */
    val pictures: Map<ConversationId, ByteArray> = emptyMap(),
    /** What is looked for; empty for nothing. */
    val query: String = "",
    /** What was found, newest first; null until it was looked for. */
    val hits: List<SearchHit>? = null,
    /** Where the search goes on; null if it has ended. */
    val next: ULong? = null,
    /** How the account's own relay is reached; null until that is known. */
    val relay: RelayState? = null,
    /** What has not left. */
    val outbox: OutboxView? = null,
)

/** The list of conversations, the requests, the archive, and the search through all messages. */
public class ConversationListModel(private val client: Tacita) :
    Model<ConversationListState>(ConversationListState()) {
    private val pictures = Pictures(client)
    private var rows: Job = follow(state.value.filter)
    private var search: Job? = null

    init {
        act { pictures.shown.collect { files -> change { it.copy(pictures = files) } } }
        act {
            client.changes().filter { batch -> batch.events.any { it is Event.Relay || it is Event.Conversation } }
                .collect { readConnection() }
        }
    }

    /** Shows the conversations, the archive or the requests. */
    public fun show(filter: ListFilter) {
        if (filter == state.value.filter) return
        rows.cancel()
        change { it.copy(filter = filter, shown = null) }
        rows = follow(filter)
    }

    /** Looks for texts; an empty query ends the search. */
    public fun search(query: String) {
        search?.cancel()
        change { it.copy(query = query, hits = null, next = null) }
        if (query.isBlank()) return
        search = act {
            // Whoever types on does not wait for what they do not look for any more.
            delay(TYPING_MS)
            find(query, null)
        }
    }

    /** Looks further back. */
    public fun searchOn() {
        val (query, next) = state.value.let { it.query to it.next }
        if (next != null && search?.isActive != true) search = act { find(query, next) }
    }

    /** Puts a conversation above the others, or back among them. */
    public fun setPinned(id: ConversationId, pinned: Boolean): Unit = inTurn { client.setPinned(id, pinned) }

    /** Puts a conversation away, or takes it out again. */
    public fun setArchived(id: ConversationId, archived: Boolean): Unit = inTurn { client.setArchived(id, archived) }

    /** Silences a conversation for good, or ends that. */
    public fun setMuted(id: ConversationId, muted: Boolean): Unit =
        inTurn { client.setMuted(id, if (muted) Long.MAX_VALUE.toULong() else null) }

    /** Answers a message request: from now on both sides can write. */
    public fun accept(id: ConversationId): Unit = inTurn { client.acceptRequest(id) }

    /** Drops a message request; its sender learns nothing. */
    public fun decline(id: ConversationId): Unit = inTurn { client.declineRequest(id) }

    private fun follow(filter: ListFilter): Job = act {
        client.openConversations(filter).use { screen ->
            screen.shown().collect { rows ->
                change { it.copy(shown = rows) }
                pictures.follow(rows.rows)
            }
        }
    }

    private suspend fun readConnection() {
        val own = client.account()?.relay
        val relay = client.relays().firstOrNull { it.address == own }?.state
        val outbox = client.outbox()
        change { it.copy(relay = relay, outbox = outbox) }
    }

    private suspend fun find(query: String, before: ULong?) {
        val page = client.search(query, before = before)
        val conversations = client.conversationList().associateBy { it.id }
        val found = page.hits.mapNotNull { hit -> conversations[hit.conversation]?.let { SearchHit(it, hit) } }
        change { it.copy(hits = if (before == null) found else it.hits.orEmpty() + found, next = page.next) }
    }

    private companion object {
        const val TYPING_MS = 150L
    }
}

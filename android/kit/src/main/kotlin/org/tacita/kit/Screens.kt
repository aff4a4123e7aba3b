package org.tacita.kit

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.tacita.bindings.ConversationList
import org.tacita.bindings.ConversationView
import org.tacita.bindings.ListChange
import org.tacita.bindings.ListCounts
import org.tacita.bindings.ListUpdate
import org.tacita.bindings.MessageChange
import org.tacita.bindings.MessageList
import org.tacita.bindings.MessageUpdate
import org.tacita.bindings.MessageView
import org.tacita.bindings.WindowMove
import org.tacita.bindings.WindowStart

/** The conversation list as it stands. */
public data class ShownConversations(
    /** What to show, in this order. */
    val rows: List<ConversationView>,
    /** What badges say. */
    val counts: ListCounts,
)

/** A window of a conversation as it stands. */
public data class ShownMessages(
    /** What the list says of the conversation. */
    val conversation: ConversationView,
    /** What to show, in this order, oldest first. */
    val messages: List<MessageView>,
    /** The place of the first unread message, shown or not; null if all are read. */
    val firstUnread: ULong?,
    /** Whether there are older messages before these. */
    val older: Boolean,
    /** Whether there are newer messages behind these. */
    val newer: Boolean,
)

/** What an update makes of the list of before; null before the first one. */
public fun ShownConversations?.after(update: ListUpdate): ShownConversations {
    var rows = this?.rows.orEmpty().toMutableList()
    for (change in update.changes) when (change) {
        is ListChange.Reset -> rows = change.rows.toMutableList()
        is ListChange.Insert -> rows.add(change.at.toInt(), change.row)
        is ListChange.Update -> rows[change.at.toInt()] = change.row
        is ListChange.Move -> rows.add(change.to.toInt(), rows.removeAt(change.from.toInt()))
        is ListChange.Remove -> rows.removeAt(change.at.toInt())
    }
    return ShownConversations(rows, update.counts)
}

/** What an update makes of the window of before; null before the first one. */
public fun ShownMessages?.after(update: MessageUpdate): ShownMessages {
    var rows = this?.messages.orEmpty().toMutableList()
    for (change in update.changes) when (change) {
        is MessageChange.Reset -> rows = change.rows.toMutableList()
        is MessageChange.Insert -> rows.add(change.at.toInt(), change.row)
        is MessageChange.Update -> rows[change.at.toInt()] = change.row
        is MessageChange.Remove -> rows.removeAt(change.at.toInt())
    }
    return ShownMessages(update.conversation, rows, update.firstUnread, update.older, update.newer)
}

/** The conversation list for a screen. [close] it when the screen is gone; 64 screens may be open. */
public class ConversationScreen internal constructor(private val list: ConversationList) : AutoCloseable {
    /**
     * What changes, from the update of number [seen] on; from 0, all rows come first. An update that a cancelled
     * collector did not deal with comes again to whoever goes on with the number of the one before.
     */
    public fun updates(seen: ULong = 0u): Flow<ListUpdate> = updates(seen, ListUpdate::number, list::next)

    /** The whole list: now, and again after each change. */
    public fun shown(): Flow<ShownConversations> = flow {
        var shown: ShownConversations? = null
        updates().collect { update -> emit(shown.after(update).also { shown = it }) }
    }

    /** Lets go of the list. */
    override fun close(): Unit = list.close()
}

/** A window of a conversation for a screen. [close] it when the screen is gone; 64 screens may be open. */
public class MessageScreen internal constructor(private val list: MessageList) : AutoCloseable {
    /** What changes, as [ConversationScreen.updates]; fails with `NotFound` when the conversation is deleted. */
    public fun updates(seen: ULong = 0u): Flow<MessageUpdate> = updates(seen, MessageUpdate::number, list::next)

    /** The whole window: now, and again after each change. */
    public fun shown(): Flow<ShownMessages> = flow {
        var shown: ShownMessages? = null
        updates().collect { update -> emit(shown.after(update).also { shown = it }) }
    }

    /** Adds [count] older messages, which come with the next update. Beyond 2,000, the window loses its newest. */
    public suspend fun older(count: UInt = Tacita.PAGE): Unit = list.shift(WindowMove.Older(count))

    /** Adds [count] newer messages, which come with the next update. Beyond 2,000, the window loses its oldest. */
    public suspend fun newer(count: UInt = Tacita.PAGE): Unit = list.shift(WindowMove.Newer(count))

    /** Goes somewhere else in the conversation, such as to a hit of a search; the next update says what is there. */
    public suspend fun jump(start: WindowStart): Unit = list.shift(WindowMove.To(start))

    /** Lets go of the window. */
    override fun close(): Unit = list.close()
}

private fun <U : Any> updates(seen: ULong, number: (U) -> ULong, next: suspend (ULong) -> U?): Flow<U> = flow {
    var last = seen
    while (true) {
        // Asking does not take anything away, so an update that cancellation drops comes again.
        val update = next(last) ?: continue
        emit(update)
        last = number(update)
    }
}

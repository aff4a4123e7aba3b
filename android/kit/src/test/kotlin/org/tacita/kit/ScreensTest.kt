package org.tacita.kit

import kotlin.random.Random
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withTimeoutOrNull
import org.tacita.bindings.ClientException
import org.tacita.bindings.Direction
import org.tacita.bindings.ListChange
import org.tacita.bindings.ListFilter
import org.tacita.bindings.ListUpdate
import org.tacita.bindings.MessageChange
import org.tacita.bindings.MessageUpdate
import org.tacita.bindings.WindowStart

class ScreensTest {
    @Test
    fun `a list opens with all rows and then tells what changes`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.openConversations(ListFilter.MAIN).use { screen ->
            val opened = screen.updates().first()
            assertEquals(ada.conversationList(), assertIs<ListChange.Reset>(opened.changes.single()).rows)
            ada.setPinned(adasId, true)
            val pinned = screen.updates(opened.number).first { it.changes.isNotEmpty() }
            assertTrue(assertIs<ListChange.Update>(pinned.changes.single()).row.pinned)
        }
        ben.sendText(bensId, "hello")
        val shown = ada.openConversations(ListFilter.ARCHIVED).use { archive ->
            archive.shown().first { it.counts.unread == 1u && it.rows.isEmpty() }
            ada.setMuted(adasId, 9223372036854775807u)
            ada.setArchived(adasId, true)
            archive.shown().first { it.rows.isNotEmpty() }
        }
        assertEquals(1u, shown.counts.archived)
        assertEquals(1u, shown.counts.archivedUnread)
        assertEquals(0u, shown.counts.unread)
        assertTrue(ada.conversations(ListFilter.MAIN).first().isEmpty())
    }

    @Test
    fun `a window opens anywhere, grows at both ends, and ends with its conversation`() = world {
        val (ada, ben, adasId, bensId) = pair()
        repeat(30) { ben.sendText(bensId, "$it") }
        ada.messages(adasId).first { it.texts(Direction.INCOMING).size == 30 }
        ada.openMessages(adasId, WindowStart.FirstUnread, 10u).use { screen ->
            val first = screen.shown().first()
            assertEquals(first.firstUnread, first.messages.first { it.direction == Direction.INCOMING }.place)
            assertTrue(first.newer && first.conversation.unread == 30u)
            screen.newer(50u)
            screen.shown().first { !it.newer && it.texts(Direction.INCOMING).size == 30 }
            val hit = ada.search("17", within = adasId).hits.single()
            screen.jump(WindowStart.Around(hit.place))
            val around = screen.shown().first { it.newer && it.older }
            assertTrue(hit in around.messages && around.messages.size == 10)
            screen.older(50u)
            screen.shown().first { !it.older }
            ada.deleteConversation(adasId)
            assertFailsWith<ClientException.NotFound> { screen.shown().collect {} }
        }
    }

    @Test
    fun `cancelled collectors lose no change and get none twice`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val random = Random(3)
        val list = Reader<ListUpdate, ShownConversations>(ListUpdate::number) { shown, it -> shown.after(it) }
        val window = Reader<MessageUpdate, ShownMessages>(MessageUpdate::number) { shown, it -> shown.after(it) }
        val conversations = ada.openConversations(ListFilter.ALL)
        val messages = ada.openMessages(adasId, limit = 500u)
        fun isOver() = window.shown?.let { it.texts(Direction.INCOMING).size == COUNT } ?: false &&
            list.shown?.rows?.single()?.unread == COUNT.toUInt()
        coroutineScope {
            val sender = async(Dispatchers.Default) {
                repeat(COUNT) { number ->
                    ben.sendText(bensId, "$number")
                    if (number % 10 == 0) delay(5)
                }
            }
            while (!isOver() || list.cancels < COUNT) {
                list.readOn(random.nextLong(1, 6)) { conversations.updates(it) }
                window.readOn(random.nextLong(1, 6)) { messages.updates(it) }
            }
            sender.await()
        }
        assertEquals(List(COUNT) { "$it" }, window.shown?.texts(Direction.INCOMING))
        // Only the opening gave all: what was told of between was enough, and no more than enough.
        assertEquals(1, list.updates.count { update -> update.changes.any { it is ListChange.Reset } })
        assertEquals(1, window.updates.count { update -> update.changes.any { it is MessageChange.Reset } })
        list.readOn(500) { conversations.updates(it) }
        window.readOn(500) { messages.updates(it) }
        assertEquals(ada.conversationList(), list.shown?.rows)
        assertEquals(ada.messagePage(adasId, limit = 500u).messages, window.shown?.messages)
        conversations.close()
        messages.close()
    }

    /** Applies each update that comes, and goes on behind it after each cancellation. */
    private class Reader<U, S>(private val number: (U) -> ULong, private val apply: (S?, U) -> S) {
        val updates = mutableListOf<U>()
        var shown: S? = null
        var cancels = 0

        suspend fun readOn(ms: Long, from: (ULong) -> kotlinx.coroutines.flow.Flow<U>) {
            val done = withTimeoutOrNull(ms) {
                from(updates.lastOrNull()?.let(number) ?: 0u).collect { update ->
                    assertTrue(updates.isEmpty() || number(update) == number(updates.last()) + 1u)
                    updates += update
                    shown = apply(shown, update)
                }
            }
            if (done == null) cancels++
        }
    }

    private companion object {
        const val COUNT = 200
    }
}

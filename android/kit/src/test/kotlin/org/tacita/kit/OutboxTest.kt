package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.QueueReason

class OutboxTest {
    @Test
    fun `what waits for the network is edited, dropped, counted and sent`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.sendText(adasId, "before")
        ben.messages(bensId).first { "before" in it.texts(Direction.INCOMING) }
        val sent = ada.messages(adasId).first { it.messages.last().delivery is Delivery.Delivered }.messages.last()
        // Nothing is on its way that would show that there is a network after all.
        delay(2.seconds)
        ada.networkIsLost()
        val first = ada.sendText(adasId, "first")
        assertEquals(Delivery.Waiting(QueueReason.OFFLINE), first.delivery)
        val second = ada.sendText(adasId, "second")
        val edited = ada.editQueued(adasId, first.place, "edited")
        assertEquals(first.place, edited.place)
        ada.dropQueued(adasId, second.place)
        assertEquals(listOf(edited), ada.queued(adasId))
        val outbox = ada.outbox()
        assertEquals(1u, outbox.count)
        assertEquals(1u, outbox.conversations.single().waiting)
        assertEquals(outbox.oldestMs, outbox.conversations.single().oldestMs)
        ada.setBlocked(adasId, true)
        assertEquals(Delivery.Waiting(QueueReason.BLOCKED), ada.queued(adasId).single().delivery)
        assertEquals(QueueReason.BLOCKED, ada.outbox().conversations.single().reason)
        ada.setBlocked(adasId, false)
        assertEquals(listOf(edited), ada.queued(adasId))
        assertFailsWith<ClientException.TooLate> { ada.editQueued(adasId, sent.place, "too late") }
        assertFailsWith<ClientException.NotFound> { ada.dropQueued(adasId, second.place) }
        ada.networkIsBack()
        ada.retryNow(adasId)
        val page = ben.messages(bensId).first { "edited" in it.texts(Direction.INCOMING) }
        assertEquals(listOf("before", "edited"), page.texts(Direction.INCOMING))
        ada.messages(adasId).first { it.messages.last().delivery is Delivery.Delivered }
        assertFailsWith<ClientException.TooLate> { ada.dropQueued(adasId, first.place) }
        assertEquals(0u, ada.outbox().count)
    }
}

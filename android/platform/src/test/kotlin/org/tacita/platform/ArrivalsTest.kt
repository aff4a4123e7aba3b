package org.tacita.platform

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import org.tacita.bindings.ListFilter
import org.tacita.kit.world

class ArrivalsTest {
    @Test
    fun whatComesIsToldUnlessItsConversationIsMuted() = world {
        val (ada, ben, adasId, bensId) = pair()
        val seen = Channel<UInt>(Channel.UNLIMITED)
        val told = Channel<Unit>(Channel.UNLIMITED)
        val rows = ada.conversations(ListFilter.ALL).onEach { seen.send(it.single().unread) }
        val following = CoroutineScope(Dispatchers.Default).launch { rows.arrivals().collect(told::send) }
        suspend fun shown(unread: UInt) {
            while (seen.receive() != unread) Unit
        }
        suspend fun ben(text: String, unread: UInt) {
            ben.sendText(bensId, text)
            shown(unread)
        }

        shown(0u)
        ben("One", unread = 1u)
        told.receive()
        ada.sendText(adasId, "Mine")
        ada.setMuted(adasId, Long.MAX_VALUE.toULong())
        ben("Two", unread = 2u)
        ada.markRead(adasId, ada.messagePage(adasId).messages.last().place)
        shown(0u)
        ada.setMuted(adasId, null)
        ben("Three", unread = 1u)
        told.receive()
        following.cancel()
        assertEquals(null, told.tryReceive().getOrNull())
    }
}

package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlinx.coroutines.flow.first
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.PrivacySettings

class ReceiptsTest {
    @Test
    fun `what was read is told, and shown only while one tells it too`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.sendText(adasId, "read this")
        val page = ben.messages(bensId).first { "read this" in it.texts(Direction.INCOMING) }
        ben.markRead(bensId, page.messages.last().place)
        ada.messages(adasId).first { it.messages.last().delivery is Delivery.Read }

        val silent = PrivacySettings(deliveryReceipts = true, readReceipts = false, typing = true)
        ada.setPrivacySettings(silent)
        assertEquals(silent, ada.privacySettings())
        ada.messages(adasId).first { it.messages.last().delivery is Delivery.Delivered }
    }

    @Test
    fun `a contact who writes is shown until the text comes`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.sendText(adasId, "hello")
        ben.messages(bensId).first { "hello" in it.texts(Direction.INCOMING) }
        ada.setTyping(adasId, true)
        ben.conversations().first { it.single().typing }
        ada.sendText(adasId, "written")
        ben.messages(bensId).first { "written" in it.texts(Direction.INCOMING) }
        assertFalse(ben.conversationList().single().typing)
    }
}

package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.Direction

class ArrangeTest {
    @Test
    fun `what a user decides about a conversation stands in the list`() = world {
        val (ada, _, adasId) = pair()
        ada.setNickname(adasId, "die Große")
        ada.saveDraft(adasId, "half a")
        ada.setPinned(adasId, true)
        ada.setArchived(adasId, true)
        ada.setMuted(adasId, FOR_GOOD)
        val arranged = ada.conversations().first { it.single().mutedUntilMs == FOR_GOOD }.single()
        assertEquals("die Große", arranged.nickname)
        assertEquals("half a", arranged.draft)
        assertTrue(arranged.pinned && arranged.archived && !arranged.blocked)
        ada.sendText(adasId, "a whole")
        val sent = ada.conversationList().single()
        assertTrue(sent.draft.isEmpty() && !sent.archived && sent.pinned)
    }

    @Test
    fun `a blocked contact is not heard and a deleted one is gone`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.setBlocked(adasId, true)
        assertFailsWith<ClientException.WrongState> { ada.sendText(adasId, "no") }
        ben.sendText(bensId, "unwanted")
        ada.setBlocked(adasId, false)
        ben.sendText(bensId, "wanted")
        ada.messages(adasId).first { "wanted" in it.texts(Direction.INCOMING) }
        ada.deleteConversation(adasId)
        assertTrue(ada.conversationList().isEmpty())
        assertFailsWith<ClientException.NotFound> { ada.deleteConversation(adasId) }
    }

    private companion object {
        const val FOR_GOOD: ULong = 9223372036854775807u
    }
}

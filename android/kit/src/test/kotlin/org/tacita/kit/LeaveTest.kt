package org.tacita.kit

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationState
import org.tacita.bindings.Departure
import org.tacita.bindings.Direction

class LeaveTest {
    @Test
    fun `a deleted account tells its contacts and leaves nothing behind`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ada.sendText(adasId, "farewell")
        ben.messages(bensId).first { "farewell" in it.texts(Direction.INCOMING) }
        assertEquals(Departure.DONE, ada.deleteAccount())
        assertFailsWith<ClientException.Closed> { ada.conversationList() }
        val line = ben.conversations().first { it.single().state == ConversationState.LEFT }.single()
        assertEquals("farewell", (line.last?.body as? org.tacita.bindings.MessageBody.Text)?.text)
        assertFailsWith<ClientException.WrongState> { ben.sendText(bensId, "wait") }
        assertFailsWith<ClientException.WrongState> { ben.retryNow(bensId) }
    }
}

package org.tacita.agent

import kotlin.test.Test
import kotlin.test.assertEquals
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationState
import org.tacita.bindings.ConversationView
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.Event
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessageView
import org.tacita.bindings.QueueReason
import org.tacita.bindings.Verification

class JsonTest {
    @Test
    fun `views have the names that the core gives them`() {
        val message = MessageView("ab", 7u, Direction.OUTGOING, MessageBody.Text("hi"), 5u, Delivery.Queued(QueueReason.CONTACT_UNREACHABLE))
        val conversation = ConversationView(
            "ab", "Ada", ConversationState.ESTABLISHED, Verification.ALARM, 3u, message,
            nickname = "A", draft = "so", pinned = true, archived = false, blocked = false, mutedUntilMs = 9u,
            typing = true, pictureRevision = 4u,
        )
        assertEquals(
            """[{"id":"ab","name":"Ada","state":"Established","verification":"Alarm","unread":3,"last":{""" +
                """"conversation":"ab","place":7,"direction":"Outgoing","body":{"kind":"Text","text":"hi"},""" +
                """"sent_ms":5,"delivery":{"kind":"Queued","reason":"ContactUnreachable"}},""" +
                """"nickname":"A","draft":"so","pinned":true,"archived":false,"blocked":false,"muted_until_ms":9,"typing":true,"picture_revision":4}]""",
            encode(listOf(conversation)).toString(),
        )
        assertEquals(
            """{"kind":"Waiting","reason":"BehindEarlier"}""",
            encode(Delivery.Waiting(QueueReason.BEHIND_EARLIER)).toString(),
        )
        assertEquals("""{"kind":"Missing"}""", encode(MessageBody.Missing).toString())
        assertEquals("null", encode(conversation.copy(last = null).last).toString())
    }

    @Test
    fun `events and errors say what they are`() {
        assertEquals("""{"kind":"conversation","id":"ab"}""", encode(Event.Conversation("ab")).toString())
        assertEquals("""{"kind":"account"}""", encode(Event.Account).toString())
        assertEquals("""{"kind":"Offline","retry_after":3}""", encodeError(ClientException.Offline(3u)).toString())
        assertEquals("""{"kind":"NotFound"}""", encodeError(ClientException.NotFound()).toString())
    }
}

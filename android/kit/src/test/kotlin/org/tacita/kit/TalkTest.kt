package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationState
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.Event
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationState
import org.tacita.bindings.MessageBody
import org.tacita.bindings.RelayState
import org.tacita.bindings.Revocation
import org.tacita.bindings.Verification
import org.tacita.bindings.coreVersion

class TalkTest {
    @Test
    fun `the core answers with its version`() {
        assertTrue(Regex("""\d+\.\d+\.\d+""").matches(coreVersion()), coreVersion())
    }

    @Test
    fun `an account is created once and found again`() = world {
        val ada = open("Ada")
        assertNull(ada.account())
        val created = ada.createAccount(Relay.link, "Ada")
        assertEquals(52, created.recoverySecret.count { it.isLetterOrDigit() })
        assertFalse(created.recoverySecret in created.toString(), "a record that is logged shows the secret")
        assertEquals(created.account, ada.account())
        assertTrue(Regex("[0-9a-f]{64}").matches(created.account.id))
        ada.close()
        assertEquals(created.account, open("Ada").account())
    }

    @Test
    fun `an invitation can be read, accepted and revoked`() = world {
        val ada = person("Ada")
        val ben = person("Ben")
        val invitation = ada.createInvitation(InvitationKind.PERSONAL)
        assertEquals(InvitationState.LIVE, invitation.state)
        val preview = ben.readInvitation(invitation.link)
        assertEquals(ada.account()?.id, preview.account)
        assertFalse(preview.own)
        assertNull(preview.known)
        assertTrue(ada.readInvitation(invitation.link).own)
        val id = ben.acceptInvitation(invitation.link)
        assertEquals(id, ben.readInvitation(invitation.link).known)
        val second = ada.createInvitation(InvitationKind.PERSONAL)
        assertEquals(Revocation.DONE, ada.revokeInvitation(second.id))
        assertFalse(ada.invitations().any { it.id == second.id })
    }

    @Test
    fun `texts go both ways and are reported as delivered`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val sent = ben.sendText(bensId, "hello Ada")
        assertEquals(MessageBody.Text("hello Ada"), sent.body)
        ada.messages(adasId).first { "hello Ada" in it.texts(Direction.INCOMING) }
        ada.sendText(adasId, "hello Ben")
        ben.messages(bensId).first { "hello Ben" in it.texts(Direction.INCOMING) }
        val delivered = ben.messages(bensId).first { page ->
            page.messages.any { it.direction == Direction.OUTGOING && it.delivery is Delivery.Delivered }
        }
        assertEquals(sent.place, delivered.messages.first { it.direction == Direction.OUTGOING }.place)
        assertEquals("Ben", ada.conversations().map { it.single() }.first { it.name.isNotEmpty() }.name)
        ada.networkIsBack()
        assertTrue(ada.relays().any { it.state == RelayState.ONLINE })
    }

    @Test
    fun `pages follow on one another`() = world {
        val (_, ben, _, bensId) = pair()
        val places = (1..5).map { ben.sendText(bensId, "$it").place }
        val newest = ben.messagePage(bensId, limit = 2u)
        assertEquals(listOf("4", "5"), newest.texts(Direction.OUTGOING))
        assertTrue(newest.more)
        val before = ben.messagePage(bensId, before = newest.messages.first().place, limit = 2u)
        assertEquals(listOf("2", "3"), before.texts(Direction.OUTGOING))
        val after = ben.messagePageAfter(bensId, after = places[2], limit = 50u)
        assertEquals(listOf("4", "5"), after.texts(Direction.OUTGOING))
        assertFalse(after.more)
        ben.markRead(bensId, places.last())
    }

    @Test
    fun `both sides see the same safety number and can scan it`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val adas = ada.safetyNumber(adasId)
        val bens = ben.safetyNumber(bensId)
        assertEquals(adas.digits, bens.digits)
        assertTrue(Regex("[0-9]{60}").matches(adas.digits.filterNot { it.isWhitespace() }), adas.digits)
        assertEquals(Verification.UNVERIFIED, adas.verification)
        assertEquals(Verification.VERIFIED, ada.verifyScanned(adasId, bens.qr))
        assertEquals(Verification.VERIFIED, ada.safetyNumber(adasId).verification)
        ada.markVerified(adasId, false)
        assertEquals(Verification.UNVERIFIED, ada.conversations().first().single().verification)
    }

    @Test
    fun `another's code is an alarm that stays until it is dismissed`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val cleo = person("Cleo")
        val cleosId = cleo.acceptInvitation(ada.createInvitation(InvitationKind.PERSONAL).link)
        val cleos = cleo.safetyNumber(cleosId)
        assertEquals(Verification.ALARM, ada.verifyScanned(adasId, cleos.qr))
        assertFailsWith<ClientException.WrongState> { ada.markVerified(adasId, true) }
        ada.close()
        val again = open("Ada")
        again.conversations().first { lines -> lines.any { it.id == adasId && it.verification == Verification.ALARM } }
        assertFailsWith<ClientException.LinkForeign> { again.verifyScanned(adasId, again.safetyNumber(adasId).qr) }
        again.dismissAlarm(adasId)
        assertEquals(Verification.UNVERIFIED, again.safetyNumber(adasId).verification)
        assertFailsWith<ClientException.WrongState> { again.dismissAlarm(adasId) }
        assertEquals(Verification.VERIFIED, again.verifyScanned(adasId, ben.safetyNumber(bensId).qr))
    }

    @Test
    fun `a public link makes a request that can be accepted`() = world {
        val ada = person("Ada")
        val ben = person("Ben")
        val bensId = ben.acceptInvitation(ada.createInvitation(InvitationKind.PUBLIC).link)
        ben.sendText(bensId, "may I?")
        val request = ada.conversations().first { it.isNotEmpty() }.single()
        assertEquals(ConversationState.REQUEST, request.state)
        ada.acceptRequest(request.id)
        ada.sendText(request.id, "you may")
        ben.messages(bensId).first { "you may" in it.texts(Direction.INCOMING) }
    }

    @Test
    fun `a cursor goes on where it was, also after a restart`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val cursor = ada.changes().first().cursor
        ben.sendText(bensId, "news")
        ada.messages(adasId).first { "news" in it.texts(Direction.INCOMING) }
        ada.close()
        val again = open("Ada")
        assertEquals(Event.Conversation(adasId), again.events(cursor).first { it is Event.Conversation })
        val batch = again.changes(cursor).first()
        assertTrue(batch.cursor > cursor)
        assertNotEquals(emptyList(), batch.events)
    }
}

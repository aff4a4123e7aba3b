package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import org.tacita.bindings.Client
import org.tacita.bindings.ClientException
import org.tacita.bindings.Config
import org.tacita.bindings.Direction
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.KeyVault
import org.tacita.bindings.Revocation
import org.tacita.bindings.VaultException
import org.tacita.bindings.testVault

class FailureTest {
    @Test
    fun `calls after close fail with Closed`() = world {
        val ada = person("Ada")
        coroutineScope {
            // Read once before, so that the collector surely waits.
            val cursor = ada.changes().first().cursor
            val waiting = async(start = CoroutineStart.UNDISPATCHED) {
                assertFailsWith<ClientException.Closed> { ada.changes(cursor).collect() }
            }
            ada.close()
            waiting.await()
        }
        assertFailsWith<ClientException.Closed> { ada.account() }
        assertFailsWith<ClientException.Closed> { ada.conversations().first() }
    }

    @Test
    fun `what is no id is an unknown one`() = world {
        val ada = person("Ada")
        for (bad in listOf("", "x", "ab", "A".repeat(64), "0".repeat(63), "0".repeat(64), "ä".repeat(32))) {
            assertFailsWith<ClientException.NotFound>(bad) { ada.sendText(bad, "text") }
            assertFailsWith<ClientException.NotFound>(bad) { ada.messagePage(bad) }
            assertFailsWith<ClientException.NotFound>(bad) { ada.safetyNumber(bad) }
            assertFailsWith<ClientException.NotFound>(bad) { ada.revokeInvitation(bad) }
        }
    }

    @Test
    fun `bad links and texts have errors of their own`() = world {
        val nobody = open("nobody")
        assertFailsWith<ClientException.NoAccount> { nobody.createInvitation(InvitationKind.PERSONAL) }
        assertFailsWith<ClientException.LinkForeign> { nobody.createAccount("https://example.org", "Name") }
        assertFailsWith<ClientException.NameLength> { nobody.createAccount(Relay.link, "") }
        val (ada, ben, _, bensId) = pair()
        assertFailsWith<ClientException.AccountExists> { ada.createAccount(Relay.link, "Ada") }
        val link = ada.createInvitation(InvitationKind.PERSONAL).link
        assertFailsWith<ClientException.OwnInvitation> { ada.acceptInvitation(link) }
        assertFailsWith<ClientException.LinkForeign> { ben.acceptInvitation("no link at all") }
        assertFailsWith<ClientException.LinkDamaged> { ben.readInvitation(link.dropLast(5)) }
        val tooLong = assertFailsWith<ClientException.TextLength> { ben.sendText(bensId, "x".repeat(20_000)) }
        assertEquals(16_384u, tooLong.limit)
        assertFailsWith<ClientException.TextLength> { ben.sendText(bensId, "") }
        val revoked = ada.createInvitation(InvitationKind.PERSONAL)
        assertEquals(Revocation.DONE, ada.revokeInvitation(revoked.id))
        assertFailsWith<ClientException.InvitationGone> { ben.acceptInvitation(revoked.link) }
    }

    @Test
    fun `a bug in the core asks to open again, and then all is there`() = world {
        val (ada, ben, adasId, bensId) = pair()
        ben.sendText(bensId, "before")
        ben.close()
        val client = Client.open(Config(directory("Ben"), testVault(directory("Ben"))))
        assertFailsWith<ClientException.Reopen> { client.panicForTests() }
        assertFailsWith<ClientException.Reopen> { client.conversations() }
        assertFailsWith<ClientException.Reopen> { client.events(0u) }
        runCatching { client.shutDown() }
        val again = open("Ben")
        again.sendText(bensId, "after")
        val page = ada.messages(adasId).first { "after" in it.texts(Direction.INCOMING) }
        assertEquals(listOf("before", "after"), page.texts(Direction.INCOMING))
    }

    @Test
    fun `a vault that throws makes VaultFailed, whatever it throws`() = world {
        val problems = listOf(VaultException.Locked(), IllegalStateException("secret reason"), Error("secret reason"))
        for (problem in problems) {
            val failure = assertFailsWith<ClientException.VaultFailed> {
                Tacita.open(directory("Ada"), Vault { throw problem })
            }
            assertFalse("secret reason" in failure.stackTraceToString())
        }
        // Nothing was left behind that would be in the way of a vault that works.
        open("Ada")
    }

    @Test
    fun `a vault of the platform is called and its store opens again`() = world {
        var calls = 0
        val vault = Vault { bytes -> calls++; ByteArray(bytes.size) { (bytes[it].toInt() xor 0x5a).toByte() } }
        val ada = Tacita.open(directory("Ada"), vault)
        val account = ada.createAccount(Relay.link, "Ada").account
        ada.close()
        assertTrue(calls > 0)
        val again = Tacita.open(directory("Ada"), vault)
        assertEquals(account, again.account())
        again.close()
        assertFailsWith<ClientException.WrongKey> { Tacita.open(directory("Ada"), Vault { ByteArray(it.size) }) }
    }

    @Test
    fun `a store is open in one client at a time`() = world {
        val ada = person("Ada")
        assertFailsWith<ClientException.StoreBusy> { open("Ada") }
        assertEquals("Ada", ada.account()?.name)
    }

    /** A vault that does the same in both directions. */
    private class Vault(private val change: (ByteArray) -> ByteArray) : KeyVault {
        override fun wrap(key: ByteArray): ByteArray = change(key)

        override fun unwrap(blob: ByteArray): ByteArray = change(blob)

        override fun isTest(): Boolean = false
    }
}

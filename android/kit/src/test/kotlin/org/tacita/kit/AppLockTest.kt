package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import org.tacita.bindings.ClientException
import org.tacita.bindings.testVault

class AppLockTest {
    private val first = "das erste Wort".encodeToByteArray()
    private val second = "二番目".encodeToByteArray()

    @Test
    fun `an app lock is set, asked for, changed and taken away`() = world {
        val directory = directory("Ada")
        suspend fun open(passphrase: ByteArray?) = Tacita.open(directory, testVault(directory), passphrase)

        val ada = person("Ada")
        assertFailsWith<ClientException.PassphraseLength> { ada.setAppLock(null, ByteArray(3)) }
        ada.setAppLock(null, first)
        assertFailsWith<ClientException.AppLocked> { ada.setAppLock(null, second) }
        ada.setAppLock(first, second)
        ada.close()

        assertFailsWith<ClientException.AppLocked> { open(null) }
        val wrong = assertFailsWith<ClientException.WrongPassphrase> { open(first) }
        assertEquals(0u, wrong.retryAfter)
        repeat(4) { assertFailsWith<ClientException.WrongPassphrase> { open(first) } }
        val early = assertFailsWith<ClientException.TooManyTries> { open(second) }
        assertTrue(early.retryAfter in 1u..30u, "${early.retryAfter}")
    }

    @Test
    fun `with its passphrase a store is what it was, and without a lock it asks for none`() = world {
        val directory = directory("Ada")
        val ada = person("Ada")
        ada.setAppLock(null, first)
        ada.close()
        val again = Tacita.open(directory, testVault(directory), first)
        assertEquals("Ada", again.account()?.name)
        again.setAppLock(first, null)
        again.close()
        val free = open("Ada")
        assertEquals("Ada", free.account()?.name)
    }
}

package org.tacita.kit

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.Event
import org.tacita.bindings.StoreHealth

class StoreHealthTest {
    @Test
    fun `a store is checked after an unclean end`() = world {
        val ada = person("Ada")
        assertEquals(StoreHealth.SOUND, ada.storeHealth())
        ada.close()
        // What a kill leaves, in so far as the next opening looks at it.
        val mark = File(directory("Ada"), "tacita.unchecked").apply { createNewFile() }
        val again = open("Ada")
        again.events().first { it is Event.Store }
        assertEquals(StoreHealth.SOUND, again.storeHealth())
        assertEquals("Ada", again.account()?.name)
        assertFalse(mark.exists())
    }

    @Test
    fun `damage that the check finds is told by every call, and kept`() = world {
        person("Ada").close()
        val database = File(directory("Ada"), "tacita.db")
        val bytes = database.readBytes()
        for (page in 8 until bytes.size / 4096) bytes[page * 4096] = (bytes[page * 4096].toInt() xor 1).toByte()
        database.writeBytes(bytes)
        File(directory("Ada"), "tacita.unchecked").createNewFile()
        // It may be found while the store is being opened, too.
        val failure = assertFailsWith<ClientException.StoreCorrupt> { open("Ada").changes(1_000_000u).collect() }
        assertTrue(File(directory("Ada"), failure.movedTo).readBytes().contentEquals(bytes))
        assertNull(open("Ada").account())
    }
}

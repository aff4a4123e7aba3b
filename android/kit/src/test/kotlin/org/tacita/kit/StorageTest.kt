package org.tacita.kit

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertTrue
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import org.tacita.bindings.ClientException
import org.tacita.bindings.Direction

class StorageTest {
    @Test
    fun `messages are counted, deleted by place and by age, and room is given back`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val places = listOf("one", "two", "three").map { ben.sendText(bensId, it).place }
        ada.messages(adasId).first { it.texts(Direction.INCOMING).size == 3 }
        val before = ada.storage()
        assertEquals(adasId, before.conversations.single().id)
        assertEquals(3uL, before.messages)
        assertEquals("onetwothree".length.toULong(), before.messageBytes)
        assertTrue(before.totalBytes > before.messageBytes && before.diskFreeBytes!! > 0uL)

        val first = ada.messagePage(adasId).messages.first().place
        assertEquals(1u, ada.deleteMessages(adasId, listOf(first, 999uL)))
        assertEquals(listOf("two", "three"), ada.messagePage(adasId).texts(Direction.INCOMING))
        assertEquals(3, ben.messagePage(bensId).messages.size)

        val year2100 = 4_102_444_800_000uL
        val batches = ada.cleanUp(beforeMs = year2100, within = adasId).toList()
        assertEquals(2u, batches.sumOf { it.deleted })
        assertEquals(null, batches.last().next)
        assertEquals(0uL, ada.storage().messages)
        // A receipt that leaves meanwhile may free a page behind it.
        var left = 1uL
        for (attempt in 1..20) {
            assertEquals(0uL, ada.shrinkStore().toList().last())
            left = ada.storage().freeBytes
            if (left == 0uL) break
        }
        assertEquals(0uL, left)
        assertEquals(places.last(), ben.messagePage(bensId).messages.last().place)
        val nobody = "0".repeat(64)
        assertFailsWith<ClientException.NotFound> { ada.cleanUp(year2100, nobody).toList() }
    }

    @Test
    fun `a conversation becomes files, whole or not at all`() = world {
        val (_, ben, _, bensId) = pair()
        val text = "</script> \u202e שלום \u0000"
        repeat(250) { ben.sendText(bensId, if (it == 0) text else "text $it") }
        val folder = File(directory("out")).also { it.mkdirs() }
        // Stopped after the first step: nothing is left.
        assertEquals(null, ben.exportConversation(bensId, folder.path).first().folder)
        assertTrue(ben.storage().messages > 0uL)
        assertEquals(0, folder.list()!!.size)

        val steps = ben.exportConversation(bensId, folder.path).toList()
        assertEquals(250uL, steps.last().written)
        val whole = File(steps.last().folder!!)
        assertEquals("Ada", whole.name)
        val page = whole.resolve("messages.html").readText()
        assertFalse("<script" in page || "</script" in page || '\u0000' in page)
        assertTrue("text 249" in page)
        val json = whole.resolve("messages.json").readText()
        assertTrue("\"text\": \"\\u003c/script\\u003e \\u202e שלום \\u0000\"" in json)
        assertFailsWith<ClientException.ExportExists> { ben.exportConversation(bensId, folder.path).toList() }
        assertFailsWith<ClientException.ExportFailed> {
            ben.exportConversation(bensId, directory("nowhere")).toList()
        }
    }
}

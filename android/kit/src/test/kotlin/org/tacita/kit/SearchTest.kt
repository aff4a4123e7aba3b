package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.Direction
import org.tacita.bindings.MessageBody
import org.tacita.bindings.SearchPage

class SearchTest {
    private fun SearchPage.texts() = hits.map { (it.body as MessageBody.Text).text }

    @Test
    fun `texts are found newest first, page by page`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val places = listOf("Grüße aus Köln", "something else", "viele Grüße").map { ben.sendText(bensId, it).place }
        val all = ben.search("gruss")
        assertEquals(listOf("viele Grüße", "Grüße aus Köln"), all.texts())
        assertEquals(places[2], all.hits.first().place)
        assertEquals(bensId, all.hits.first().conversation)
        assertNull(all.next)
        val first = ben.search("grü", within = bensId, limit = 1u)
        assertEquals(listOf("viele Grüße"), first.texts())
        val second = ben.search("grü", within = bensId, before = assertNotNull(first.next), limit = 1u)
        assertEquals(listOf("Grüße aus Köln"), second.texts())
        assertNull(second.next)

        ada.messages(adasId).first { "viele Grüße" in it.texts(Direction.INCOMING) }
        assertEquals(listOf("Grüße aus Köln"), ada.search("aus koln").texts())
    }

    @Test
    fun `what is typed is never syntax`() = world {
        val (_, ben, _, bensId) = pair()
        ben.sendText(bensId, "東京タワー 🎉 a-b")
        for (found in listOf("京", "🎉", "\"a-b", "B*")) assertEquals(1, ben.search(found).hits.size, found)
        for (nothing in listOf("", "\"", "NEAR(", "a OR x", "*")) assertEquals(0, ben.search(nothing).hits.size, nothing)
        val nobody = "0".repeat(64)
        assertFailsWith<ClientException.NotFound> { ben.search("a", within = nobody) }
    }
}

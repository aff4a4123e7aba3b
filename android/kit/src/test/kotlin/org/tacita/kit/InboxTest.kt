package org.tacita.kit

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlinx.coroutines.flow.first
import org.tacita.bindings.CheckEnd
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationNews
import org.tacita.bindings.Departure
import org.tacita.bindings.Direction
import org.tacita.bindings.testVault

class InboxTest {
    @Test
    fun `an inbox says that something came while the app is away, and what it fetched is there at the next start`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val inbox = directory("Bens inbox")
        val vault = testVault(inbox)
        val second = TacitaInbox.open(inbox, vault)
        assertFailsWith<ClientException.InboxMissing> { second.check() }
        assertFailsWith<ClientException.InboxMissing> { ben.collectInbox() }
        assertEquals(0u, ben.attachInbox(inbox, vault))
        ben.close()

        ada.sendText(adasId, "one")
        var came = 0u
        while (came == 0u) {
            val news = second.check(5_000u)
            assertEquals(CheckEnd.COMPLETE, news.end)
            came += news.came
        }
        // A receipt may have come since.
        val again = second.check()
        came += again.came
        assertEquals(listOf(ConversationNews(bensId, again.came, came)), again.conversations)

        val back = open("Ben")
        assertEquals(came, back.attachInbox(inbox, vault))
        back.messages(bensId).first { it.texts(Direction.INCOMING) == listOf("one") }
        assertEquals(0u, back.collectInbox())
        second.cancel()
    }

    @Test
    fun `muted conversations are counted apart, and a deleted account takes its inbox along`() = world {
        val (ada, ben, adasId, bensId) = pair()
        val inbox = directory("Bens inbox")
        val vault = testVault(inbox)
        val second = TacitaInbox.open(inbox, vault)
        ben.attachInbox(inbox, vault)
        ben.setMuted(bensId, Long.MAX_VALUE.toULong())
        // The list follows a moment later.
        ben.close()
        val back = open("Ben")
        back.attachInbox(inbox, vault)
        back.close()
        ada.sendText(adasId, "one")
        var muted = 0u
        while (muted == 0u) {
            val news = second.check(5_000u)
            assertEquals(0u, news.came)
            muted += news.muted
        }
        val last = open("Ben")
        last.attachInbox(inbox, vault)
        assertEquals(Departure.DONE, last.deleteAccount())
        assertFailsWith<ClientException.InboxMissing> { second.check() }
        assertEquals(listOf("inbox.lock", "test-vault.key"), File(inbox).list()?.sorted())
        TacitaInbox.erase(inbox)
    }
}

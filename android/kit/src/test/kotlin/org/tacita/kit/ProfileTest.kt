package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertNull
import kotlinx.coroutines.flow.first
import org.tacita.bindings.ClientException
import org.tacita.bindings.InvitationKind

class ProfileTest {
    @Test
    fun `a name and a picture are shown to whoever becomes a contact`() = world {
        val ada = person("Ada")
        val ben = person("Ben")
        ada.setProfile("Countess", PICTURE)
        val own = ada.profile()
        assertEquals("Countess" to 1uL, own.name to own.revision)
        assertContentEquals(PICTURE, own.picture)
        assertEquals("Countess", ada.account()?.name)
        val bensId = ben.acceptInvitation(ada.createInvitation(InvitationKind.PERSONAL).link)
        val line = ben.conversations().first { it.single().pictureRevision > 0u }.single()
        assertEquals("Countess", line.shownName)
        val picture = ben.profilePicture(bensId)
        assertEquals(line.pictureRevision, picture?.revision)
        assertContentEquals(PICTURE, picture?.bytes)
        ben.setNickname(bensId, "Ada L.")
        assertEquals("Ada L.", ben.conversationList().single().shownName)
        assertNull(ada.profilePicture(ada.conversationList().single().id))
        assertEquals(true, ben.storage().pictureBytes > 0u)
    }

    @Test
    fun `what cannot be a profile is refused`() = world {
        val ada = person("Ada")
        assertFailsWith<ClientException.NameLength> { ada.setProfile("", null) }
        assertFailsWith<ClientException.NameCharacters> { ada.setProfile("A\nda", null) }
        assertFailsWith<ClientException.UnknownPictureFormat> { ada.setProfile("Ada", "GIF89a".toByteArray()) }
        assertFailsWith<ClientException.PictureLength> { ada.setProfile("Ada", PICTURE.copyOf(16_385)) }
        assertEquals("Ada" to 0uL, ada.profile().let { it.name to it.revision })
    }

    private companion object {
        val PICTURE: ByteArray = byteArrayOf(-1, -40, -1) + ByteArray(5000) { it.toByte() }
    }
}

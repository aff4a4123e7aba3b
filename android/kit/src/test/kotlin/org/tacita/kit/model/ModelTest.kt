package org.tacita.kit.model

import java.io.File
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertSame
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.mapNotNull
import kotlinx.coroutines.withTimeout
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessageView
import org.tacita.bindings.PrivacySettings
import org.tacita.bindings.Verification
import org.tacita.bindings.testVault
import org.tacita.kit.OwnRelay
import org.tacita.kit.Relay
import org.tacita.kit.Tacita
import org.tacita.kit.World
import org.tacita.kit.shownName
import org.tacita.kit.world

class ModelTest {
    @Test
    fun wrongRelayLinkIsProblemAndItIsAskedForAgain() = world {
        val app = app("Ada")
        app.createAccount("https://relay.invalid", "Ada")
        assertIs<ClientException.LinkForeign>(app.problem.wait { it })
        app.state.wait { it as? AppState.Welcome }
        app.dismissProblem()
        assertNull(app.problem.value)
        app.shutDown()
    }

    @Test
    fun storeIsOpenedOnceHoweverOftenItIsAskedFor() = world {
        val app = started("Ada")
        val before = app.client()
        app.open()
        app.setLock("", "") {}
        assertSame(before, app.client())
        app.lock()
        app.open()
        app.state.wait { state -> (state as? AppState.Ready)?.client?.takeIf { it !== before } }
        assertNull(app.problem.value)
        app.shutDown()
    }

    @Test
    fun lockAsksForItsPassphraseHoweverItIsComposed() = world {
        val app = started("Ada")
        app.setLock("", "caf\u00e9 au lait") {}
        app.state.wait { (it as? AppState.Ready)?.takeIf(AppState.Ready::hasLock) }
        app.lock()
        app.state.wait { it as? AppState.Locked }
        app.unlock("no coffee at all")
        app.unlock("taken twice")
        app.state.wait { state -> (state as? AppState.Locked)?.takeIf { it.wrong } }
        app.unlock("cafe\u0301 au lait")
        app.client()
        app.shutDown()
    }

    @Test
    fun deletedOrErasedAccountLeavesWelcome() = world {
        val inbox = directory("inbox")
        val app = AppModel(directory("Ada"), testVault(directory("Ada")), InboxPlace(inbox, testVault(inbox)))
        app.open()
        app.state.wait { it as? AppState.Welcome }
        app.create("Ada")
        app.deleteAccount { error("its relay could not be asked") }
        app.state.wait { it as? AppState.Welcome }
        app.create("Ada")
        val key = File(inbox, "inbox.key").readBytes()
        app.erase()
        app.state.wait { it as? AppState.Welcome }
        assertNull(app.problem.value)
        assertFalse(File(inbox, "inbox.key").takeIf(File::exists)?.readBytes().contentEquals(key))
        app.shutDown()
    }

    @Test
    fun deletionThatCannotBeToldItsRelayKeepsTheAccountUntilItIsErased() = world {
        val relay = OwnRelay()
        val app = app("Ada")
        app.create("Ada", relay.link)
        // Of which the relay holds something.
        app.client().createInvitation(InvitationKind.PUBLIC)
        relay.close()
        repeat(2) {
            val queued = CompletableDeferred<Unit>()
            app.deleteAccount { queued.complete(Unit) }
            withTimeout(60.seconds) { queued.await() }
        }
        assertIs<AppState.Ready>(app.state.value)
        assertNull(app.problem.value)
        app.erase()
        app.state.wait { it as? AppState.Welcome }
        app.shutDown()
    }

    @Test
    fun whatWasBegunOutlivesAnEditAndTheScreenAndWhatWasSentIsSent() = world {
        val (ada, _, adasId) = pair()
        val talk = ConversationModel(ada, adasId)
        talk.state.wait { it.shown }
        talk.write("first")
        talk.send()
        talk.write("second")
        talk.send()
        talk.write("begun")
        val sent = talk.state.wait { state -> state.shown?.messages?.firstOrNull { it.text == "first" } }
        talk.edit(sent)
        assertEquals("first", talk.state.value.draft)
        talk.close()
        talk.close()
        val later = ConversationModel(ada, adasId)
        later.state.wait { state -> state.shown?.takeIf { it.conversation.draft == "begun" } }
        assertEquals(listOf("first", "second"), later.state.value.shown?.messages?.map { it.text })
        later.edit(sent)
        later.send()
        assertIs<ClientException.TooLate>(later.problem.wait { it })
        assertEquals("first", later.state.value.draft)
        assertNull(later.state.value.editing)
        ContactModel(ada, adasId).delete()
        later.state.wait { it.takeIf(ConversationModelState::gone) }
        later.close()
    }

    @Test
    fun textThatIsSentAsItsScreenGoesIsSent() = world {
        val (ada, ben, adasId, bensId) = pair()
        val talk = ConversationModel(ada, adasId)
        talk.state.wait { it.shown }
        talk.write("on the way out")
        talk.send()
        talk.close()
        withTimeout(30.seconds) { ben.messages(bensId).first { shown -> shown.messages.any { it.text == "on the way out" } } }
        assertEquals("", ada.conversationList().single().draft)
    }

    @Test
    fun listFollowsRequestsSearchesAndForgetsTheSearch() = world {
        val (ada, ben, adasId, bensId) = pair()
        ben.sendText(bensId, "see you at nine")
        val list = ConversationListModel(ada)
        list.state.wait { state -> state.shown?.rows?.firstOrNull { it.shownName == "Ben" && it.unread == 1u } }
        list.search("NIN")
        val hit = list.state.wait { it.hits?.firstOrNull() }
        assertEquals(Pair(adasId, "see you at nine"), Pair(hit.conversation.id, hit.message.text))
        list.search(" ")
        assertNull(list.state.value.hits)
        list.setArchived(adasId, true)
        list.state.wait { state -> state.shown?.takeIf { it.rows.isEmpty() && it.counts.archived == 1u } }
        list.close()
    }

    @Test
    fun invitationLeadsToConversationAndItsNumberIsVerified() = world {
        val (ada, ben) = Pair(person("Ada"), person("Ben"))
        val (inviter, guest) = Pair(InviteModel(ada), InviteModel(ben))
        inviter.create(InvitationKind.PERSONAL)
        val link = inviter.state.wait { state -> state.shown?.link?.takeUnless { state.busy } }
        guest.enter(link.dropLast(1))
        guest.problem.wait { it }
        guest.enter(link)
        assertNull(guest.state.wait { it.preview }.known)
        guest.accept()
        val bensId = guest.state.wait { it.accepted }
        val adasId = withTimeout(30.seconds) { ada.conversations().first { it.isNotEmpty() } }.single().id
        val (scanning, showing) = Pair(ContactModel(ada, adasId), ContactModel(ben, bensId))
        scanning.scan(showing.state.wait { it.safety }.qr)
        scanning.state.wait { it.scanned }
        assertEquals(Verification.VERIFIED, scanning.state.value.scanned)
        listOf(inviter, guest, scanning, showing).forEach(AutoCloseable::close)
    }

    @Test
    fun settingsAreReadChangedAndCleanedUp() = world {
        val (ada, ben, adasId, bensId) = pair()
        val settings = SettingsModel(ada)
        settings.state.wait { state -> state.relays?.takeIf { it.isNotEmpty() } }
        settings.setProfile(" Ada L. ", null)
        settings.setPrivacy(PrivacySettings(deliveryReceipts = true, readReceipts = false, typing = true))
        settings.state.wait { state -> state.profile?.takeIf { it.name == "Ada L." } }
        settings.state.wait { state -> state.privacy?.takeUnless { it.readReceipts } }
        ben.sendText(bensId, "old")
        withTimeout(30.seconds) { ada.messages(adasId).first { shown -> shown.messages.any { it.text == "old" } } }
        settings.cleanUp(Long.MAX_VALUE.toULong())
        settings.state.wait { it.cleaned }
        settings.state.wait { state -> state.storage?.takeIf { state.cleaned == null && it.messageBytes == 0uL } }
        assertNull(settings.problem.value)
        settings.close()
    }

    @Test
    fun exportTellsHowFarItIsAndUnknownContactIsGone() = world {
        val (ada, _, adasId) = pair()
        val contact = ContactModel(ada, adasId)
        File(directory("export")).mkdirs()
        contact.export(directory("export"))
        assertTrue(File(contact.state.wait { it.export?.folder }, "messages.json").exists())
        contact.setNickname(" Benjamin ")
        contact.state.wait { state -> state.conversation?.takeIf { it.nickname == "Benjamin" } }
        val nobody: ConversationId = "0".repeat(64)
        ContactModel(ada, nobody).state.wait { it.takeIf(ContactState::gone) }
        contact.close()
    }

    private suspend fun World.app(name: String): AppModel {
        val app = AppModel(directory(name), testVault(directory(name)))
        app.open()
        app.state.wait { it as? AppState.Welcome }
        return app
    }

    private suspend fun World.started(name: String): AppModel = app(name).also { it.create(name) }

    private suspend fun AppModel.create(name: String, link: String = Relay.link) {
        createAccount(link + "\n", name)
        val secret = state.wait { it as? AppState.Secret }
        assertEquals(13, secret.groups.size)
        confirmSecret(listOf("AAAA", "AAAA"))
        assertTrue(assertIs<AppState.Secret>(state.value).wrong)
        confirmSecret(secret.asked.map { " " + secret.groups[it].lowercase() })
        client()
    }

    private suspend fun AppModel.client(): Tacita = state.wait { it as? AppState.Ready }.client

    private val MessageView.text: String? get() = (body as? MessageBody.Text)?.text

    private suspend fun <S, T : Any> StateFlow<S>.wait(find: (S) -> T?): T =
        withTimeout(30.seconds) { mapNotNull { find(it) }.first() }
}

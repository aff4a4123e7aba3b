package org.tacita.app

import androidx.compose.runtime.remember
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isDialog
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performSemanticsAction
import androidx.compose.ui.unit.LayoutDirection
import java.nio.file.Files
import java.nio.file.Path
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.minutes
import org.tacita.app.Town.Companion.until
import org.tacita.app.screens.AboutScreen
import org.tacita.app.screens.AppLockScreen
import org.tacita.app.screens.ContactScreen
import org.tacita.app.screens.ConversationListScreen
import org.tacita.app.screens.ConversationScreen
import org.tacita.app.screens.DeleteAccountScreen
import org.tacita.app.screens.InvitationsScreen
import org.tacita.app.screens.NewContactScreen
import org.tacita.app.screens.PrivacyScreen
import org.tacita.app.screens.ProfileScreen
import org.tacita.app.screens.RelaysScreen
import org.tacita.app.screens.SafetyScreen
import org.tacita.app.screens.SettingsScreen
import org.tacita.app.screens.StorageScreen
import org.tacita.bindings.ConversationId
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.KeyVault
import org.tacita.bindings.ListFilter
import org.tacita.bindings.RelayState
import org.tacita.bindings.VaultException
import org.tacita.bindings.testVault
import org.tacita.kit.OwnRelay
import org.tacita.kit.Relay
import org.tacita.kit.Tacita
import org.tacita.kit.World
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.AppState
import org.tacita.kit.model.ContactModel
import org.tacita.kit.model.ConversationListModel
import org.tacita.kit.model.ConversationModel
import org.tacita.kit.model.InviteModel
import org.tacita.kit.model.SettingsModel
import org.tacita.kit.world

/** Every screen in every state, out of a real core that talks with a real relay: photographed, and nothing on it cut off. */
class PicturesTest {
    @Test
    fun nothingIsCutOffOnAnyScreen() = world(20.minutes) {
        // Given, the pictures are for people: every look. Else they prove themselves, in those where room is scarcest.
        val folder = System.getProperty("tacita.screens")?.let(Path::of)
        val studio = Studio(folder ?: Path.of("target/screens"), directory("exports"), Town::isWrittenByPeople)
        val looks = if (folder == null) SCARCE else ALL
        val scenes = firstScenes() + townScenes()
        val faults = scenes.flatMap { scene -> looks.flatMap { look -> studio.photograph(scene, look).map { "${scene.name}, ${look.name}: $it" } } }
        assertTrue(scenes.size >= 40, "there are only ${scenes.size} scenes")
        folder?.let { ContactSheet.write(it, scenes.map(Scene::name), looks) }
        assertEquals(emptyList(), faults.distinct())
    }

    /** From the first start to an account, and the lock. */
    private suspend fun World.firstScenes(): List<Scene> {
        val welcome = app("welcome").also { it.open() }.reach { it is AppState.Welcome }
        val refused = app("refused").also { it.open() }.reach { it is AppState.Welcome }
        refused.createAccount("tacita:relay/nonsense", "Ada")
        until { refused.problem.value != null }
        val secret = app("secret").also { it.open() }.reach { it is AppState.Welcome }
        secret.createAccount(Relay.link, "Ada")
        secret.reach { it is AppState.Secret }
        val differs = app("differs").also { it.open() }.reach { it is AppState.Welcome }
        differs.createAccount(Relay.link, "Ada")
        differs.reach { it is AppState.Secret }
        differs.confirmSecret(listOf("AAAA", "BBBB"))
        val locked = app("locked").also { it.open() }.reach { it is AppState.Welcome }
        var isSet = false
        locked.setLock("", "correct horse battery") { isSet = true }
        until { isSet }
        locked.lock()
        locked.reach { it is AppState.Locked }
        val busy = app("locked").also { it.open() }.reach { it is AppState.Locked }
        busy.unlock("not this one at all")
        busy.reach { it is AppState.Locked && it.wrong }
        val waiting = app("locked").also { it.open() }.reach { it is AppState.Locked }
        until {
            waiting.unlock("not this one either")
            waiting.reach { it is AppState.Locked && !it.busy }
            (waiting.state.value as AppState.Locked).retryAfter > 0u
        }
        person("taken")
        val unusable = app("taken").also { it.open() }.reach { it is AppState.Unusable }
        person("keyless").close()
        val keyless = AppModel(directory("keyless"), LostKey).also { it.open() }.reach { it is AppState.Unusable }
        return listOf(
            Scene("opening") { App(remember { AppModel(directory("opening"), testVault(directory("opening"))) }, Navigator()) },
            scene("welcome", welcome),
            scene("welcome-refused", refused),
            scene("secret", secret),
            scene("secret-confirm", secret) { press("I wrote it down", "Ich habe sie aufgeschrieben", "書き写しました") },
            scene("secret-differs", differs) { press("I wrote it down", "Ich habe sie aufgeschrieben", "書き写しました") },
            scene("locked", locked),
            scene("locked-wrong", busy),
            Scene("locked-wait", settles = false) { App(waiting, Navigator()) },
            scene("locked-forgotten", locked) { press("I forgot", "vergessen", "忘れました") },
            scene("unusable", unusable),
            scene("key-lost", keyless),
            scene("key-lost-erase", keyless) { press("Erase everything", "Alles löschen", "すべて消去") },
        )
    }

    private suspend fun World.townScenes(): List<Scene> {
        val town = Town.settle(this)
        val ada = town.ada
        val (rewound, kim) = Town.rewound(this)
        return listScenes(town) + conversationScenes(town, rewound, kim) + contactScenes(town) + inviteScenes(town, this) +
            settingsScenes(town, this) + longWorkScenes(this)
    }

    private suspend fun World.listScenes(town: Town): List<Scene> {
        val nobody = person("Nobody")
        fun list(client: Tacita, filter: ListFilter = ListFilter.MAIN) = ConversationListModel(client).also { it.show(filter) }
        suspend fun ConversationListModel.loaded() = also { model -> until { model.state.value.shown != null } }
        val searching = list(town.ada).loaded().also { it.search("relay") }
        until { searching.state.value.hits != null }
        val fruitless = list(town.ada).loaded().also { it.search("zyx") }
        until { fruitless.state.value.hits != null }
        val offline = list(town.offline).loaded()
        until { offline.state.value.let { it.relay == RelayState.OFFLINE && it.outbox?.count == 1u } }
        val deceived = list(town.deceived).loaded()
        until { deceived.state.value.relay == RelayState.WRONG_KEY }
        fun scene(name: String, model: ConversationListModel, prepare: SkikoComposeUiTest.() -> Unit = {}) =
            Scene(name, prepare) { ConversationListScreen(model, lock = {}, go = {}) }
        return listOf(
            scene("list", list(town.ada).loaded()),
            scene("list-menu", list(town.ada).loaded()) { pressLong("Ben") },
            scene("list-empty", list(nobody).loaded()),
            scene("list-requests", list(town.ada, ListFilter.REQUESTS).loaded()),
            scene("list-archive", list(town.ada, ListFilter.ARCHIVED).loaded()),
            scene("list-search", searching),
            scene("list-nothing-found", fruitless),
            scene("list-offline", offline),
            scene("list-wrong-relay-key", deceived),
        )
    }

    private suspend fun conversationScenes(town: Town, rewound: Tacita, kim: ConversationId): List<Scene> {
        suspend fun scene(
            name: String,
            with: ConversationId,
            client: Tacita = town.ada,
            prepare: SkikoComposeUiTest.() -> Unit = {},
        ): Scene {
            val model = ConversationModel(client, with)
            until { model.state.value.shown != null }
            return Scene(name, prepare) { ConversationScreen(with, null, model, back = {}, go = {}) }
        }
        return listOf(
            scene("conversation", town.conversation("Ben")),
            scene("conversation-message-menu", town.conversation("Ben")) { pressLong("Will do!") },
            scene("conversation-alarm", town.conversation("Cleo")),
            scene("conversation-long-name", town.conversation(Town.EMMA)),
            scene("conversation-request", town.conversation("Finn")),
            scene("conversation-blocked", town.conversation("Gus")),
            scene("conversation-left", town.conversation("Ivo")),
            scene("conversation-inviting", town.conversation("Jun")),
            scene("conversation-draft", town.conversation("Noa")),
            scene("conversation-typing", town.conversation("Tom")),
            scene("conversation-arabic", town.conversation("ليلى")),
            scene("conversation-undecryptable", kim, rewound),
            scene("conversation-offline", town.offline.conversationList().single().id, town.offline),
            scene("conversation-wrong-relay-key", town.deceived.conversationList().single().id, town.deceived),
            scene("conversation-waiting-menu", town.offline.conversationList().single().id, town.offline) {
                pressLong("I am on the train, this will leave later.")
            },
        )
    }

    private suspend fun contactScenes(town: Town): List<Scene> {
        suspend fun contact(with: ConversationId) =
            ContactModel(town.ada, with).also { model -> until { model.state.value.safety != null } }
        suspend fun safety(name: String, with: String) =
            contact(town.conversation(with)).let { Scene(name) { SafetyScreen(it, back = {}) } }
        suspend fun scene(name: String, with: String, prepare: SkikoComposeUiTest.() -> Unit = {}): Scene {
            val model = contact(town.conversation(with))
            return Scene(name, prepare) { ContactScreen(town.conversation(with), model, back = {}, home = {}, go = {}) }
        }
        return listOf(
            scene("contact", "Ben"),
            scene("contact-alarm", "Cleo"),
            scene("contact-long-name", Town.EMMA),
            scene("contact-nickname", "Ben") { press("Nickname", "Spitzname", "ニックネーム") },
            scene("contact-delete", "Ben") { press("Delete contact", "Kontakt und", "連絡先とメッセージを削除") },
            scene("contact-export", "Ben") { press("Export", "Exportieren", "書き出す") },
            safety("safety-number", Town.EMMA),
            safety("safety-number-verified", "Ben"),
            safety("safety-number-alarm", "Cleo"),
        )
    }

    private suspend fun inviteScenes(town: Town, world: World): List<Scene> {
        val ada = town.ada
        suspend fun invite(client: Tacita = ada) =
            InviteModel(client).also { model -> until { model.state.value.invitations != null } }
        fun scene(name: String, model: InviteModel, prepare: SkikoComposeUiTest.() -> Unit = {}) =
            Scene(name, prepare) { NewContactScreen(model, back = {}, go = {}, start = {}) }
        val shown = invite().also { it.create(InvitationKind.PERSONAL) }
        until { shown.state.value.shown != null && !shown.state.value.busy }
        val other = world.person("Olu").createInvitation(InvitationKind.PERSONAL).link
        val read = invite().also { it.enter(other) }
        until { read.state.value.preview != null }
        val broken = invite().also { it.enter(other.dropLast(9)) }
        until { broken.problem.value != null }
        val own = invite().also { it.enter(ada.invitations().first().link) }
        until { own.state.value.preview != null }
        val all = invite()
        val revoked = invite(town.offline).also { it.revoke(town.offline.invitations().single { one -> one.kind == InvitationKind.PUBLIC }.id) }
        until { revoked.state.value.revocationQueued && !revoked.state.value.busy }
        return listOf(
            Scene("invitations-revocation-queued") { InvitationsScreen(revoked, back = {}) },
            scene("new-contact", invite()),
            scene("new-contact-code", shown),
            scene("new-contact-revoke", shown) { press("Take back", "Widerrufen", "取り消す") },
            scene("new-contact-link", invite()) { press("I have a link", "Ich habe einen Link", "リンクがある") },
            scene("new-contact-preview", read),
            scene("new-contact-broken-link", broken),
            scene("new-contact-own-link", own),
            Scene("invitations") { InvitationsScreen(all, back = {}) },
        )
    }

    private suspend fun settingsScenes(town: Town, world: World): List<Scene> {
        suspend fun settings(client: Tacita) = SettingsModel(client).also { model ->
            until { model.state.value.let { it.profile != null && it.storage != null && it.relays != null && it.health != null } }
        }
        val ada = town.ada
        val settings = settings(ada)
        val deceived = settings(town.deceived)
        val app = world.app("settings").also { it.open() }.reach { it is AppState.Welcome }
        val leaving = leaving(world)
        val relay = checkNotNull(ada.account()).relay
        val deceivedRelay = checkNotNull(town.deceived.account()).relay
        val now = { System.currentTimeMillis().toULong() }
        return listOf(
            Scene("settings") { SettingsScreen(settings, hasLock = true, back = {}, go = {}) },
            Scene("profile") { ProfileScreen(settings, back = {}) },
            Scene("privacy") { PrivacyScreen(settings, back = {}) },
            Scene("app-lock") { AppLockScreen(app, hasLock = false, back = {}) },
            Scene("app-lock-set") { AppLockScreen(app, hasLock = true, back = {}) },
            Scene("storage") { StorageScreen(settings, now, back = {}) },
            Scene("storage-clean-up", { press("Older than a month", "Älter als einen Monat", "1 か月より前") }) {
                StorageScreen(settings, now, back = {})
            },
            Scene("relays") { RelaysScreen(settings, relay, back = {}) },
            Scene("relays-wrong-key") { RelaysScreen(deceived, deceivedRelay, back = {}) },
            Scene("about") { AboutScreen(back = {}) },
            Scene("delete-account") { DeleteAccountScreen(app, back = {}) },
            Scene("delete-account-asked", { press("Delete account", "Konto löschen", "アカウントを削除") }) {
                DeleteAccountScreen(app, back = {})
            },
            Scene("delete-account-queued", {
                press("Delete account", "Konto löschen", "アカウントを削除")
                waitForIdle()
                onNode(hasClickAction() and hasAnyAncestor(isDialog()) and has("Delete account", "Konto löschen", "アカウントを削除"))
                    .performSemanticsAction(SemanticsActions.OnClick)
                waitUntil(60_000) { onAllNodes(hasText("30", substring = true)).fetchSemanticsNodes().isNotEmpty() }
            }) { DeleteAccountScreen(leaving, back = {}) },
        )
    }

    /** The app of somebody whose relay is down. */
    private suspend fun leaving(world: World): AppModel {
        val relay = OwnRelay()
        world.person("Zoe", relay.link).apply { createInvitation(InvitationKind.PUBLIC) }.close()
        relay.close()
        return world.app("Zoe").also { it.open() }.reach { it is AppState.Ready }
    }

    /** Work that takes long, held in its midst; and messages that no contact of this version sends. */
    private suspend fun longWorkScenes(world: World): List<Scene> {
        val (reader, readers) = Town.hoarder(world, "Reader", 3u)
        val talk = ConversationModel(reader, readers)
        until { talk.state.value.shown != null }
        val (hoarder, id) = Town.hoarder(world, "Hoarder", MANY)
        val now = { System.currentTimeMillis().toULong() }
        val exporting = ContactModel(hoarder, id)
        // Messages for measuring have come without a session, so there is no safety number: that is not this picture's matter.
        until { exporting.problem.value != null }
        exporting.dismissProblem()
        HeldCalls.hold("step", after = 1)
        exporting.export(Files.createDirectories(Path.of(world.directory("exports"))).toString())
        until { exporting.state.value.export != null }
        val cleaning = SettingsModel(hoarder)
        HeldCalls.hold("cleanUp", after = 1)
        cleaning.cleanUp(ULong.MAX_VALUE / 2u)
        until { cleaning.state.value.let { it.storage != null && (it.cleaned ?: 0u) > 0u } }
        val shrinking = SettingsModel(hoarder)
        HeldCalls.release()
        HeldCalls.hold("shrinkStore", after = 1)
        shrinking.cleanUp(ULong.MAX_VALUE / 2u)
        until { shrinking.state.value.let { it.storage != null && it.shrinking != null } }
        HeldCalls.release()
        return listOf(
            Scene("contact-exporting", { scrollTo("Cancel", "Abbrechen", "キャンセル") }) { ContactScreen(id, exporting, back = {}, home = {}, go = {}) },
            Scene("conversation-unreadable") { ConversationScreen(readers, null, talk, back = {}, go = {}) },
            Scene("storage-cleaning") { StorageScreen(cleaning, now, back = {}) },
            Scene("storage-shrinking") { StorageScreen(shrinking, now, back = {}) },
        )
    }

    private fun World.app(name: String) = AppModel(directory(name), testVault(directory(name)))

    private suspend fun AppModel.reach(state: (AppState) -> Boolean): AppModel =
        also { model -> until { state(model.state.value) } }

    private fun scene(name: String, model: AppModel, prepare: SkikoComposeUiTest.() -> Unit = {}) =
        Scene(name, prepare) { App(model, remember { Navigator() }) }

    /** Presses what has one of these words in it, whatever the language. */
    private fun SkikoComposeUiTest.press(vararg texts: String) {
        val node = node(texts)
        runCatching { node.performScrollTo() }
        node.performClick()
    }

    private fun SkikoComposeUiTest.scrollTo(vararg texts: String) {
        node(texts).performScrollTo()
    }

    private fun SkikoComposeUiTest.node(texts: Array<out String>): SemanticsNodeInteraction =
        onAllNodes(has(*texts) and hasClickAction()).onFirst()

    private fun has(vararg texts: String): SemanticsMatcher =
        texts.map { hasText(it, substring = true) }.reduce { one, other -> one or other }

    private fun SkikoComposeUiTest.pressLong(text: String) {
        onAllNodes(hasText(text))[0].performSemanticsAction(SemanticsActions.OnLongClick)
    }

    private companion object {
        /** More than a step of an export writes, or of a clean-up deletes. */
        const val MANY = 5_000u

        val ALL: List<Look> = listOf(false, true).flatMap { dark ->
            listOf(360, 411).flatMap { width -> listOf(1.0f, 1.6f).map { scale -> Look(dark, width, scale) } }
        } + Look(false, 360, 1.0f, Locale.GERMAN) + Look(true, 411, 1.0f, Locale.JAPANESE) +
            Look(false, 360, 1.0f, direction = LayoutDirection.Rtl)
        val SCARCE: List<Look> = listOf(Look(false, 360, 1.6f, Locale.GERMAN), Look(true, 411, 1.0f))
    }
}

/** A keystore that has lost the key. */
private object LostKey : KeyVault {
    override fun wrap(key: ByteArray): ByteArray = throw VaultException.Failed()

    override fun unwrap(blob: ByteArray): ByteArray = throw VaultException.Failed()

    override fun isTest(): Boolean = true
}

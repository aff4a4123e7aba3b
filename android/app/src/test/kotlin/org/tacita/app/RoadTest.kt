package org.tacita.app

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.width
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.asSkiaBitmap
import androidx.compose.ui.graphics.toArgb
import androidx.compose.ui.graphics.toPixelMap
import androidx.compose.ui.platform.LocalClipboardManager
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasContentDescription
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.isEnabled
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextClearance
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.unit.dp
import com.google.zxing.BinaryBitmap
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import java.awt.EventQueue
import java.nio.file.Files
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlinx.coroutines.runBlocking
import org.jetbrains.skia.Image
import org.tacita.app.words.LocalWords
import org.tacita.app.words.wordsOf
import org.tacita.bindings.ClientException
import org.tacita.bindings.Delivery
import org.tacita.bindings.ListFilter
import org.tacita.bindings.testVault
import org.tacita.kit.Relay
import org.tacita.kit.Tacita
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.AppState

/** Two apps beside each other, clicked and typed through, and a real relay between them. */
class RoadTest {
    private val words = wordsOf(Locale.ENGLISH)
    private val clipboard = TestClipboard()
    private val folder = Files.createTempDirectory("tacita-road")

    @Test
    fun twoPeopleFindEachOtherTalkVerifyLockAndSearch() {
        val calls = CoreCalls.watch()
        val apps = listOf("ada", "ben").associateWith { AppModel("$folder/$it", testVault("$folder/$it")) }
        val navigators = apps.mapValues { Navigator() }
        try {
            SkikoComposeUiTest(900, 900).runTest {
                setContent {
                    check(EventQueue.isDispatchThread()) { "another thread draws than is watched" }
                    Row {
                        for ((name, app) in apps) {
                            Box(Modifier.width(450.dp).fillMaxHeight().testTag(name)) {
                                CompositionLocalProvider(
                                    LocalWords provides words,
                                    LocalPlatform provides TestPlatform("$folder"),
                                    LocalClipboardManager provides clipboard,
                                ) { TacitaTheme(dark = name == "ben") { App(app, navigators.getValue(name)) } }
                            }
                        }
                    }
                }
                apps.values.forEach { it.open() }
                // Ada taps the relay's link, Ben types it.
                runOnUiThread { navigators.getValue("ada").opened = Relay.link }
                await("ada", hasText(Relay.link))
                type("ben", words.relayLink, Relay.link)
                createAccount(apps, "ada", "Ada")
                createAccount(apps, "ben", "Ben")
                becomeAcquainted()
                talk()
                verify()
                lock(navigators.getValue("ada"))
                search()
            }
        } finally {
            runBlocking { apps.values.forEach { it.shutDown() } }
            folder.toFile().deleteRecursively()
        }
        assertEquals(emptyList(), calls.onTheDrawingThread(), "the core was called on the thread that draws")
    }

    @Test
    fun callOnTheThreadThatDrawsIsNoted() {
        val calls = CoreCalls.watch()
        val client = runBlocking { Tacita.open("$folder/noted", testVault("$folder/noted")) }
        try {
            assertEquals(emptyList(), calls.onTheDrawingThread())
            SkikoComposeUiTest().runTest { runOnUiThread { runBlocking { client.account() } } }
            assertContains(calls.onTheDrawingThread(), "org.tacita.bindings.Client.account")
        } finally {
            runBlocking { client.close() }
            folder.toFile().deleteRecursively()
        }
    }

    private fun SkikoComposeUiTest.createAccount(apps: Map<String, AppModel>, who: String, name: String) {
        type(who, words.yourName, name)
        click(who, words.createAccount)
        await(who, hasText(words.wroteItDown))
        val secret = apps.getValue(who).state.value as AppState.Secret
        secret.groups.forEach { await(who, hasText(it)) }
        click(who, words.wroteItDown)
        for (asked in secret.asked) type(who, words.groupNumber((asked + 1).toULong()), "AAAA")
        click(who, words.confirm)
        await(who, hasText(words.secretDiffers))
        for (asked in secret.asked) {
            field(who, words.groupNumber((asked + 1).toULong())).performTextClearance()
            type(who, words.groupNumber((asked + 1).toULong()), secret.groups[asked].lowercase())
        }
        click(who, words.confirm)
        await(who, hasText(words.emptyTitle(ListFilter.MAIN)))
    }

    private fun SkikoComposeUiTest.becomeAcquainted() {
        click("ada", words.newContact)
        click("ada", words.invitePerson)
        await("ada", hasContentDescription(words.invitationCode))
        click("ada", words.copyLink)
        click("ben", words.newContact)
        click("ben", words.acceptTab)
        click("ben", words.paste)
        click("ben", words.acceptInvitation)
        await("ben", hasText(words.noMessages))
        press("ada", words.back)
        click("ada", "Ben")
    }

    private fun SkikoComposeUiTest.talk() {
        say("ben", "The first word of all")
        await("ada", hasText("The first word of all"))
        say("ada", "Salve, amice")
        await("ben", hasText("Salve, amice"))
        await("ada", hasContentDescription(words.delivery(Delivery.Read)))
    }

    private fun SkikoComposeUiTest.verify() {
        click("ada", words.notVerified)
        click("ada", words.safetyNumber)
        click("ben", words.notVerified)
        click("ben", words.safetyNumber)
        val adas = digits("ada")
        assertEquals(adas, digits("ben"))
        click("ada", words.markVerified)
        await("ada", hasText(words.markUnverified))
        // His own screen is not hers: nothing was compared, so nothing is found either way.
        scan("ben", code("ben", "Ada"))
        await("ben", hasText(words.problem(ClientException.LinkForeign())))
        scan("ben", code("ada", "Ben"))
        await("ben", hasText(words.markUnverified))
        for (who in listOf("ada", "ben")) repeat(3) { press(who, words.back) }
        await("ada", hasText("Ben"))
    }

    private fun SkikoComposeUiTest.lock(navigator: Navigator) {
        press("ada", words.settings)
        click("ada", words.appLock)
        type("ada", words.newPassphrase, PASSPHRASE)
        type("ada", words.newPassphraseAgain, PASSPHRASE)
        click("ada", words.setPassphrase)
        await("ada", hasText(words.isOn))
        press("ada", words.back)
        press("ada", words.lockNow)
        type("ada", words.passphrase, "something else entirely")
        click("ada", words.unlock)
        await("ada", hasText("not the passphrase", substring = true))
        // An invitation that is tapped meanwhile waits. It is her own, which she had copied.
        runOnUiThread { navigator.opened = checkNotNull(clipboard.getText()).text }
        type("ada", words.passphrase, PASSPHRASE)
        clickWhenEnabled("ada", words.unlock)
        await("ada", hasText(words.ownInvitation))
        press("ada", words.back)
        await("ada", hasText("Ben"))
    }

    private fun SkikoComposeUiTest.search() {
        press("ada", words.search)
        node("ada", hasContentDescription(words.searchMessages)).performTextInput("sal")
        await("ada", hasText("Salve, amice"))
        click("ada", "Salve, amice")
        await("ada", hasText("The first word of all"))
    }

    private fun SkikoComposeUiTest.say(who: String, text: String) {
        type(who, words.message, text)
        press(who, words.send)
    }

    /** What a camera reads from the screen. */
    private fun SkikoComposeUiTest.code(who: String, of: String): String {
        val code = hasContentDescription(words.safetyCode(of))
        await(who, code)
        val pixels = node(who, code).captureToImage().toPixelMap()
        val colors = IntArray(pixels.width * pixels.height) { pixels[it % pixels.width, it / pixels.width].toArgb() }
        val picture = BinaryBitmap(HybridBinarizer(RGBLuminanceSource(pixels.width, pixels.height, colors)))
        return QRCodeReader().decode(picture).text
    }

    private fun SkikoComposeUiTest.scan(who: String, code: String) {
        click(who, words.scanTheirCode)
        node(who, hasTestTag("camera")).performTextInput(code)
    }

    private fun SkikoComposeUiTest.digits(who: String): String {
        val isNumber = SemanticsMatcher("twelve groups") { node ->
            node.config.getOrNull(SemanticsProperties.ContentDescription)?.any { it.count(Char::isDigit) == 60 } == true
        }
        await(who, isNumber)
        return node(who, isNumber).fetchSemanticsNode().config[SemanticsProperties.ContentDescription].first()
    }

    private fun SkikoComposeUiTest.field(who: String, label: String) = node(who, hasSetTextAction() and hasText(label))

    private fun SkikoComposeUiTest.type(who: String, label: String, text: String) {
        await(who, hasSetTextAction() and hasText(label))
        field(who, label).performTextInput(text)
    }

    private fun SkikoComposeUiTest.click(who: String, text: String) {
        await(who, hasText(text))
        node(who, hasText(text)).performClick()
    }

    private fun SkikoComposeUiTest.clickWhenEnabled(who: String, text: String) {
        await(who, hasText(text) and isEnabled())
        node(who, hasText(text)).performClick()
    }

    private fun SkikoComposeUiTest.press(who: String, description: String) {
        await(who, hasContentDescription(description))
        node(who, hasContentDescription(description)).performClick()
    }

    private fun SkikoComposeUiTest.node(who: String, matcher: SemanticsMatcher) = onNode(matcher and hasAnyAncestor(hasTestTag(who)))

    private fun SkikoComposeUiTest.await(who: String, matcher: SemanticsMatcher) {
        val wanted = matcher and hasAnyAncestor(hasTestTag(who))
        try {
            waitUntil(WAIT_MS) { onAllNodes(wanted).fetchSemanticsNodes().isNotEmpty() }
        } catch (timeout: Throwable) {
            val picture = folder.resolveSibling("tacita-road.png")
            Files.write(picture, checkNotNull(Image.makeFromBitmap(captureToImage().asSkiaBitmap()).encodeToData()).bytes)
            throw AssertionError("$who never saw: ${matcher.description}; it saw $picture", timeout)
        }
    }

    private companion object {
        const val PASSPHRASE = "correct horse battery"
        const val WAIT_MS = 30_000L
    }
}

package org.tacita.app

import java.awt.Color
import java.awt.RenderingHints
import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.io.File
import javax.imageio.ImageIO
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeout
import org.tacita.bindings.Client
import org.tacita.bindings.Config
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationState
import org.tacita.bindings.Delivery
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.MessageBody
import org.tacita.bindings.QueueReason
import org.tacita.bindings.testVault
import org.tacita.kit.OwnRelay
import org.tacita.kit.Tacita
import org.tacita.kit.World

/** Ada, whose screens are photographed, and people in every relation to her that a screen has a look for. */
class Town private constructor(
    val ada: Tacita,
    /** Somebody whose relay is down, as is that of the contact, and who has written all the same. */
    val offline: Tacita,
    /** Somebody at whose relay's address something else answers. */
    val deceived: Tacita,
    private val people: Map<String, ConversationId>,
) {
    /** Whom Ada knows by a name. */
    fun conversation(name: String): ConversationId = people.getValue(name)

    companion object {
        const val EMMA = "Emma Wilhelmina von Hohenstein-Löwenberg"

        private val names = mutableSetOf<String>()
        private val texts = mutableSetOf("tacita://")

        /** Whether what a screen shows was written by people, or is a link or a path: no words of the app. */
        fun isWrittenByPeople(shown: String): Boolean = shown in names || texts.any { it in shown }

        suspend fun settle(world: World): Town {
            val ada = world.person("Ada")
            texts += world.directory("exports")
            val people = mutableMapOf<String, ConversationId>()
            suspend fun meet(name: String, picture: ByteArray? = null): Tacita {
                val guest = world.person(name)
                guest.setProfile(name, picture)
                names += name
                val before = ada.conversationList().map { it.id }.toSet()
                guest.acceptInvitation(ada.createInvitation(InvitationKind.PERSONAL).link)
                people[name] = found { ada.conversationList().firstOrNull { it.id !in before && it.name == name } }.id
                found { guest.conversationList().firstOrNull { it.state == ConversationState.ESTABLISHED } }
                return guest
            }
            suspend fun Tacita.say(text: String) {
                texts += text
                sendText(conversationList().single().id, text)
            }
            suspend fun arrived(name: String, text: String): ULong = found {
                ada.messagePage(people.getValue(name)).messages.firstOrNull { (it.body as? MessageBody.Text)?.text == text }
            }.place

            ada.setProfile("Ada", portrait(Color(0x8A4B6B)))
            val ben = meet("Ben", portrait(Color(0x2F6E62)))
            ada.markVerified(people.getValue("Ben"), true)
            ada.setPinned(people.getValue("Ben"), true)
            conversation(ada, ben, people.getValue("Ben"))

            val cleo = meet("Cleo")
            cleo.say("Did you get the new key?")
            arrived("Cleo", "Did you get the new key?")

            val emma = meet(EMMA)
            emma.say("Shall we meet at the library on Thursday, as always, or would you rather go for a walk along the river?")

            val finn = world.person("Finn")
            finn.acceptInvitation(ada.createInvitation(InvitationKind.PUBLIC).link)
            finn.say("Hello Ada, we met at the market. May I write to you?")
            val request = found { ada.conversationList().firstOrNull { it.state == ConversationState.REQUEST } }
            people["Finn"] = request.id

            val gus = meet("Gus")
            gus.say("Buy now!")
            arrived("Gus", "Buy now!")
            ada.setBlocked(people.getValue("Gus"), true)

            val hana = meet("花")
            hana.say("また来週。")
            ada.markRead(people.getValue("花"), arrived("花", "また来週。"))
            ada.setArchived(people.getValue("花"), true)

            val ivo = meet("Ivo")
            ivo.say("Farewell, it was good to know you.")
            ada.markRead(people.getValue("Ivo"), arrived("Ivo", "Farewell, it was good to know you."))
            ivo.deleteAccount()
            found { ada.conversationList().firstOrNull { it.state == ConversationState.LEFT } }

            val lea = meet("ليلى")
            lea.say("مرحبا، كيف حالك اليوم؟")
            ada.setMuted(people.getValue("ليلى"), Long.MAX_VALUE.toULong())

            val jun = world.person("Jun")
            val link = jun.createInvitation(InvitationKind.PERSONAL).link
            jun.close()
            people["Jun"] = ada.acceptInvitation(link)
            texts += "Hello Jun, here I am."
            ada.sendText(people.getValue("Jun"), "Hello Jun, here I am.")

            val tom = meet("Tom")
            tom.say("Wait, I am looking for it")
            keepTyping(tom)

            meet("Noa")
            texts += "What I meant to say is"
            ada.saveDraft(people.getValue("Noa"), "What I meant to say is")
            // Cleo's screen shows somebody else's code: that of the account that Ada knows as Ben.
            ada.verifyScanned(people.getValue("Cleo"), ben.safetyNumber(ben.conversationList().single().id).qr)

            return Town(ada, offline(world), deceived(world), people)
        }

        private suspend fun offline(world: World): Tacita {
            val relay = OwnRelay()
            return stuck(world, "Pia", relay, "I am on the train, this will leave later.", relay::close, QueueReason.OFFLINE)
        }

        private suspend fun deceived(world: World): Tacita {
            val relay = OwnRelay()
            return stuck(world, "Uma", relay, "Something is strange here.", { replace(world, relay) }, QueueReason.WRONG_RELAY_KEY)
        }

        /** Something else answers where the relay did. */
        private suspend fun replace(world: World, relay: OwnRelay) {
            val address = checkNotNull(world.person("Vera", relay.link).account()).relay
            relay.close()
            OwnRelay(address).link
        }

        /** Somebody who knows a contact at a relay, and writes after something has happened to that. */
        private suspend fun stuck(
            world: World, name: String, relay: OwnRelay, text: String, happen: suspend () -> Unit, reason: QueueReason,
        ): Tacita {
            val person = world.person(name, relay.link)
            val contact = world.person("$name’s contact", relay.link)
            names += "$name’s contact"
            contact.acceptInvitation(person.createInvitation(InvitationKind.PERSONAL).link)
            val place = found { person.conversationList().firstOrNull { it.state == ConversationState.ESTABLISHED } }.id
            found { contact.conversationList().firstOrNull { it.state == ConversationState.ESTABLISHED } }
            person.createInvitation(InvitationKind.PUBLIC)
            happen()
            texts += text
            person.sendText(place, text)
            until { person.outbox().conversations.any { it.reason == reason } }
            return person
        }

        /** Somebody who keeps so many messages with one contact, the last of them not to be read, and that conversation. */
        suspend fun hoarder(world: World, name: String, messages: UInt): Pair<Tacita, ConversationId> {
            val directory = world.directory(name)
            val id = Client.open(Config(directory, testVault(directory))).use { client ->
                client.fillForBench(1u, messages).also {
                    client.addUnreadableForTests(it)
                    client.shutDown()
                }
            }
            texts += "about a hundred bytes long"
            val hoarder = world.person(name)
            names += hoarder.conversationList().map { it.name }
            return Pair(hoarder, id)
        }

        private suspend fun conversation(ada: Tacita, ben: Tacita, bensPlace: ConversationId) {
            val adasPlace = ben.conversationList().single().id
            suspend fun ben(text: String) {
                texts += text
                ben.sendText(adasPlace, text)
                found { ada.messagePage(bensPlace).messages.lastOrNull { (it.body as? MessageBody.Text)?.text == text } }
            }
            suspend fun ada(text: String) {
                texts += text
                ada.sendText(bensPlace, text)
                found { ben.messagePage(adasPlace).messages.lastOrNull { (it.body as? MessageBody.Text)?.text == text } }
            }
            ben("Are you there?")
            ada("Yes. The relay is up again, did you notice anything?")
            ben("Nothing at all. My messages just waited and left by themselves.")
            ada("That is how it should be 🙂")
            ben("One more thing: the link you gave me last week, does it still work? I would like to show it to my brother, who is a little shy about these things and would rather not give anybody his phone number.")
            ada("It was for you alone. Make him one of your own, it takes a second.")
            ben("Will do!")
            ada("https://example.org/a/very/long/path/that/has/no/place/where/a/line/could/well/be/broken")
            found { ben.messagePage(adasPlace).messages.lastOrNull { it.body is MessageBody.Text } }
                .let { ben.markRead(adasPlace, it.place) }
            ada.markRead(bensPlace, ada.messagePage(bensPlace).messages.last().place)
            found { ada.messagePage(bensPlace).messages.lastOrNull()?.takeIf { it.delivery is Delivery.Read } }
        }

        /** A store that was put back to an earlier day: what comes cannot be opened, and is repaired. */
        suspend fun rewound(world: World): Pair<Tacita, ConversationId> {
            val kim = world.person("Kim")
            val lia = world.person("Lia")
            lia.acceptInvitation(kim.createInvitation(InvitationKind.PERSONAL).link)
            val liasPlace = found { kim.conversationList().firstOrNull { it.state == ConversationState.ESTABLISHED } }.id
            val kimsPlace = found { lia.conversationList().firstOrNull { it.state == ConversationState.ESTABLISHED } }.id
            kim.sendText(liasPlace, "Before the backup")
            found { lia.messagePage(kimsPlace).messages.firstOrNull { it.body is MessageBody.Text } }
            lia.close()
            val store = File(world.directory("Lia"))
            val backup = File(world.directory("backup"))
            store.copyRecursively(backup)
            val later = world.open("Lia")
            for (text in listOf("One", "Two", "Three")) {
                later.sendText(kimsPlace, text)
                found { kim.messagePage(liasPlace).messages.lastOrNull { (it.body as? MessageBody.Text)?.text == text } }
                kim.sendText(liasPlace, "Yes, $text")
                found { later.messagePage(kimsPlace).messages.lastOrNull { (it.body as? MessageBody.Text)?.text == "Yes, $text" } }
            }
            later.close()
            store.deleteRecursively()
            backup.copyRecursively(store)
            val rewound = world.open("Lia")
            kim.sendText(liasPlace, "Can you still read this?")
            found { rewound.messagePage(kimsPlace).messages.firstOrNull { it.body is MessageBody.Undecryptable } }
            return Pair(rewound, kimsPlace)
        }

        /** Somebody writes and writes, as long as pictures are taken. */
        private fun keepTyping(person: Tacita) {
            CoroutineScope(Dispatchers.Default).launch {
                // Ends with the person's client, at the test's end.
                runCatching {
                    while (true) {
                        person.setTyping(person.conversationList().single().id, true)
                        delay(1000)
                    }
                }
            }
        }

        /** Waits until there is something, and gives it. */
        suspend fun <T : Any> found(find: suspend () -> T?): T = withTimeout(60.seconds) {
            var found = find()
            while (found == null) {
                delay(20)
                found = find()
            }
            found
        }

        /** Waits until something is so. */
        suspend fun until(condition: suspend () -> Boolean) {
            found { if (condition()) Unit else null }
        }

        /** A small picture, as a profile has. */
        fun portrait(color: Color): ByteArray {
            val image = BufferedImage(128, 128, BufferedImage.TYPE_INT_RGB)
            val graphics = image.createGraphics()
            graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON)
            graphics.color = color
            graphics.fillRect(0, 0, 128, 128)
            graphics.color = Color(0xF3, 0xD9, 0xB8)
            graphics.fillOval(40, 24, 48, 56)
            graphics.fillRoundRect(20, 84, 88, 80, 60, 60)
            graphics.dispose()
            val file = ByteArrayOutputStream()
            ImageIO.write(image, "png", file)
            return file.toByteArray()
        }
    }
}

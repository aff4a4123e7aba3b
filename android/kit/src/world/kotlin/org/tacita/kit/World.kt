package org.tacita.kit

import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.io.path.exists
import kotlin.io.path.readText
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.tacita.bindings.ConversationId
import org.tacita.bindings.Direction
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.MessageBody
import org.tacita.bindings.MessagePage
import org.tacita.bindings.MessageView
import org.tacita.bindings.testVault

/** The relay of all tests, started with the first and ended with the last. */
object Relay {
    val link: String by lazy { OwnRelay().link }
}

/** A real relay, a child of the tests: it ends with them, or when it is closed. */
class OwnRelay(address: String = "127.0.0.1:0") : AutoCloseable {
    private val directory: Path = Files.createTempDirectory("tacita-relay")
    private val linkFile = directory.resolve("link")
    private val process = ProcessBuilder(
        program(), "--data", "$directory/data", "--listen", address, "--link-file", "$linkFile",
    ).redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile()).start()

    init {
        Runtime.getRuntime().addShutdownHook(Thread(::close))
    }

    val link: String by lazy {
        runBlocking {
            withTimeout(30.seconds) {
                while (!linkFile.exists() || !linkFile.readText().endsWith("\n")) {
                    check(process.isAlive) { directory.resolve("log").readText() }
                    delay(20)
                }
            }
        }
        linkFile.readText().trim()
    }

    @OptIn(ExperimentalPathApi::class)
    override fun close() {
        process.destroy()
        process.waitFor(5, TimeUnit.SECONDS)
        process.destroyForcibly()
        directory.deleteRecursively()
    }

    private fun program(): String = checkNotNull(System.getProperty("tacita.relay")) { "tacita.relay names no program" }
}

/** The people of one test; closed and gone when it ends. */
class World {
    private val directory: Path = Files.createTempDirectory("tacita-kit")
    private val opened = mutableListOf<Tacita>()

    fun directory(name: String): String = directory.resolve(name).toString()

    suspend fun open(name: String): Tacita =
        Tacita.open(directory(name), testVault(directory(name))).also { opened += it }

    suspend fun person(name: String, relay: String = Relay.link): Tacita =
        open(name).also { it.createAccount(relay, name) }

    /** Ada and Ben, who know each other, and the conversation as each of them names it. */
    suspend fun pair(): Pair {
        val ada = person("Ada")
        val ben = person("Ben")
        val bensId = ben.acceptInvitation(ada.createInvitation(InvitationKind.PERSONAL).link)
        val adasId = ada.conversations().first { it.isNotEmpty() }.single().id
        return Pair(ada, ben, adasId, bensId)
    }

    data class Pair(val ada: Tacita, val ben: Tacita, val adasId: ConversationId, val bensId: ConversationId)

    @OptIn(ExperimentalPathApi::class)
    suspend fun end() = withContext(NonCancellable) {
        opened.forEach { client -> runCatching { client.close() } }
        directory.deleteRecursively()
    }
}

/** Runs a test with people in it, and fails it if it hangs. */
fun world(limit: Duration = 120.seconds, test: suspend World.() -> Unit): Unit = runBlocking {
    val world = World()
    try {
        withTimeout(limit) { world.test() }
    } finally {
        world.end()
    }
}

/** The page up to its first missing message, which may still come. */
fun MessagePage.beforeFirstMissing(): MessagePage =
    copy(messages = messages.takeWhile { it.body !is MessageBody.Missing })

/** The texts of a page that came from one side, in order. */
fun MessagePage.texts(direction: Direction): List<String> = messages.texts(direction)

/** The texts of a window that came from one side, in order. */
fun ShownMessages.texts(direction: Direction): List<String> = messages.texts(direction)

private fun List<MessageView>.texts(direction: Direction): List<String> =
    filter { it.direction == direction }.mapNotNull { (it.body as? MessageBody.Text)?.text }

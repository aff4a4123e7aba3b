package org.tacita.agent

import java.io.PrintStream
import java.util.Base64
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.launch
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.boolean
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationView
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.testVault
import org.tacita.kit.Tacita

/** One client, driven by requests, each a line of JSON; answers come in the order in which they are ready. */
class Agent(private val directory: String, private val scope: CoroutineScope, private val out: PrintStream) {
    @Volatile
    private var client: Tacita? = null
    private var watching: Job? = null

    /** The conversation list, as it was told piece by piece. */
    @Volatile
    private var list = emptyList<ConversationView>()

    fun say(vararg fields: Pair<String, JsonElement>) {
        val line = JsonObject(mapOf(*fields)).toString()
        synchronized(out) {
            out.println(line)
            out.flush()
        }
    }

    /** Begins a request. False if it was the last one. */
    fun begin(line: String): Boolean {
        val request = Json.parseToJsonElement(line).jsonObject
        val id = request.getValue("id")
        val op = request.getValue("op").jsonPrimitive.content
        if (op == "quit") {
            say("id" to id, "ok" to encode(Unit))
            return false
        }
        // Undispatched: what was asked for first reaches the core first.
        scope.launch(start = CoroutineStart.UNDISPATCHED) {
            try {
                val answer = run(op, Arguments(request["args"]?.jsonObject ?: JsonObject(emptyMap())))
                say("id" to id, "ok" to encode(answer))
            } catch (error: ClientException) {
                say("id" to id, "error" to encodeError(error))
            } catch (cancelled: CancellationException) {
                throw cancelled
            } catch (error: Exception) {
                // The request's fault, or the agent's own.
                val text = JsonPrimitive(error.toString())
                say("id" to id, "error" to JsonObject(mapOf("kind" to JsonPrimitive("Agent"), "text" to text)))
            }
        }
        return true
    }

    private suspend fun run(op: String, args: Arguments): Any? = when (op) {
        "open" -> open(args.optional("passphrase"))
        "shown" -> list
        "watch" -> watch()
        "unwatch" -> unwatch()
        "close" -> close()
        else -> with(client ?: throw ClientException.Closed()) {
            when (op) {
                "account" -> account()
                "create_account" -> createAccount(args.text("relay_link"), args.text("name"))
                "create_invitation" -> createInvitation(InvitationKind.valueOf(args.text("kind").uppercase()))
                "invitations" -> invitations()
                "revoke_invitation" -> revokeInvitation(args.text("id"))
                "read_invitation" -> readInvitation(args.text("link"))
                "accept_invitation" -> acceptInvitation(args.text("link"))
                "conversations" -> conversationList()
                "accept_request" -> acceptRequest(args.text("id"))
                "decline_request" -> declineRequest(args.text("id"))
                "send_text" -> sendText(args.text("id"), args.text("text"))
                "send_many" -> sendMany(args.text("id"), args.text("prefix"), args.text("count").toInt())
                "edit_queued" -> editQueued(args.text("id"), args.text("place").toULong(), args.text("text"))
                "drop_queued" -> dropQueued(args.text("id"), args.text("place").toULong())
                "queued" -> queued(args.text("id"))
                "outbox" -> outbox()
                "retry_now" -> retryNow(args.text("id"))
                "network_is_lost" -> networkIsLost()
                "network_is_back" -> networkIsBack()
                "messages" -> messagePage(args.text("id"), args.optional("before")?.toULong(), args.text("limit").toUInt())
                "messages_after" ->
                    messagePageAfter(args.text("id"), args.text("after").toULong(), args.text("limit").toUInt())
                "mark_read" -> markRead(args.text("id"), args.text("place").toULong())
                "arrange" -> arrange(args.text("id"), args)
                "set_profile" ->
                    setProfile(args.text("name"), args.optional("picture")?.let(Base64.getDecoder()::decode))
                "profile_picture" -> profilePicture(args.text("id"))?.let { Base64.getEncoder().encodeToString(it.bytes) }
                "delete_conversation" -> deleteConversation(args.text("id"))
                "search" -> search(args.text("text"), args.optional("id"), limit = args.text("limit").toUInt()).hits
                "set_app_lock" ->
                    setAppLock(args.optional("current")?.toByteArray(), args.optional("new")?.toByteArray())
                "delete_account" -> deleteAccount()
                "set_typing" -> setTyping(args.text("id"), args.flag("writing"))
                "safety_number" -> safetyNumber(args.text("id"))
                "mark_verified" -> markVerified(args.text("id"), args.flag("verified"))
                "verify_scanned" -> verifyScanned(args.text("id"), args.text("scanned"))
                "dismiss_alarm" -> dismissAlarm(args.text("id"))
                "relays" -> relays()
                else -> throw IllegalArgumentException("no such op: $op")
            }
        }
    }

    private suspend fun Tacita.sendMany(id: String, prefix: String, count: Int) {
        for (number in 1..count) sendText(id, "$prefix-$number")
    }

    private suspend fun Tacita.arrange(id: String, args: Arguments) {
        args.optional("nickname")?.let { setNickname(id, it) }
        args.optional("draft")?.let { saveDraft(id, it) }
        args.optional("pinned")?.let { setPinned(id, it.toBoolean()) }
        args.optional("archived")?.let { setArchived(id, it.toBoolean()) }
        args.optional("muted_until_ms")?.let { setMuted(id, it.toULong()) }
        args.optional("blocked")?.let { setBlocked(id, it.toBoolean()) }
    }

    private suspend fun open(passphrase: String?) {
        val opened = Tacita.open(directory, testVault(directory), passphrase?.toByteArray())
        client = opened
        scope.launch {
            try {
                opened.conversations().collect { list = it }
            } catch (_: ClientException.Closed) {
                // It was followed to its end.
            }
        }
    }

    private suspend fun watch() {
        unwatch()
        val watched = client ?: throw ClientException.Closed()
        watching = scope.launch {
            try {
                watched.events().collect { say("event" to encode(it)) }
            } catch (_: ClientException.Closed) {
                // It was watched to its end.
            }
        }
    }

    private suspend fun unwatch() {
        watching?.cancelAndJoin()
        watching = null
    }

    private suspend fun close() {
        client?.close() ?: throw ClientException.Closed()
    }
}

/** What a request carries. Numbers are read as text, so that none is too large. */
private class Arguments(private val fields: JsonObject) {
    fun text(name: String): String = fields.getValue(name).jsonPrimitive.content

    fun optional(name: String): String? = fields[name]?.takeUnless { it is JsonNull }?.jsonPrimitive?.content

    fun flag(name: String): Boolean = fields.getValue(name).jsonPrimitive.boolean
}

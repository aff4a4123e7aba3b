package org.tacita.kit.model

import java.security.SecureRandom
import java.text.Normalizer
import java.util.Locale
import kotlinx.coroutines.CompletableDeferred
import org.tacita.bindings.AccountView
import org.tacita.bindings.ClientException
import org.tacita.bindings.Departure
import org.tacita.bindings.KeyVault
import org.tacita.kit.Tacita
import org.tacita.kit.TacitaInbox

/** Where the app as a whole stands: which of its first screens is up, or that all others may be. */
public sealed interface AppState {
    /** The store is being opened. */
    public data object Opening : AppState

    /** A passphrase is asked for. */
    public data class Locked(
        /** Whether the last one was not it. */
        val wrong: Boolean,
        /** For how many seconds none is taken. */
        val retryAfter: UInt,
        /** One is being tried. */
        val busy: Boolean,
    ) : AppState

    /** The store cannot be used. */
    public data class Unusable(
        /** What to do before [AppModel.open]. */
        val problem: ClientException,
    ) : AppState

    /** There is no account: a relay's link and a name are asked for. */
    public data class Welcome(
        /** An account is being created. */
        val busy: Boolean,
    ) : AppState

    /** The recovery secret, shown this once. The user writes it down, and types some of it back. */
    public class Secret(
        /** What to show. */
        public val groups: List<String>,
        /** The numbers of the groups to be typed, counted from 0. */
        public val asked: List<Int>,
        /** Whether other groups were typed than those. */
        public val wrong: Boolean,
    ) : AppState

    /** All else. */
    public data class Ready(
        /** What the other models need. */
        val client: Tacita,
        /** The user's account. */
        val account: AccountView,
        /** Whether a passphrase is asked for at the start. */
        val hasLock: Boolean,
    ) : AppState
}

/** Where the inbox lies that a second process looks into ([org.tacita.kit.TacitaInbox]), and what keeps its key. */
public class InboxPlace(
    /** Another than the store's. */
    public val directory: String,
    /** Another key than the store's. */
    public val vault: KeyVault,
)

/** The app from its start: lock, account, and the client that the other models need. An [inbox] is attached if there is one. */
public class AppModel(
    private val directory: String,
    private val vault: KeyVault,
    private val inbox: InboxPlace? = null,
) : Model<AppState>(AppState.Opening) {
    // Touched in turn only.
    private var client: Tacita? = null
    private var hasLock = false

    /** Opens the store, at the start and after [AppState.Unusable]; nothing happens while it is open. */
    public fun open(): Unit = inTurn { if (client == null) openStore(null) }

    /** Opens the store with the passphrase of the app lock. */
    public fun unlock(passphrase: String) {
        val locked = state.value as? AppState.Locked ?: return
        if (locked.busy) return
        change { AppState.Locked(wrong = false, retryAfter = 0u, busy = true) }
        inTurn { openStore(passphrase) }
    }

    /** Closes the store and wipes its keys; the passphrase is asked for, if there is one. */
    public fun lock(): Unit = inTurn { openAnew() }

    /** Creates the account. What fails is a [problem]: the state is [AppState.Welcome] again. */
    public fun createAccount(relayLink: String, name: String) {
        dismissProblem()
        change { AppState.Welcome(busy = true) }
        inTurn {
            val client = client ?: return@inTurn
            try {
                val created = client.createAccount(relayLink.trim(), name.trim())
                change { secret(created.recoverySecret) }
            } catch (problem: ClientException) {
                change { AppState.Welcome(busy = false) }
                throw problem
            }
        }
    }

    /** Compares what the user typed with the groups that were asked for. */
    public fun confirmSecret(typed: List<String>) {
        val secret = state.value as? AppState.Secret ?: return
        val right = secret.asked.map { secret.groups[it] } == typed.map { it.trim().uppercase(Locale.ROOT) }
        if (!right) return change { AppState.Secret(secret.groups, secret.asked, wrong = true) }
        inTurn { client?.let { ready(it) } }
    }

    /** Sets, changes or takes away the passphrase, an empty text being none; [done] is called if that was done. */
    public fun setLock(current: String, new: String, done: () -> Unit) {
        dismissProblem()
        inTurn {
            val client = client ?: return@inTurn
            val bytes = listOf(current, new).map { text -> text.ifEmpty { null }?.let(::bytesOf) }
            try {
                client.setAppLock(bytes[0], bytes[1])
            } finally {
                bytes.forEach { it?.fill(0) }
            }
            hasLock = new.isNotEmpty()
            ready(client)
            done()
        }
    }

    /** Deletes the account and the store; [queued] is called if relays could not be asked yet, and all stays until then. */
    public fun deleteAccount(queued: () -> Unit): Unit = inTurn {
        if (client?.deleteAccount() == Departure.QUEUED) queued() else openAnew()
    }

    /** Deletes store and inbox without opening them: for who has forgotten the passphrase. Contacts and relays are not told. */
    public fun erase(): Unit = inTurn {
        openAnew {
            Tacita.eraseStore(directory)
            inbox?.let { TacitaInbox.erase(it.directory) }
        }
    }

    /** The network came or went, as the system says. */
    public fun networkIs(there: Boolean): Unit =
        inTurn { client?.run { if (there) networkIsBack() else networkIsLost() } }

    /** Closes the store; nothing of it is left in memory when this returns. */
    public suspend fun shutDown() {
        val closed = CompletableDeferred<Unit>()
        inTurn {
            try {
                closeStore()
            } finally {
                closed.complete(Unit)
            }
        }
        close()
        closed.await()
    }

    /** Closes the store and opens it again, whatever happens between. */
    private suspend fun openAnew(between: suspend () -> Unit = {}) {
        try {
            closeStore()
            between()
        } finally {
            openStore(null)
        }
    }

    private suspend fun openStore(passphrase: String?) {
        if (passphrase == null) change { AppState.Opening }
        val bytes = passphrase?.let(::bytesOf)
        hasLock = bytes != null
        try {
            val opened = Tacita.open(directory, vault, bytes)
            client = opened
            attach(opened)
            ready(opened)
        } catch (problem: ClientException) {
            closeStore()
            change { after(problem) }
        } finally {
            bytes?.fill(0)
        }
    }

    private suspend fun attach(client: Tacita) {
        val inbox = inbox ?: return
        try {
            client.attachInbox(inbox.directory, inbox.vault)
        } catch (_: ClientException) {
            // Without it there are no notifications while the app is closed; all else goes on.
        }
    }

    private suspend fun ready(client: Tacita) {
        val account = client.account()
        change { if (account == null) AppState.Welcome(busy = false) else AppState.Ready(client, account, hasLock) }
    }

    private suspend fun closeStore() {
        change { AppState.Opening }
        val open = client ?: return
        client = null
        try {
            open.close()
        } catch (_: ClientException.Closed) {
            // A deleted account has closed it.
        }
    }

    private fun after(problem: ClientException): AppState = when (problem) {
        is ClientException.AppLocked -> AppState.Locked(wrong = false, retryAfter = 0u, busy = false)
        is ClientException.WrongPassphrase -> AppState.Locked(true, problem.retryAfter, busy = false)
        is ClientException.TooManyTries -> AppState.Locked(true, problem.retryAfter, busy = false)
        is ClientException.PassphraseLength -> AppState.Locked(wrong = true, retryAfter = 0u, busy = false)
        else -> AppState.Unusable(problem)
    }

    private companion object {
        const val ASKED = 2

        /** The same bytes whatever keyboard it was typed on. */
        fun bytesOf(passphrase: String): ByteArray =
            Normalizer.normalize(passphrase, Normalizer.Form.NFC).encodeToByteArray()

        fun secret(text: String): AppState.Secret {
            val groups = text.split('-')
            val asked = groups.indices.shuffled(SecureRandom()).take(ASKED).sorted()
            return AppState.Secret(groups, asked, wrong = false)
        }
    }
}

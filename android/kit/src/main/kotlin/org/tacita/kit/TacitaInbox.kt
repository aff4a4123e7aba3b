package org.tacita.kit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.tacita.bindings.InboxConfig
import org.tacita.bindings.KeyVault
import org.tacita.bindings.NotificationInbox
import org.tacita.bindings.NotificationSummary

/**
 * What a process uses that must not open the store: a push receiver, a service of its own. It says that something came,
 * and in which conversation; it opens no envelope, acknowledges nothing, and changes nothing but the inbox. The app
 * attaches that inbox with [Tacita.attachInbox], and may run meanwhile or not.
 */
public class TacitaInbox private constructor(private val inbox: NotificationInbox) {
    /**
     * Looks for news for [limitMs] milliseconds at most, and never longer than 25 seconds. Fails at once with `InboxBusy` if
     * another process looks, and with `InboxMissing` if the app has not attached the inbox. Cancelling ends the look.
     */
    public suspend fun check(limitMs: ULong = LIMIT_MS): NotificationSummary = inbox.check(limitMs)

    /** Ends every look that runs now, with `CANCELLED` and what it has by then. */
    public fun cancel(): Unit = inbox.cancel()

    /** Opens an inbox, and erases one. */
    public companion object {
        private const val LIMIT_MS: ULong = 20_000u

        /** Names the inbox in [directory], whose key [vault] keeps. */
        public suspend fun open(directory: String, vault: KeyVault): TacitaInbox =
            withContext(Dispatchers.IO) { TacitaInbox(NotificationInbox(InboxConfig(directory, vault))) }

        /**
         * Deletes the inbox in [directory] without opening it. To give up notifications, or where the key of its vault is
         * gone. Nothing is lost: what waits in it is at its relay. Delete the vault's own key besides.
         */
        public suspend fun erase(directory: String): Unit =
            withContext(Dispatchers.IO) { org.tacita.bindings.eraseInbox(directory) }
    }
}

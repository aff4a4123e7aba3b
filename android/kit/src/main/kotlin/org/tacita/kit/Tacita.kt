package org.tacita.kit

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.transform
import kotlinx.coroutines.withContext
import org.tacita.bindings.AccountView
import org.tacita.bindings.CleanUpPlace
import org.tacita.bindings.CleanUpProgress
import org.tacita.bindings.Client
import org.tacita.bindings.Config
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationView
import org.tacita.bindings.CreatedAccount
import org.tacita.bindings.Departure
import org.tacita.bindings.Event
import org.tacita.bindings.EventBatch
import org.tacita.bindings.ExportProgress
import org.tacita.bindings.InboxConfig
import org.tacita.bindings.InvitationId
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationPreview
import org.tacita.bindings.InvitationView
import org.tacita.bindings.KeyVault
import org.tacita.bindings.ListFilter
import org.tacita.bindings.MessagePage
import org.tacita.bindings.MessageView
import org.tacita.bindings.OutboxView
import org.tacita.bindings.PictureView
import org.tacita.bindings.PrivacySettings
import org.tacita.bindings.ProfileView
import org.tacita.bindings.RelayView
import org.tacita.bindings.Revocation
import org.tacita.bindings.SafetyNumberView
import org.tacita.bindings.SearchPage
import org.tacita.bindings.StorageView
import org.tacita.bindings.StoreHealth
import org.tacita.bindings.Verification
import org.tacita.bindings.WindowStart

/**
 * One device of one account: its store, its connections, and everything a messenger's screens ask for.
 *
 * All of it may be used from any thread, the main one too. What fails throws a
 * [org.tacita.bindings.ClientException], whose documentation says what to do next. Cancelling a call stops
 * the wait, never the work: a change that was asked for is made as a whole, or not at all.
 */
public class Tacita private constructor(private val client: Client) {
    /** This device's account, or null if none was created yet. */
    public suspend fun account(): AccountView? = client.account()

    /** Creates the account at the relay of [relayLink], under a [name] that contacts will see. */
    public suspend fun createAccount(relayLink: String, name: String): CreatedAccount =
        client.createAccount(relayLink, name)

    /** Makes an invitation; its link works once its state is `LIVE`. */
    public suspend fun createInvitation(kind: InvitationKind): InvitationView = client.createInvitation(kind)

    /** All invitations of this account, used ones too. */
    public suspend fun invitations(): List<InvitationView> = client.invitations()

    /**
     * Takes an invitation back; its link is dead if this says `DONE`, else as soon as the relay could be
     * reached. Who came through it already stays a contact.
     */
    public suspend fun revokeInvitation(id: InvitationId): Revocation = client.revokeInvitation(id)

    /**
     * Deletes the account for good: every contact is told, relays delete what they have of it, the store and an attached
     * inbox are erased and this is closed. `QUEUED` says that a relay could not be asked: the store is kept and the rest is done while
     * this is open. Call again later, or close and use [eraseStore].
     */
    public suspend fun deleteAccount(): Departure = client.deleteAccount()

    /** Says what is in a link, without sending anything. */
    public suspend fun readInvitation(link: String): InvitationPreview = client.readInvitation(link)

    /** Accepts an invitation. Repeating it is safe, and the way to go on after `Offline`. */
    public suspend fun acceptInvitation(link: String): ConversationId = client.acceptInvitation(link)

    /** The conversations as they are now, once: the pinned ones first, then the newest. */
    public suspend fun conversationList(): List<ConversationView> = client.conversations()

    /** The conversations, the pinned ones first, then the newest: now, and again after each change. */
    public fun conversations(filter: ListFilter = ListFilter.ALL): Flow<List<ConversationView>> = flow {
        openConversations(filter).use { screen -> emitAll(screen.shown().map { it.rows }.distinctUntilChanged()) }
    }

    /** The conversation list for a screen, with what changes in it; close it when the screen is gone. */
    public fun openConversations(filter: ListFilter): ConversationScreen =
        ConversationScreen(client.conversationList(filter))

    /** Answers a message request: from now on both sides can write. */
    public suspend fun acceptRequest(id: ConversationId): Unit = client.acceptRequest(id)

    /** Drops a message request; its sender learns nothing. */
    public suspend fun declineRequest(id: ConversationId): Unit = client.declineRequest(id)

    /** The user's own name and picture. */
    public suspend fun profile(): ProfileView = client.profile()

    /**
     * Sets the user's name and [picture]: a JPEG, PNG or WebP file of at most 16,384 bytes, or null. Contacts are told one
     * by one, over an hour or more; those who are blocked once they are not, and those to come when they are contacts.
     * Nobody else is.
     */
    public suspend fun setProfile(name: String, picture: ByteArray?): Unit = client.setProfile(name, picture)

    /**
     * A contact's picture, or null. Keep it by its revision, and read it again when the conversation's `pictureRevision`
     * is another. It comes from the contact: have a decoder draw it that is kept up to date, and show none if it fails.
     */
    public suspend fun profilePicture(id: ConversationId): PictureView? = client.profilePicture(id)

    /** Gives a contact a name of the user's own; an empty one takes it away. The contact never learns of it. */
    public suspend fun setNickname(id: ConversationId, name: String): Unit = client.setNickname(id, name)

    /** Keeps a text that was begun; an empty one takes it away. Sending a text takes it away as well. */
    public suspend fun saveDraft(id: ConversationId, draft: String): Unit = client.saveDraft(id, draft)

    /** Puts a conversation above the others, or back among them. */
    public suspend fun setPinned(id: ConversationId, pinned: Boolean): Unit = client.setPinned(id, pinned)

    /** Puts a conversation away, or takes it out again. A text takes it out by itself, unless it is muted. */
    public suspend fun setArchived(id: ConversationId, archived: Boolean): Unit = client.setArchived(id, archived)

    /** Silences a conversation until a time, in milliseconds since 1970 (2^63-1: for good); null ends it before. */
    public suspend fun setMuted(id: ConversationId, untilMs: ULong?): Unit = client.setMuted(id, untilMs)

    /**
     * Blocks a contact, or ends that. While one is blocked, what it sends is dropped for good and answered by nothing,
     * and nothing can be sent to it. It is not told.
     */
    public suspend fun setBlocked(id: ConversationId, blocked: Boolean): Unit = client.setBlocked(id, blocked)

    /**
     * Deletes a conversation and its contact: messages, keys, and the mailbox that the contact writes into, here at once
     * and at the relay when it can be reached. The contact is not told; what it still sends stays with it.
     */
    public suspend fun deleteConversation(id: ConversationId): Unit = client.deleteConversation(id)

    /** Stores a text to be sent and returns it. It leaves by itself, whatever the network does now. */
    public suspend fun sendText(id: ConversationId, text: String): MessageView = client.sendText(id, text)

    /** What has not left of everything that the user sent: how much, since when and why, by conversation. */
    public suspend fun outbox(): OutboxView = client.outbox()

    /** The messages of a conversation that have not left, or left in vain, the first 500; oldest first. */
    public suspend fun queued(id: ConversationId): List<MessageView> = client.queued(id)

    /** Writes another text in place of one that is `Waiting`. Fails with `TooLate` if it is encrypted already. */
    public suspend fun editQueued(id: ConversationId, place: ULong, text: String): MessageView =
        client.editQueued(id, place, text)

    /**
     * Deletes a message that is `Waiting`, or `Queued` by a request that has expired, for good. Fails with `TooLate` if it
     * is encrypted already otherwise.
     */
    public suspend fun dropQueued(id: ConversationId, place: ULong): Unit = client.dropQueued(id, place)

    /**
     * Tries at once what a conversation waits for: its relay, its mailbox, messages that were refused. Fails with
     * `WrongState` if the contact has left, and with `InvitationGone` if the request has expired.
     */
    public suspend fun retryNow(id: ConversationId): Unit = client.retryNow(id)

    /** The newest messages before a place, or of all if [before] is null; oldest first. */
    public suspend fun messagePage(id: ConversationId, before: ULong? = null, limit: UInt = PAGE): MessagePage =
        client.messages(id, before, limit)

    /** The messages that follow on a place, 0 being the start; oldest first. */
    public suspend fun messagePageAfter(id: ConversationId, after: ULong, limit: UInt = PAGE): MessagePage =
        client.messagesAfter(id, after, limit)

    /** The newest messages of a conversation, [limit] at first: now, and again after each change in it. */
    public fun messages(id: ConversationId, limit: UInt = PAGE): Flow<ShownMessages> = flow {
        openMessages(id, limit = limit).use { screen -> emitAll(screen.shown()) }
    }

    /** A window of a conversation for a screen, with what changes in it; close it when the screen is gone. */
    public fun openMessages(
        id: ConversationId,
        start: WindowStart = WindowStart.Newest,
        limit: UInt = PAGE,
    ): MessageScreen = MessageScreen(client.messageList(id, start, limit))

    /**
     * Says that the user is writing, or has stopped. Call it with every change of the text: it is told every 10 s at
     * most, and runs out by itself. Nothing happens if it is switched off, or the contact may not know.
     */
    public suspend fun setTyping(id: ConversationId, writing: Boolean): Unit = client.setTyping(id, writing)

    /** What contacts are told of what the user does. */
    public suspend fun privacySettings(): PrivacySettings = client.privacySettings()

    /** Decides what contacts are told from now on. What they were told before, they know. */
    public suspend fun setPrivacySettings(settings: PrivacySettings): Unit = client.setPrivacySettings(settings)

    /**
     * The newest texts in which each word of [text] begins a word, newest first: in one conversation or in all. [before]
     * is the `next` of the page before. Case and accents do not count, and what was typed is never syntax.
     */
    public suspend fun search(
        text: String,
        within: ConversationId? = null,
        before: ULong? = null,
        limit: UInt = PAGE,
    ): SearchPage = client.search(text, within, before, limit)

    /** Marks everything up to a place as read. */
    public suspend fun markRead(id: ConversationId, place: ULong): Unit = client.markRead(id, place)

    /** How much is stored, by kind. Short, whatever is stored. */
    public suspend fun storage(): StorageView = client.storage()

    /**
     * Deletes messages here, by their places; the contact keeps them. Returns how many went: what is on its way to the
     * contact stays, and so does a missing place that may still be filled.
     */
    public suspend fun deleteMessages(id: ConversationId, places: List<ULong>): UInt = client.deleteMessages(id, places)

    /**
     * Deletes here what was stored before [beforeMs] (milliseconds since 1970), in one conversation or in all, and tells
     * after each batch how far it is. Cancelling keeps what was not deleted yet.
     */
    public fun cleanUp(beforeMs: ULong, within: ConversationId? = null): Flow<CleanUpProgress> = flow {
        var from: CleanUpPlace? = null
        do {
            val progress = client.cleanUp(within, beforeMs, from)
            emit(progress)
            from = progress.next
        } while (from != null)
    }

    /** Gives what is free in the store's file back to the disk, and tells after each step how many bytes are left to give. */
    public fun shrinkStore(): Flow<ULong> = flow {
        do {
            val left = client.shrinkStore()
            emit(left)
        } while (left > 0u)
    }

    /**
     * Writes a conversation into a new folder inside [folder], named after the contact: `messages.html` for people,
     * `messages.json` for programs. They are not encrypted: warn the user, and delete them when they have served. The last
     * progress names the folder, which is not there before it is whole; cancelling leaves nothing behind.
     */
    public fun exportConversation(id: ConversationId, folder: String): Flow<ExportProgress> = flow {
        client.exportConversation(id, folder).use { export ->
            do {
                val progress = export.step()
                emit(progress)
            } while (progress.folder == null)
        }
    }

    /** The number that both sides compare, and the QR code that one shows to the other. */
    public suspend fun safetyNumber(id: ConversationId): SafetyNumberView = client.safetyNumber(id)

    /** Records whether the user has compared the number, and found it equal. Not while there is an alarm: [dismissAlarm]. */
    public suspend fun markVerified(id: ConversationId, verified: Boolean): Unit = client.markVerified(id, verified)

    /**
     * Compares what was scanned from the other side's screen, and records what was found: [Verification.VERIFIED] if it
     * fits, which ends an alarm, and else [Verification.ALARM].
     */
    public suspend fun verifyScanned(id: ConversationId, scanned: String): Verification =
        client.verifyScanned(id, scanned)

    /** Ends an alarm by the user's word: the contact is unverified then. */
    public suspend fun dismissAlarm(id: ConversationId): Unit = client.dismissAlarm(id)

    /** The relays that this client reads from or writes to, and how each is reached now. */
    public suspend fun relays(): List<RelayView> = client.relays()

    /**
     * Keeps an inbox in [directory], under a key of its own that [vault] keeps, so that a second process can say that
     * something came ([TacitaInbox]). What waits in it is taken in; gives the number of envelopes. Call it after every
     * [open]. Without it, or if it fails, all else goes on.
     */
    public suspend fun attachInbox(directory: String, vault: KeyVault): UInt =
        client.attachInbox(InboxConfig(directory, vault))

    /** Takes in what waits in the inbox, to show it sooner than relays do; gives the number of envelopes. */
    public suspend fun collectInbox(): UInt = client.collectInbox()

    /**
     * Tells that the device has no network: nothing is tried until [networkIsBack], or until something comes all the
     * same.
     */
    public suspend fun networkIsLost(): Unit = client.networkIsLost()

    /**
     * What is known of the store's files. After an unclean end they are checked beside the running client, and
     * [Event.Store] comes when that is done. If the check finds damage, this and every other call throws
     * [org.tacita.bindings.ClientException.StoreCorrupt], and the store has been moved aside: open again to start anew.
     */
    public suspend fun storeHealth(): StoreHealth = client.storeHealth()

    /** Tells that the device has a network again, so that nothing waits longer for its next try. */
    public suspend fun networkIsBack(): Unit = client.networkIsBack()

    /**
     * What changes, batch by batch, from a cursor on. 0 is the start: then the first batch names all that
     * there is. To go on later from where one was, keep the cursor of the last batch that was dealt with;
     * it stays good over restarts.
     */
    public fun changes(after: ULong = 0u): Flow<EventBatch> = flow {
        var cursor = after
        while (true) {
            // Asking does not take anything away, so a batch that cancellation drops comes again.
            val batch = client.events(cursor)
            if (batch.events.isEmpty()) continue
            emit(batch)
            cursor = batch.cursor
        }
    }

    /** What changes, one thing at a time, from a cursor on; see [changes]. */
    public fun events(after: ULong = 0u): Flow<Event> =
        changes(after).transform { batch -> batch.events.forEach { emit(it) } }

    /**
     * Sets the passphrase that [open] asks for, changes it, or ([new] is null) takes it away. [current] is the one that
     * holds so far, if one is set. Takes one to two seconds. To lock, [close].
     */
    public suspend fun setAppLock(current: ByteArray?, new: ByteArray?): Unit = client.setAppLock(current, new)

    /**
     * Ends the client, and unlocks the store before it returns. Calls and flows that come later or still
     * wait fail with `Closed`.
     */
    public suspend fun close(): Unit = withContext(Dispatchers.IO + NonCancellable) { client.shutDown() }

    /** Opens a store, and erases one. */
    public companion object {
        /** How many messages a page has if nothing else is asked for. */
        public const val PAGE: UInt = 50u

        /**
         * Opens the store in [directory], and makes an empty one if there is none. Where an app lock is set, this fails
         * with `AppLocked` unless its [passphrase] is given, in UTF-8. Overwrite the array when this returns.
         */
        public suspend fun open(directory: String, vault: KeyVault, passphrase: ByteArray? = null): Tacita {
            var opened: Client? = null
            val config = Config(directory, vault)
            try {
                withContext(Dispatchers.IO) {
                    opened = passphrase?.let { Client.openLocked(config, it) } ?: Client.open(config)
                }
            } catch (cancelled: CancellationException) {
                // Nobody will hold it, so nobody else could unlock the store.
                withContext(NonCancellable) { opened?.shutDown() }
                throw cancelled
            }
            return Tacita(checkNotNull(opened))
        }

        /**
         * Deletes the store in [directory] without opening it: its keys first, then every file. For a user who has
         * forgotten the passphrase or wants to leave nothing; contacts and relays are not told. Delete the vault's own
         * key besides.
         */
        public suspend fun eraseStore(directory: String): Unit =
            withContext(Dispatchers.IO) { org.tacita.bindings.eraseStore(directory) }
    }
}

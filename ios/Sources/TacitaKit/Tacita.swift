import Foundation
@_exported import TacitaBindings

/// One device of one account: its store, its connections, and everything a messenger's screens ask for.
///
/// All of it may be used from any task. What fails throws a `ClientError`, whose documentation says what to
/// do next. Cancelling a task does not stop a call: a change that was asked for is made as a whole, or not
/// at all. Streams end at once.
public final class Tacita: Sendable {
    let client: Client

    /// How many messages a page has if nothing else is asked for.
    public static let pageLength: UInt32 = 50

    private init(client: Client) {
        self.client = client
    }

    /// Opens the store in `directory`, and makes an empty one if there is none. Where an app lock is set, this
    /// fails with `AppLocked` unless its `passphrase` is given, in UTF-8.
    public static func open(
        directory: String, vault: any KeyVault, passphrase: Data? = nil
    ) async throws -> Tacita {
        // It reads the disk, which no actor of the caller should wait for.
        let opening = Task.detached {
            let config = Config(directory: directory, vault: vault)
            guard let passphrase else { return try Client.open(config: config) }
            return try Client.openLocked(config: config, passphrase: passphrase)
        }
        return Tacita(client: try await opening.value)
    }

    /// Deletes the store in `directory` without opening it: its keys first, then every file. For a user who has
    /// forgotten the passphrase or wants to leave nothing; contacts and relays are not told. Delete the vault's own
    /// key besides.
    public static func eraseStore(directory: String) async throws {
        let erasing = Task.detached { try TacitaBindings.eraseStore(directory: directory) }
        try await erasing.value
    }

    /// This device's account, or nil if none was created yet.
    public func account() async throws -> AccountView? {
        try await client.account()
    }

    /// Creates the account at the relay of `relayLink`, under a name that contacts will see.
    public func createAccount(relayLink: String, name: String) async throws -> CreatedAccount {
        try await client.createAccount(relayLink: relayLink, name: name)
    }

    /// Makes an invitation; its link works once its state is `live`.
    public func createInvitation(kind: InvitationKind) async throws -> InvitationView {
        try await client.createInvitation(kind: kind)
    }

    /// All invitations of this account, used ones too.
    public func invitations() async throws -> [InvitationView] {
        try await client.invitations()
    }

    /// Takes an invitation back; its link is dead if this says `done`, else as soon as the relay could be
    /// reached. Who came through it already stays a contact.
    public func revokeInvitation(id: InvitationId) async throws -> Revocation {
        try await client.revokeInvitation(id: id)
    }

    /// Deletes the account for good: every contact is told, relays delete what they have of it, the store and an attached
    /// inbox are erased and this is closed. `queued` says that a relay could not be asked: the store is kept and the rest is done while
    /// this is open. Call again later, or close and use `eraseStore`.
    public func deleteAccount() async throws -> Departure {
        try await client.deleteAccount()
    }

    /// Says what is in a link, without sending anything.
    public func readInvitation(link: String) async throws -> InvitationPreview {
        try await client.readInvitation(link: link)
    }

    /// Accepts an invitation. Repeating it is safe, and the way to go on after `Offline`.
    public func acceptInvitation(link: String) async throws -> ConversationId {
        try await client.acceptInvitation(link: link)
    }

    /// The conversations as they are now, once: the pinned ones first, then the newest.
    public func conversationList() async throws -> [ConversationView] {
        try await client.conversations()
    }

    /// The conversations, the pinned ones first, then the newest: now, and again after each change.
    public func conversations(_ filter: ListFilter = .all) throws -> Shown<[ConversationView], ListUpdate> {
        Shown(updates: try openConversations(filter).updates()) { rows, update in
            ShownConversations.rows(rows ?? [], after: update)
        }
    }

    /// The conversation list for a screen, with what changes in it; let go of it when the screen is gone.
    public func openConversations(_ filter: ListFilter) throws -> ConversationScreen {
        ConversationScreen(try client.conversationList(filter: filter))
    }

    /// Answers a message request: from now on both sides can write.
    public func acceptRequest(id: ConversationId) async throws {
        try await client.acceptRequest(id: id)
    }

    /// Drops a message request; its sender learns nothing.
    public func declineRequest(id: ConversationId) async throws {
        try await client.declineRequest(id: id)
    }

    /// The user's own name and picture.
    public func profile() async throws -> ProfileView {
        try await client.profile()
    }

    /// Sets the user's name and picture: a JPEG, PNG or WebP file of at most 16,384 bytes, or nil. Contacts are told one
    /// by one, over an hour or more; those who are blocked once they are not, and those to come when they are contacts.
    /// Nobody else is.
    public func setProfile(name: String, picture: Data?) async throws {
        try await client.setProfile(name: name, picture: picture)
    }

    /// A contact's picture, or nil. Keep it by its revision, and read it again when the conversation's `pictureRevision`
    /// is another. It comes from the contact: have a decoder draw it that is kept up to date, and show none if it fails.
    public func profilePicture(id: ConversationId) async throws -> PictureView? {
        try await client.profilePicture(id: id)
    }

    /// Gives a contact a name of the user's own; an empty one takes it away. The contact never learns of it.
    public func setNickname(id: ConversationId, name: String) async throws {
        try await client.setNickname(id: id, name: name)
    }

    /// Keeps a text that was begun; an empty one takes it away. Sending a text takes it away as well.
    public func saveDraft(id: ConversationId, draft: String) async throws {
        try await client.saveDraft(id: id, draft: draft)
    }

    /// Puts a conversation above the others, or back among them.
    public func setPinned(id: ConversationId, pinned: Bool) async throws {
        try await client.setPinned(id: id, pinned: pinned)
    }

    /// Puts a conversation away, or takes it out again. A text takes it out by itself, unless it is muted.
    public func setArchived(id: ConversationId, archived: Bool) async throws {
        try await client.setArchived(id: id, archived: archived)
    }

    /// Silences a conversation until a time, in milliseconds since 1970 (2^63-1: for good); nil ends it before.
    public func setMuted(id: ConversationId, untilMs: UInt64?) async throws {
        try await client.setMuted(id: id, untilMs: untilMs)
    }

    /// Blocks a contact, or ends that. While one is blocked, what it sends is dropped for good and answered by
    /// nothing, and nothing can be sent to it. It is not told.
    public func setBlocked(id: ConversationId, blocked: Bool) async throws {
        try await client.setBlocked(id: id, blocked: blocked)
    }

    /// Deletes a conversation and its contact: messages, keys, and the mailbox that the contact writes into, here
    /// at once and at the relay when it can be reached. The contact is not told; what it still sends stays with it.
    public func deleteConversation(id: ConversationId) async throws {
        try await client.deleteConversation(id: id)
    }

    /// Says that the user is writing, or has stopped. Call it with every change of the text: it is told every 10 s at
    /// most, and runs out by itself. Nothing happens if it is switched off, or the contact may not know.
    public func setTyping(id: ConversationId, writing: Bool) async throws {
        try await client.setTyping(id: id, writing: writing)
    }

    /// What contacts are told of what the user does.
    public func privacySettings() async throws -> PrivacySettings {
        try await client.privacySettings()
    }

    /// Decides what contacts are told from now on. What they were told before, they know.
    public func setPrivacySettings(_ settings: PrivacySettings) async throws {
        try await client.setPrivacySettings(settings: settings)
    }

    /// Stores a text to be sent and returns it. It leaves by itself, whatever the network does now.
    @discardableResult
    public func sendText(id: ConversationId, text: String) async throws -> MessageView {
        try await client.sendText(id: id, text: text)
    }

    /// What has not left of everything that the user sent: how much, since when and why, by conversation.
    public func outbox() async throws -> OutboxView {
        try await client.outbox()
    }

    /// The messages of a conversation that have not left, or left in vain, the first 500; oldest first.
    public func queued(id: ConversationId) async throws -> [MessageView] {
        try await client.queued(id: id)
    }

    /// Writes another text in place of one that is `waiting`. Fails with `TooLate` if it is encrypted already.
    @discardableResult
    public func editQueued(id: ConversationId, place: UInt64, text: String) async throws -> MessageView {
        try await client.editQueued(id: id, place: place, text: text)
    }

    /// Deletes a message that is `waiting`, or `queued` by a request that has expired, for good. Fails with `TooLate` if it
    /// is encrypted already otherwise.
    public func dropQueued(id: ConversationId, place: UInt64) async throws {
        try await client.dropQueued(id: id, place: place)
    }

    /// Tries at once what a conversation waits for: its relay, its mailbox, messages that were refused. Fails with
    /// `WrongState` if the contact has left, and with `InvitationGone` if the request has expired.
    public func retryNow(id: ConversationId) async throws {
        try await client.retryNow(id: id)
    }

    /// The newest messages before a place, or of all if `before` is nil; oldest first.
    public func messagePage(
        id: ConversationId, before: UInt64? = nil, limit: UInt32 = pageLength
    ) async throws -> MessagePage {
        try await client.messages(id: id, before: before, limit: limit)
    }

    /// The messages that follow on a place, 0 being the start; oldest first.
    public func messagePageAfter(
        id: ConversationId, after: UInt64, limit: UInt32 = pageLength
    ) async throws -> MessagePage {
        try await client.messagesAfter(id: id, after: after, limit: limit)
    }

    /// The newest messages of a conversation, `limit` at first: now, and again after each change in it.
    public func messages(
        id: ConversationId, limit: UInt32 = pageLength
    ) throws -> Shown<ShownMessages, MessageUpdate> {
        try openMessages(id: id, limit: limit).shown()
    }

    /// A window of a conversation for a screen, with what changes in it; let go of it when the screen is gone.
    public func openMessages(
        id: ConversationId, start: WindowStart = .newest, limit: UInt32 = pageLength
    ) throws -> MessageScreen {
        MessageScreen(try client.messageList(id: id, start: start, limit: limit))
    }

    /// The newest texts in which each word of `text` begins a word, newest first: in one conversation or in all.
    /// `before` is the `next` of the page before. Case and accents do not count, and what was typed is never syntax.
    public func search(
        text: String, within: ConversationId? = nil, before: UInt64? = nil, limit: UInt32 = pageLength
    ) async throws -> SearchPage {
        try await client.search(text: text, within: within, before: before, limit: limit)
    }

    /// Marks everything up to a place as read.
    public func markRead(id: ConversationId, place: UInt64) async throws {
        try await client.markRead(id: id, place: place)
    }

    /// The number that both sides compare, and the QR code that one shows to the other.
    public func safetyNumber(id: ConversationId) async throws -> SafetyNumberView {
        try await client.safetyNumber(id: id)
    }

    /// Records whether the user has compared the number, and found it equal. Not while there is an alarm: `dismissAlarm`.
    public func markVerified(id: ConversationId, verified: Bool) async throws {
        try await client.markVerified(id: id, verified: verified)
    }

    /// Compares what was scanned from the other side's screen, and records what was found: `.verified` if it fits, which
    /// ends an alarm, and else `.alarm`.
    public func verifyScanned(id: ConversationId, scanned: String) async throws -> Verification {
        try await client.verifyScanned(id: id, scanned: scanned)
    }

    /// Ends an alarm by the user's word: the contact is unverified then.
    public func dismissAlarm(id: ConversationId) async throws {
        try await client.dismissAlarm(id: id)
    }

    /// The relays that this client reads from or writes to, and how each is reached now.
    public func relays() async throws -> [RelayView] {
        try await client.relays()
    }

    /// Keeps an inbox in `directory`, under a key of its own that `vault` keeps, so that a second process can say that
    /// something came (`TacitaInbox`). What waits in it is taken in; gives the number of envelopes. Call it after every
    /// `open`. Without it, or if it fails, all else goes on.
    @discardableResult
    public func attachInbox(directory: String, vault: any KeyVault) async throws -> UInt32 {
        try await client.attachInbox(config: InboxConfig(directory: directory, vault: vault))
    }

    /// Takes in what waits in the inbox, to show it sooner than relays do; gives the number of envelopes.
    @discardableResult
    public func collectInbox() async throws -> UInt32 {
        try await client.collectInbox()
    }

    /// Tells that the device has no network: nothing is tried until ``networkIsBack()``, or until something comes all the
    /// same.
    public func networkIsLost() async throws {
        try await client.networkIsLost()
    }

    /// What is known of the store's files. After an unclean end they are checked beside the running client, and the
    /// event `store` comes when that is done. If the check finds damage, this and every other call throws
    /// `StoreCorrupt`, and the store has been moved aside: open again to start anew.
    public func storeHealth() async throws -> StoreHealth {
        try await client.storeHealth()
    }

    /// Tells that the device has a network again, so that nothing waits longer for its next try.
    public func networkIsBack() async throws {
        try await client.networkIsBack()
    }

    /// What changes, batch by batch, from a cursor on. 0 is the start: then the first batch names all that
    /// there is. To go on later from where one was, keep the cursor of the last batch that was dealt with;
    /// it stays good over restarts.
    public func changes(after: UInt64 = 0) -> Changes {
        Changes(client: client, after: after)
    }

    /// What changes, one thing at a time, from a cursor on; see `changes`.
    public func events(after: UInt64 = 0) -> Events {
        Events(changes: changes(after: after))
    }

    /// Sets the passphrase that `open` asks for, changes it, or (`new` is nil) takes it away. `current` is the one
    /// that holds so far, if one is set. Takes one to two seconds. To lock, `close`.
    public func setAppLock(current: Data?, new: Data?) async throws {
        try await client.setAppLock(current: current, new: new)
    }

    /// Ends the client, and unlocks the store before it returns. Calls and streams that come later or still
    /// wait fail with `Closed`.
    public func close() async throws {
        try await client.close()
    }
}

import Foundation
import TacitaBindings

/// A text that was found, and the conversation that it stands in.
public struct SearchHit: Equatable, Sendable {
    /// What the list says of the conversation.
    public let conversation: ConversationView
    /// The message.
    public let message: MessageView
}

/// What the list of conversations shows.
public struct ConversationListState: Equatable, Sendable {
    /// Which conversations.
    public internal(set) var filter = ListFilter.main
    /// Rows and counts; nil until they have been read.
    public internal(set) var shown: ShownConversations?
    /// The contacts' picture files.
    public internal(set) var pictures: [ConversationId: Data] = [:]
    /// What is looked for; empty for nothing.
    public internal(set) var query = ""
    /// What was found, newest first; nil until it was looked for.
    public internal(set) var hits: [SearchHit]?
    /// Where the search goes on; nil if it has ended.
    public internal(set) var next: UInt64?
    /// How the account's own relay is reached; nil until that is known.
    public internal(set) var relay: RelayState?
    /// What has not left.
    public internal(set) var outbox: OutboxView?
}

/// The list of conversations, the requests, the archive, and the search through all messages.
public final class ConversationListModel: Model<ConversationListState> {
    private let client: Tacita
    private let pictures: Pictures
    private var rows: Task<Void, Never>?
    private var searching: Task<Void, Never>?

    /// Begins with the conversations that are neither archived nor requests.
    public init(client: Tacita) {
        self.client = client
        pictures = Pictures(client: client)
        super.init(ConversationListState())
        rows = followRows()
        follow({ client.changes() }) { [weak self] batch in
            let isNews = batch.events.contains {
                switch $0 {
                case .relay, .conversation: true
                default: false
                }
            }
            if isNews { try await self?.readConnection() }
        }
    }

    /// Shows the conversations, the archive or the requests.
    public func show(_ filter: ListFilter) {
        guard filter != state.filter else { return }
        rows?.cancel()
        state.filter = filter
        state.shown = nil
        rows = followRows()
    }

    /// Looks for texts; an empty query ends the search.
    public func search(_ query: String) {
        searching?.cancel()
        searching = nil
        state.query = query
        state.hits = nil
        state.next = nil
        guard !query.trimmed.isEmpty else { return }
        searching = act {
            // Whoever types on does not wait for what they do not look for any more.
            try await Task.sleep(for: Self.typing)
            try await self.find(query, before: nil)
        }
    }

    /// Looks further back.
    public func searchOn() {
        guard let next = state.next, searching == nil else { return }
        let query = state.query
        searching = act { try await self.find(query, before: next) }
    }

    /// Puts a conversation above the others, or back among them.
    public func setPinned(id: ConversationId, pinned: Bool) {
        act { try await self.client.setPinned(id: id, pinned: pinned) }
    }

    /// Puts a conversation away, or takes it out again.
    public func setArchived(id: ConversationId, archived: Bool) {
        act { try await self.client.setArchived(id: id, archived: archived) }
    }

    /// Silences a conversation for good, or ends that.
    public func setMuted(id: ConversationId, muted: Bool) {
        act { try await self.client.setMuted(id: id, untilMs: muted ? UInt64(Int64.max) : nil) }
    }

    /// Answers a message request: from now on both sides can write.
    public func accept(id: ConversationId) {
        act { try await self.client.acceptRequest(id: id) }
    }

    /// Drops a message request; its sender learns nothing.
    public func decline(id: ConversationId) {
        act { try await self.client.declineRequest(id: id) }
    }

    private func followRows() -> Task<Void, Never>? {
        let (client, filter) = (client, state.filter)
        return follow({ try client.openConversations(filter).shown() }) { [weak self] in try await self?.take($0) }
    }

    private func take(_ shown: ShownConversations) async throws {
        state.shown = shown
        try await pictures.follow(shown.rows) { state.pictures = $0 }
    }

    private func readConnection() async throws {
        let own = try await client.account()?.relay
        let relay = try await client.relays().first { $0.address == own }
        let outbox = try await client.outbox()
        state.relay = relay?.state
        state.outbox = outbox
    }

    private func find(_ query: String, before: UInt64?) async throws {
        defer { if !Task.isCancelled { searching = nil } }
        let page = try await client.search(text: query, before: before)
        let rows = try await client.conversationList()
        if Task.isCancelled { return }
        let conversations = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
        let found = page.hits.compactMap { hit in
            conversations[hit.conversation].map { SearchHit(conversation: $0, message: hit) }
        }
        state.hits = (before == nil ? [] : state.hits ?? []) + found
        state.next = page.next
    }

    private static let typing = Duration.milliseconds(150)
}

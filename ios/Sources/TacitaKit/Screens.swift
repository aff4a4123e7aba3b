import TacitaBindings

/// The conversation list as it stands.
public struct ShownConversations: Equatable, Sendable {
    /// What to show, in this order.
    public let rows: [ConversationView]
    /// What badges say.
    public let counts: ListCounts

    /// What an update makes of the list of before; nil before the first one.
    public init(_ before: ShownConversations?, after update: ListUpdate) {
        rows = Self.rows(before?.rows ?? [], after: update)
        counts = update.counts
    }

    static func rows(_ before: [ConversationView], after update: ListUpdate) -> [ConversationView] {
        var rows = before
        for change in update.changes {
            switch change {
            case .reset(let all): rows = all
            case .insert(let at, let row): rows.insert(row, at: Int(at))
            case .update(let at, let row): rows[Int(at)] = row
            case .move(let from, let to): rows.insert(rows.remove(at: Int(from)), at: Int(to))
            case .remove(let at): rows.remove(at: Int(at))
            }
        }
        return rows
    }
}

/// A window of a conversation as it stands.
public struct ShownMessages: Equatable, Sendable {
    /// What the list says of the conversation.
    public let conversation: ConversationView
    /// What to show, in this order, oldest first.
    public let messages: [MessageView]
    /// The place of the first unread message, shown or not; nil if all are read.
    public let firstUnread: UInt64?
    /// Whether there are older messages before these.
    public let older: Bool
    /// Whether there are newer messages behind these.
    public let newer: Bool

    /// What an update makes of the window of before; nil before the first one.
    public init(_ before: ShownMessages?, after update: MessageUpdate) {
        var rows = before?.messages ?? []
        for change in update.changes {
            switch change {
            case .reset(let all): rows = all
            case .insert(let at, let row): rows.insert(row, at: Int(at))
            case .update(let at, let row): rows[Int(at)] = row
            case .remove(let at): rows.remove(at: Int(at))
            }
        }
        conversation = update.conversation
        messages = rows
        firstUnread = update.firstUnread
        older = update.older
        newer = update.newer
    }
}

/// The conversation list for a screen. Let go of it when the screen is gone; 64 screens may be open.
public final class ConversationScreen: Sendable {
    private let list: ConversationList

    init(_ list: ConversationList) {
        self.list = list
    }

    /// What changes, from the update of number `seen` on; from 0, all rows come first. An update that a cancelled task
    /// did not deal with comes again to whoever goes on with the number of the one before.
    public func updates(after seen: UInt64 = 0) -> ScreenUpdates<ListUpdate> {
        let list = list
        return ScreenUpdates(
            seen: seen, number: { $0.number }, wait: { try await list.next(seen: $0) },
            interrupt: { try? list.interrupt() })
    }

    /// The whole list: now, and again after each change.
    public func shown() -> Shown<ShownConversations, ListUpdate> {
        Shown(updates: updates()) { ShownConversations($0, after: $1) }
    }
}

/// A window of a conversation for a screen. Let go of it when the screen is gone; 64 screens may be open.
public final class MessageScreen: Sendable {
    private let list: MessageList

    init(_ list: MessageList) {
        self.list = list
    }

    /// What changes, as `ConversationScreen.updates`; throws `NotFound` when the conversation is deleted.
    public func updates(after seen: UInt64 = 0) -> ScreenUpdates<MessageUpdate> {
        let list = list
        return ScreenUpdates(
            seen: seen, number: { $0.number }, wait: { try await list.next(seen: $0) },
            interrupt: { try? list.interrupt() })
    }

    /// The whole window: now, and again after each change.
    public func shown() -> Shown<ShownMessages, MessageUpdate> {
        Shown(updates: updates()) { ShownMessages($0, after: $1) }
    }

    /// Adds older messages, which come with the next update. Beyond 2,000, the window loses its newest.
    public func older(_ count: UInt32 = Tacita.pageLength) async throws {
        try await list.shift(by: .older(count: count))
    }

    /// Adds newer messages, which come with the next update. Beyond 2,000, the window loses its oldest.
    public func newer(_ count: UInt32 = Tacita.pageLength) async throws {
        try await list.shift(by: .newer(count: count))
    }

    /// Goes somewhere else in the conversation, such as to a hit of a search; the next update says what is there.
    public func jump(to start: WindowStart) async throws {
        try await list.shift(by: .to(start: start))
    }
}

/// What changes on a screen. Each iteration starts behind the same update; it ends, at once, only when its task is
/// cancelled.
public struct ScreenUpdates<Element: Sendable>: AsyncSequence, Sendable {
    let seen: UInt64
    let number: @Sendable (Element) -> UInt64
    let wait: @Sendable (UInt64) async throws -> Element?
    let interrupt: @Sendable () -> Void

    public func makeAsyncIterator() -> Iterator {
        Iterator(updates: self, seen: seen)
    }

    /// Waits for one update after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let updates: ScreenUpdates
        var seen: UInt64

        public mutating func next() async throws -> Element? {
            let (wait, after) = (updates.wait, seen)
            while !Task.isCancelled {
                // Nil: cancelled, or interrupted for the sake of another iteration.
                let update = try await unlessCancelled(interrupt: updates.interrupt) { try await wait(after) }
                guard let update else { continue }
                seen = updates.number(update)
                return update
            }
            return nil
        }
    }
}

/// What a screen shows: as it is now, and again each time it has changed.
public struct Shown<Element: Sendable, Update: Sendable>: AsyncSequence, Sendable {
    let updates: ScreenUpdates<Update>
    let apply: @Sendable (Element?, Update) -> Element

    public func makeAsyncIterator() -> Iterator {
        Iterator(updates: updates.makeAsyncIterator(), apply: apply)
    }

    /// Waits for one change after the other.
    public struct Iterator: AsyncIteratorProtocol {
        var updates: ScreenUpdates<Update>.Iterator
        let apply: @Sendable (Element?, Update) -> Element
        var last: Element?

        public mutating func next() async throws -> Element? {
            guard let update = try await updates.next() else { return nil }
            last = apply(last, update)
            return last
        }
    }
}

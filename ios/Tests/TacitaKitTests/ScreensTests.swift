import Testing

@testable import TacitaKit

@Suite struct ScreensTests {
    @Test func aListOpensWithAllRowsAndThenTellsWhatChanges() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, id) = (pair.ada, pair.adasId)
            let screen = try ada.openConversations(.main)
            let opened = try #require(try await screen.updates().first { _ in true })
            let rows = try await ada.conversationList()
            #expect(opened.changes == [.reset(rows: rows)])
            try await ada.setPinned(id: id, pinned: true)
            let pinned = try await screen.updates(after: opened.number).first { !$0.changes.isEmpty }
            guard case .update(at: 0, let row) = pinned?.changes.first else {
                Issue.record("\(String(describing: pinned))")
                return
            }
            #expect(row.pinned)

            try await pair.ben.sendText(id: pair.bensId, text: "hello")
            let archive = try ada.openConversations(.archived)
            _ = try await archive.shown().first { $0.counts.unread == 1 && $0.rows.isEmpty }
            try await ada.setMuted(id: id, untilMs: UInt64(Int64.max))
            try await ada.setArchived(id: id, archived: true)
            let shown = try #require(try await archive.shown().first { !$0.rows.isEmpty })
            #expect(shown.counts == ListCounts(unread: 0, archived: 1, archivedUnread: 1, requests: 0))
            #expect(try await ada.conversations(.main).first { _ in true } == [])
        }
    }

    @Test func aWindowOpensAnywhereGrowsAtBothEndsAndEndsWithItsConversation() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, id) = (pair.ada, pair.adasId)
            for number in 0..<30 { try await pair.ben.sendText(id: pair.bensId, text: "\(number)") }
            _ = try await ada.messages(id: id).first { $0.texts(.incoming).count == 30 }
            let screen = try ada.openMessages(id: id, start: .firstUnread, limit: 10)
            let first = try #require(try await screen.shown().first { _ in true })
            #expect(first.firstUnread == first.messages.first { $0.direction == .incoming }?.place)
            #expect(first.newer && first.conversation.unread == 30)
            try await screen.newer(50)
            _ = try await screen.shown().first { !$0.newer && $0.texts(.incoming).count == 30 }
            let hit = try #require(try await ada.search(text: "17", within: id).hits.first)
            try await screen.jump(to: .around(place: hit.place))
            let around = try #require(try await screen.shown().first { $0.newer && $0.older })
            #expect(around.messages.contains(hit) && around.messages.count == 10)
            try await screen.older(50)
            _ = try await screen.shown().first { !$0.older }
            try await ada.deleteConversation(id: id)
            await #expect(throws: ClientError.NotFound) { for try await _ in screen.shown() {} }
        }
    }

    @Test func cancelledStreamsLoseNoChangeAndGetNoneTwice() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, id) = (pair.ada, pair.adasId)
            let list = Reader<ListUpdate, ShownConversations>(number: { $0.number }) { ShownConversations($0, after: $1) }
            let window = Reader<MessageUpdate, ShownMessages>(number: { $0.number }) { ShownMessages($0, after: $1) }
            let conversations = try ada.openConversations(.all)
            let messages = try ada.openMessages(id: id, limit: 500)
            let sender = Task {
                for number in 0..<count {
                    try await pair.ben.sendText(id: pair.bensId, text: "\(number)")
                    if number % 10 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                }
            }
            var random = SystemRandomNumberGenerator()
            var cancels = 0
            while true {
                try await list.readOn(.milliseconds(Int.random(in: 1...5, using: &random))) {
                    conversations.updates(after: $0)
                }
                try await window.readOn(.milliseconds(Int.random(in: 1...5, using: &random))) {
                    messages.updates(after: $0)
                }
                cancels += 1
                let unread = await list.shown?.rows.first?.unread
                let came = await window.shown?.texts(.incoming).count
                if cancels >= count, came == count, unread == UInt32(count) { break }
            }
            try await sender.value
            #expect(await window.shown?.texts(.incoming) == (0..<count).map(String.init))
            // Only the opening gave all: what was told of between was enough, and no more than enough.
            let resets = await list.updates.filter { if case .reset = $0.changes.first { true } else { false } }.count
            #expect(resets == 1)
            let opened = await window.updates.filter { if case .reset = $0.changes.first { true } else { false } }.count
            #expect(opened == 1)
            try await list.readOn(.milliseconds(500)) { conversations.updates(after: $0) }
            try await window.readOn(.milliseconds(500)) { messages.updates(after: $0) }
            let rows = await list.shown?.rows
            #expect(try await ada.conversationList() == rows)
            let shown = await window.shown?.messages
            #expect(try await ada.messagePage(id: id, limit: 500).messages == shown)
        }
    }
}

private let count = 200

/// Applies each update that comes, and goes on behind it after each cancellation.
private actor Reader<Update: Sendable, State: Sendable> {
    private(set) var updates: [Update] = []
    private(set) var shown: State?
    private let number: @Sendable (Update) -> UInt64
    private let apply: @Sendable (State?, Update) -> State

    init(
        number: @escaping @Sendable (Update) -> UInt64,
        apply: @escaping @Sendable (State?, Update) -> State
    ) {
        self.number = number
        self.apply = apply
    }

    func readOn(_ time: Duration, from: @Sendable (UInt64) -> ScreenUpdates<Update>) async throws {
        let stream = from(updates.last.map(number) ?? 0)
        let reading = Task { for try await update in stream { self.take(update) } }
        try await Task.sleep(for: time)
        reading.cancel()
        try await reading.value
    }

    private func take(_ update: Update) {
        if let last = updates.last { #expect(number(update) == number(last) + 1) }
        updates.append(update)
        shown = apply(shown, update)
    }
}

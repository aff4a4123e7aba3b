import Testing

@testable import TacitaKit

@Suite struct CancellationTests {
    @Test func aCancelledStreamEndsAtOnceAndDisturbsNoOther() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let cursor = try #require(try await settled(pair.ada))
            let other = Task { try await pair.ada.changes(after: cursor).first { _ in true } }
            for turn in 0..<300 {
                let stream = Task {
                    var batches = 0
                    for try await _ in pair.ada.changes(after: cursor) { batches += 1 }
                    return batches
                }
                // Now before the wait has begun, now in its middle.
                if turn % 3 == 0 { try await Task.sleep(for: .milliseconds(turn % 7)) }
                let clock = ContinuousClock()
                let start = clock.now
                stream.cancel()
                #expect(try await stream.value == 0)
                #expect(clock.now - start < .seconds(2), "the stream did not end when it was cancelled")
            }
            #expect(!other.isCancelled)
            try await pair.ben.sendText(id: pair.bensId, text: "news")
            let batch = try await other.value
            #expect(try #require(batch).cursor > cursor)
        }
    }

    @Test func cancelledStreamsLoseNoEvent() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let reader = Reader(pair: pair)
            let sender = Task {
                for number in 0..<count {
                    try await pair.ben.sendText(id: pair.bensId, text: "\(number)")
                    if number % 10 == 0 { try await Task.sleep(for: .milliseconds(5)) }
                }
            }
            var random = SystemRandomNumberGenerator()
            var cancels = 0
            while await reader.seen.count < count || cancels < count {
                let reading = Task { try await reader.readOn() }
                try await Task.sleep(for: .milliseconds(Int.random(in: 1...5, using: &random)))
                reading.cancel()
                try await reading.value
                cancels += 1
            }
            try await sender.value
            #expect(await reader.seen == (0..<count).map(String.init))
        }
    }

    @Test func aCancelledCallStillRunsToItsCommit() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            for number in 0..<count {
                let call = Task { try await pair.ben.sendText(id: pair.bensId, text: "\(number)") }
                call.cancel()
                _ = try await call.value
            }
            let expected = (0..<count).map(String.init)
            let page = try await pair.ada.messages(id: pair.adasId, limit: 1000).first {
                $0.texts(.incoming).count >= count
            }
            #expect(page?.texts(.incoming) == expected)
        }
    }

    /// A cursor behind which nothing happens by itself any more.
    private func settled(_ client: Tacita) async throws -> UInt64? {
        var cursor: UInt64?
        let collecting = Task {
            var last: UInt64?
            for try await batch in client.changes() { last = batch.cursor }
            return last
        }
        try await Task.sleep(for: .seconds(2))
        collecting.cancel()
        cursor = try await collecting.value
        return cursor
    }
}

private let count = 300

/// Reads only what an event has told of: an event that got lost would leave texts unread for ever.
private actor Reader {
    let pair: World.Pair
    var seen: [String] = []
    private var cursor: UInt64 = 0
    private var place: UInt64 = 0

    init(pair: World.Pair) {
        self.pair = pair
    }

    func readOn() async throws {
        for try await batch in pair.ada.changes(after: cursor) {
            let page = try await pair.ada.messagePageAfter(id: pair.adasId, after: place, limit: 1000)
                .beforeFirstMissing()
            seen += page.texts(.incoming)
            place = page.messages.last?.place ?? place
            cursor = batch.cursor
        }
    }
}

import TacitaBindings

/// What changes, batch by batch. Each iteration starts at the same cursor; it ends, at once, only when its
/// task is cancelled.
public struct Changes: AsyncSequence, Sendable {
    public typealias Element = EventBatch

    let client: Client
    let after: UInt64

    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, cursor: after)
    }

    /// Waits for one batch after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let client: Client
        var cursor: UInt64

        public mutating func next() async throws -> EventBatch? {
            let client = client
            while true {
                let after = cursor
                let batch = try await unlessCancelled(interrupt: { try? client.interrupt() }) {
                    try await client.events(after: after)
                }
                guard let batch else { return nil }
                // Empty: interrupted for the sake of another stream.
                if batch.events.isEmpty { continue }
                cursor = batch.cursor
                return batch
            }
        }
    }
}

/// What changes, one thing at a time.
public struct Events: AsyncSequence, Sendable {
    public typealias Element = Event

    let changes: Changes

    public func makeAsyncIterator() -> Iterator {
        Iterator(batches: changes.makeAsyncIterator())
    }

    /// Waits for one event after the other.
    public struct Iterator: AsyncIteratorProtocol {
        var batches: Changes.Iterator
        var ready: ArraySlice<Event> = []

        public mutating func next() async throws -> Event? {
            while ready.isEmpty {
                guard let batch = try await batches.next() else { return nil }
                ready = batch.events[...]
            }
            return ready.removeFirst()
        }
    }
}

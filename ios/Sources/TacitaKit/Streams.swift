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

    public struct Iterator: AsyncIteratorProtocol {
        let client: Client
        var cursor: UInt64

        public mutating func next() async throws -> EventBatch? {
            while let batch = try await client.eventsUnlessCancelled(after: cursor) {
                // Empty: interrupted for the sake of another stream.
                if batch.events.isEmpty { continue }
                cursor = batch.cursor
                return batch
            }
            return nil
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

/// Something to show: as it is now, and again each time it has changed.
public struct Updates<Element: Equatable & Sendable>: AsyncSequence, Sendable {
    let client: Client
    let concerns: @Sendable (Event) -> Bool
    let read: @Sendable () async throws -> Element

    public func makeAsyncIterator() -> Iterator {
        // From the start, so that no change between the first reading and the first batch is missed.
        Iterator(updates: self, batches: Changes(client: client, after: 0).makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        let updates: Updates
        var batches: Changes.Iterator
        var last: Element?

        public mutating func next() async throws -> Element? {
            while true {
                if last != nil {
                    guard let batch = try await batches.next() else { return nil }
                    if !batch.events.contains(where: updates.concerns) { continue }
                } else if Task.isCancelled {
                    return nil
                }
                let element = try await updates.read()
                if element != last {
                    last = element
                    return element
                }
            }
        }
    }
}

import TacitaBindings

extension Tacita {
    /// How much is stored, by kind. Short, whatever is stored.
    public func storage() async throws -> StorageView {
        try await client.storage()
    }

    /// Deletes messages here, by their places; the contact keeps them. Returns how many went: what is on its way to
    /// the contact stays, and so does a missing place that may still be filled.
    @discardableResult
    public func deleteMessages(id: ConversationId, places: [UInt64]) async throws -> UInt32 {
        try await client.deleteMessages(id: id, places: places)
    }

    /// Deletes here what was stored before `beforeMs` (milliseconds since 1970), in one conversation or in all, and
    /// tells after each batch how far it is. Who does not go on keeps what was not deleted yet.
    public func cleanUp(beforeMs: UInt64, within: ConversationId? = nil) -> Steps<CleanUpProgress> {
        let client = client
        return Steps {
            var from: CleanUpPlace?
            return {
                let progress = try await client.cleanUp(within: within, beforeMs: beforeMs, from: from)
                from = progress.next
                return (progress, from == nil)
            }
        }
    }

    /// Gives what is free in the store's file back to the disk, and tells after each step how many bytes are left to
    /// give.
    public func shrinkStore() -> Steps<UInt64> {
        let client = client
        return Steps {
            {
                let left = try await client.shrinkStore()
                return (left, left == 0)
            }
        }
    }

    /// Writes a conversation into a new folder inside `folder`, named after the contact: `messages.html` for people,
    /// `messages.json` for programs. They are not encrypted: warn the user, and delete them when they have served. The
    /// last progress names the folder, which is not there before it is whole; stopping leaves nothing behind.
    public func exportConversation(id: ConversationId, folder: String) -> Steps<ExportProgress> {
        let client = client
        return Steps {
            var export: ConversationExport?
            return {
                if export == nil {
                    export = try await client.exportConversation(id: id, folder: folder)
                }
                guard let begun = export else { throw ClientError.ExportFailed }
                let progress = try await begun.step()
                return (progress, progress.folder != nil)
            }
        }
    }
}

/// Work that is done step by step, each when it is asked for, with what it says of how far it is. Each iteration begins
/// anew; it ends early when its task is cancelled or nobody asks any more.
public struct Steps<Element: Sendable>: AsyncSequence {
    let begin: () -> () async throws -> (Element, isLast: Bool)

    public func makeAsyncIterator() -> Iterator {
        Iterator(step: begin())
    }

    /// Does one step after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let step: () async throws -> (Element, isLast: Bool)
        var isOver = false

        public mutating func next() async throws -> Element? {
            guard !isOver, !Task.isCancelled else { return nil }
            let (element, isLast) = try await step()
            isOver = isLast
            return element
        }
    }
}

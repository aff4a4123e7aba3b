import Foundation
import TacitaBindings

/// What is shown of a contact.
public struct ContactState: Equatable, Sendable {
    /// What the list says of the conversation; nil until it has been read.
    public internal(set) var conversation: ConversationView?
    /// The contact's picture file, if there is one.
    public internal(set) var picture: Data?
    /// The number to compare and the code to show; nil until read.
    public internal(set) var safety: SafetyNumberView?
    /// What the last scan found; nil before one.
    public internal(set) var scanned: Verification?
    /// How far an export is; nil if there was none.
    public internal(set) var export: ExportProgress?
    /// The conversation has been deleted: leave its screens.
    public internal(set) var gone = false
}

/// One contact: name, safety number, and what can be done with the conversation as a whole.
public final class ContactModel: Model<ContactState> {
    private let client: Tacita
    private let id: ConversationId
    private let pictures: Pictures
    private var exporting: Task<Void, Never>?

    /// Reads the contact at once, and again whenever something changes.
    public init(client: Tacita, id: ConversationId) {
        self.client = client
        self.id = id
        pictures = Pictures(client: client)
        super.init(ContactState())
        follow({ try client.messages(id: id, limit: 1) }) { [weak self] in try await self?.take($0.conversation) }
    }

    /// The user's own name for the contact; empty for none.
    public func setNickname(_ name: String) {
        act { try await self.client.setNickname(id: self.id, name: name.trimmed) }
    }

    /// The user has compared the number and found it equal, or takes that back.
    public func setVerified(_ verified: Bool) {
        act {
            try await self.client.markVerified(id: self.id, verified: verified)
            try await self.readSafety()
        }
    }

    /// Compares what was scanned from the other screen.
    public func scan(_ code: String) {
        act {
            self.state.scanned = try await self.client.verifyScanned(id: self.id, scanned: code)
            try await self.readSafety()
        }
    }

    /// The user has been warned and goes on: the contact is unverified then.
    public func dismissAlarm() {
        act {
            try await self.client.dismissAlarm(id: self.id)
            self.state.scanned = nil
            try await self.readSafety()
        }
    }

    /// Blocks the contact, or ends that; it is not told.
    public func setBlocked(_ blocked: Bool) {
        act { try await self.client.setBlocked(id: self.id, blocked: blocked) }
    }

    /// Puts the conversation above the others, or back among them.
    public func setPinned(_ pinned: Bool) {
        act { try await self.client.setPinned(id: self.id, pinned: pinned) }
    }

    /// Puts the conversation away, or takes it out again.
    public func setArchived(_ archived: Bool) {
        act { try await self.client.setArchived(id: self.id, archived: archived) }
    }

    /// Silences the conversation until a time in milliseconds since 1970; nil ends that.
    public func setMuted(untilMs: UInt64?) {
        act { try await self.client.setMuted(id: self.id, untilMs: untilMs) }
    }

    /// Deletes the conversation and its contact.
    public func delete() {
        act { try await self.client.deleteConversation(id: self.id) }
    }

    /// Writes the conversation into files in `folder`, which are not encrypted. Ends an export that still runs.
    public func export(folder: String) {
        cancelExport()
        exporting = act(after: exporting) { [weak self, client, id] in
            for try await progress in client.exportConversation(id: id, folder: folder) where !Task.isCancelled {
                self?.state.export = progress
            }
        }
    }

    /// Ends an export; nothing of it is left.
    public func cancelExport() {
        exporting?.cancel()
        state.export = nil
    }

    override func streamEnded(_ error: any Error) {
        if ClientError(error) == .NotFound { state.gone = true } else { super.streamEnded(error) }
    }

    private func take(_ conversation: ConversationView) async throws {
        let before = state.conversation?.verification
        state.conversation = conversation
        if before != conversation.verification { try await readSafety() }
        try await pictures.follow([conversation]) { state.picture = $0[id] }
    }

    private func readSafety() async throws {
        state.safety = try await client.safetyNumber(id: id)
    }
}

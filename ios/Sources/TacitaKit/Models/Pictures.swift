import Foundation
import TacitaBindings

/// The contacts' pictures that a screen shows, read once for each revision.
@MainActor
final class Pictures {
    private let client: Tacita
    private var revisions: [ConversationId: UInt64] = [:]
    private var files: [ConversationId: Data] = [:]

    init(client: Tacita) {
        self.client = client
    }

    /// Reads what is new for these rows, and shows all picture files by conversation after each that is.
    func follow(_ rows: [ConversationView], _ show: ([ConversationId: Data]) -> Void) async throws {
        for row in rows where revisions[row.id, default: 0] != row.pictureRevision {
            let picture = try await read(row.id)
            if Task.isCancelled { return }
            revisions[row.id] = row.pictureRevision
            files[row.id] = picture
            show(files)
        }
    }

    private func read(_ id: ConversationId) async throws -> Data? {
        do {
            return try await client.profilePicture(id: id)?.bytes
        } catch ClientError.NotFound {
            // Deleted since: the next rows are without it.
            return nil
        }
    }
}

import Foundation
import TacitaBindings

/// What a process uses that must not open the store: a notification service extension. It says that something came, and
/// in which conversation; it opens no envelope, acknowledges nothing, and changes nothing but the inbox. The app attaches
/// that inbox with `Tacita.attachInbox`, and may run meanwhile or not.
public final class TacitaInbox: Sendable {
    private let inbox: NotificationInbox

    private init(inbox: NotificationInbox) {
        self.inbox = inbox
    }

    /// Names the inbox in `directory`, whose key `vault` keeps.
    public static func open(directory: String, vault: any KeyVault) async throws -> TacitaInbox {
        let opening = Task.detached {
            try NotificationInbox(config: InboxConfig(directory: directory, vault: vault))
        }
        return TacitaInbox(inbox: try await opening.value)
    }

    /// Looks for news for `limitMs` milliseconds at most, and never longer than 25 seconds. Fails at once with `InboxBusy`
    /// if another process looks, and with `InboxMissing` if the app has not attached the inbox. A cancelled task ends it,
    /// with what it has by then.
    public func check(limitMs: UInt64 = 20_000) async throws -> NotificationSummary {
        let inbox = inbox
        return try await withTaskCancellationHandler {
            try await inbox.check(limitMs: limitMs)
        } onCancel: {
            try? inbox.cancel()
        }
    }

    /// Ends every look that runs now, with `cancelled` and what it has by then: for `serviceExtensionTimeWillExpire`.
    public func cancel() throws {
        try inbox.cancel()
    }

    /// Deletes the inbox in `directory` without opening it. To give up notifications, or where the key of its vault is
    /// gone. Nothing is lost: what waits in it is at its relay. Delete the vault's own key besides.
    public static func erase(directory: String) async throws {
        let erasing = Task.detached { try TacitaBindings.eraseInbox(directory: directory) }
        try await erasing.value
    }
}

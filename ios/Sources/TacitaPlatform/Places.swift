import Foundation
import TacitaKit

/// Where store and inbox lie, and which keys open them. Nothing of it is in a backup.
public struct Places: Sendable {
    public let storeVault = KeychainVault(EnclaveKey(tag: "org.tacita.store", whileLocked: false))
    public let inboxVault = KeychainVault(EnclaveKey(tag: "org.tacita.inbox", group: group, whileLocked: true))

    public init() {}

    /// The app's own: iOS ends a suspended app that has a file locked in a shared one. Files that are open stay usable;
    /// with `.complete` writing would fail ten seconds after the device was locked.
    public var store: String { Self.made("store", in: .applicationSupportDirectory, .completeUnlessOpen) }

    /// Exports, where the Files app shows them, and nothing else.
    public var exports: String { Self.made("exports", in: .documentsDirectory, .completeUnlessOpen) }

    /// Where the extension reaches it, while the device is locked too. Nil in an app that was signed without its group.
    public var inbox: String? {
        FileManager.default.containerURL(forSecurityApplicationGroupIdentifier: Self.group)
            .map { Self.made("inbox", in: $0, .completeUntilFirstUserAuthentication) }
    }

    /// The app, to be asked for once.
    @MainActor public func model() -> AppModel {
        AppModel(directory: store, vault: storeVault, inbox: inbox.map { InboxPlace(directory: $0, vault: inboxVault) })
    }

    /// The inbox, for what must not open the store.
    public func openInbox() async throws -> TacitaInbox {
        guard let inbox else { throw ClientError.InboxMissing }
        return try await TacitaInbox.open(directory: inbox, vault: inboxVault)
    }

    /// The app group, which is an access group of the Keychain too. The store's key is not in it.
    private static let group = "group.org.tacita"

    /// Where the disk refuses, the core finds it out too, and says so.
    private static func made(_ name: String, in parent: URL, _ protection: FileProtectionType) -> String {
        var directory = parent.appendingPathComponent(name, isDirectory: true)
        try? FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.protectionKey: protection])
        var values = URLResourceValues()
        values.isExcludedFromBackup = true
        try? directory.setResourceValues(values)
        return directory.path
    }
}

import Foundation
import TacitaBindings

/// What the settings show; each part is nil until it has been read.
public struct SettingsState: Equatable, Sendable {
    /// The user's own name and picture.
    public internal(set) var profile: ProfileView?
    /// What contacts are told.
    public internal(set) var privacy: PrivacySettings?
    /// What takes room.
    public internal(set) var storage: StorageView?
    /// How each relay is reached.
    public internal(set) var relays: [RelayView]?
    /// What is known of the store's files.
    public internal(set) var health: StoreHealth?
    /// How many messages a clean-up has deleted so far; nil if none runs.
    public internal(set) var cleaned: UInt64?
    /// How many bytes are still to be given back to the disk; nil if that is not being done.
    public internal(set) var shrinking: UInt64?
}

/// Profile, receipts, storage and relays. The app lock and the account's end are the `AppModel`'s.
public final class SettingsModel: Model<SettingsState> {
    private let client: Tacita
    private var cleaning: Task<Void, Never>?

    /// Reads all of it, and follows what changes.
    public init(client: Tacita) {
        self.client = client
        super.init(SettingsState())
        follow({ client.changes() }) { [weak self] in try await self?.take($0.events) }
        act {
            try await self.readHealth()
            try await self.readStorage()
        }
    }

    /// Sets the user's name and picture, which contacts are told of one by one.
    public func setProfile(name: String, picture: Data?) {
        act {
            try await self.client.setProfile(name: name.trimmed, picture: picture)
            try await self.readAccount()
        }
    }

    /// Decides what contacts are told from now on.
    public func setPrivacy(_ settings: PrivacySettings) {
        act {
            try await self.client.setPrivacySettings(settings)
            try await self.readAccount()
        }
    }

    /// Reads anew how much is stored.
    public func measure() {
        act { try await self.readStorage() }
    }

    /// Deletes here what was stored before a time, in milliseconds since 1970, and gives the room back to the disk.
    public func cleanUp(beforeMs: UInt64) {
        guard cleaning == nil else { return }
        state.cleaned = 0
        cleaning = act { [weak self, client] in
            defer { self?.cleanUpEnded() }
            for try await progress in client.cleanUp(beforeMs: beforeMs) {
                self?.state.cleaned? += UInt64(progress.deleted)
            }
            for try await left in client.shrinkStore() { self?.state.shrinking = left }
            try await self?.readStorage()
        }
    }

    /// Ends a clean-up; what it has not deleted stays.
    public func cancelCleanUp() {
        cleaning?.cancel()
    }

    private func cleanUpEnded() {
        cleaning = nil
        state.cleaned = nil
        state.shrinking = nil
    }

    private func take(_ events: [Event]) async throws {
        if events.contains(.account) { try await readAccount() }
        if events.contains(where: { if case .relay = $0 { true } else { false } }) { try await readRelays() }
        if events.contains(.store) { try await readHealth() }
    }

    private func readAccount() async throws {
        let (profile, privacy) = (try await client.profile(), try await client.privacySettings())
        state.profile = profile
        state.privacy = privacy
    }

    private func readRelays() async throws {
        state.relays = try await client.relays()
    }

    private func readHealth() async throws {
        state.health = try await client.storeHealth()
    }

    private func readStorage() async throws {
        state.storage = try await client.storage()
    }
}

import Foundation
import TacitaBindings

/// Wraps the store's key, or the inbox's, under a key that the device never gives out.
/// A key that is lost (a device put back from a backup) is never made anew by opening: `unwrap` fails, the app says so,
/// and the store stays as it is until the user erases it.
public final class KeychainVault: KeyVault {
    private let deviceKey: any DeviceKey

    /// Keeps what it is given under this key.
    public init(_ deviceKey: any DeviceKey) { self.deviceKey = deviceKey }

    public func wrap(key: Data) throws -> Data {
        // Overwritten where it lies. In the usual way a copy would be, as the caller holds it still.
        defer { key.withUnsafeBytes { for at in $0.indices { UnsafeMutableRawBufferPointer(mutating: $0)[at] = 0 } } }
        return try guarded {
            if try !deviceKey.exists() { try deviceKey.make() }
            return try deviceKey.encrypt(key)
        }
    }

    public func unwrap(blob: Data) throws -> Data { try guarded { try deviceKey.decrypt(blob) } }

    public func isTest() -> Bool { false }

    /// Whether the device has the key. If there is a store and no key, it was lost: offer to erase the store.
    public func hasKey() throws -> Bool { try guarded { try deviceKey.exists() } }

    /// Deletes the key: what was wrapped under it stays closed for good. Call it after erasing the store.
    public func deleteKey() throws { try guarded { try deviceKey.delete() } }

    private func guarded<Value>(_ work: () throws -> Value) throws -> Value {
        do { return try work() } catch {
            throw error as? DeviceKeyError == .locked ? VaultError.Locked : VaultError.Failed
        }
    }
}

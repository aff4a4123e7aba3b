import Foundation

/// A key that the device keeps and never gives out: one of the Secure Enclave, say.
public protocol DeviceKey: Sendable {
    /// Whether the device has it.
    func exists() throws(DeviceKeyError) -> Bool
    /// Is only asked for where there is none.
    func make() throws(DeviceKeyError)
    /// Encrypts with authentication.
    func encrypt(_ plain: Data) throws(DeviceKeyError) -> Data
    /// Fails if a byte of what `encrypt` gave was changed.
    func decrypt(_ sealed: Data) throws(DeviceKeyError) -> Data
    /// Does nothing if there is none.
    func delete() throws(DeviceKeyError)
}

/// Why a key does not do what is asked.
public enum DeviceKeyError: Error {
    /// There is none.
    case missing
    /// The device is locked.
    case locked
    /// Something else.
    case failed
}

import Foundation
import Security
import TacitaKit

/// A P-256 key that never leaves the Secure Enclave, and ECIES over it; it is in no backup and on no other device. In a
/// simulator, and only there, it lies in the Keychain: a device that fails to make one is not given a weaker one.
struct EnclaveKey: DeviceKey {
    let tag: String
    /// The access group of who else may use it; nil is the app alone.
    var group: String?
    /// Whether it opens while the device is locked, if it was unlocked since it started: a push may come then.
    let whileLocked: Bool
    private static var ecies: SecKeyAlgorithm { .eciesEncryptionCofactorVariableIVX963SHA256AESGCM }

    func exists() throws(DeviceKeyError) -> Bool {
        do { _ = try find() } catch .missing { return false }
        return true
    }

    func make() throws(DeviceKeyError) {
        let (open, shut) =
            (kSecAttrAccessibleAfterFirstUnlockThisDeviceOnly, kSecAttrAccessibleWhenUnlockedThisDeviceOnly)
        var flags: SecAccessControlCreateFlags = []
        var wanted: [CFString: Any] = [kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom, kSecAttrKeySizeInBits: 256]
        #if !targetEnvironment(simulator)
            flags = .privateKeyUsage
            wanted[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave
        #endif
        var own = name
        own[kSecAttrIsPermanent] = true
        own[kSecAttrAccessControl] = try checked {
            SecAccessControlCreateWithFlags(nil, whileLocked ? open : shut, flags, &$0)
        }
        wanted[kSecPrivateKeyAttrs] = own as CFDictionary
        _ = try checked { SecKeyCreateRandomKey(wanted as CFDictionary, &$0) }
    }

    func encrypt(_ plain: Data) throws(DeviceKeyError) -> Data {
        guard let key = SecKeyCopyPublicKey(try find()) else { throw .failed }
        return try checked { SecKeyCreateEncryptedData(key, Self.ecies, plain as CFData, &$0) } as Data
    }

    func decrypt(_ sealed: Data) throws(DeviceKeyError) -> Data {
        let key = try find()
        return try checked { SecKeyCreateDecryptedData(key, Self.ecies, sealed as CFData, &$0) } as Data
    }

    func delete() throws(DeviceKeyError) {
        let status = SecItemDelete(query as CFDictionary)
        guard status == errSecSuccess || status == errSecItemNotFound else { throw reason(status) }
    }

    private var name: [CFString: Any] {
        let own: [CFString: Any] = [kSecAttrApplicationTag: Data(tag.utf8) as CFData]
        return own.merging(group.map { [kSecAttrAccessGroup: $0 as CFString] } ?? [:]) { $1 }
    }

    private var query: [CFString: Any] {
        name.merging([kSecClass: kSecClassKey, kSecAttrKeyClass: kSecAttrKeyClassPrivate]) { $1 }
    }

    private func find() throws(DeviceKeyError) -> SecKey {
        var found: CFTypeRef?
        let status = SecItemCopyMatching(query.merging([kSecReturnRef: true]) { $1 } as CFDictionary, &found)
        guard status == errSecSuccess, let found else { throw reason(status) }
        return found as! SecKey  // A search for a key by reference gives nothing else.
    }

    private func checked<Made>(_ call: (inout Unmanaged<CFError>?) -> Made?) throws(DeviceKeyError) -> Made {
        var problem: Unmanaged<CFError>?
        if let made = call(&problem) { return made }
        throw reason(problem.map { OSStatus(truncatingIfNeeded: CFErrorGetCode($0.takeRetainedValue())) })
    }

    private func reason(_ status: OSStatus?) -> DeviceKeyError {
        status == errSecItemNotFound ? .missing : status == errSecInteractionNotAllowed ? .locked : .failed
    }
}

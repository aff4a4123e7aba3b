import Foundation
import Testing

@testable import TacitaKit

@Suite struct KeychainVaultTests {
    private let device = FakeKey()
    private var vault: KeychainVault { KeychainVault(device) }

    @Test func itMakesItsKeyOnceAndOverwritesWhatItWasGiven() throws {
        #expect(try !vault.hasKey())
        let (first, second) = (Data(0..<64), Data(100..<132))
        let (one, two) = (try vault.wrap(key: first), try vault.wrap(key: second))
        #expect(first == Data(count: 64))
        #expect(second == Data(count: 32))
        #expect(try vault.unwrap(blob: one) == Data(0..<64))
        #expect(try vault.unwrap(blob: two) == Data(100..<132))
        #expect(device.made == 1)
        #expect(try vault.hasKey())
        #expect(!vault.isTest())
    }

    @Test func whatItCouldNotWrapIsOverwrittenToo() {
        device.isBroken = true
        let key = Data(0..<64)
        #expect(throws: VaultError.Failed) { try vault.wrap(key: key) }
        #expect(key == Data(count: 64))
    }

    @Test func aKeyThatIsGoneIsNotMadeAnewByOpening() throws {
        let sealed = try vault.wrap(key: Data(0..<64))
        device.lose()
        for blob in [sealed, Data()] {
            #expect(throws: VaultError.Failed) { try vault.unwrap(blob: blob) }
        }
        #expect(try !vault.hasKey())
        #expect(device.made == 1)
    }

    @Test func aLockedDeviceIsToldApartAndMakesNothing() throws {
        device.isLocked = true
        #expect(throws: VaultError.Locked) { try vault.wrap(key: Data(0..<64)) }
        #expect(throws: VaultError.Locked) { try vault.unwrap(blob: Data(0..<64)) }
        #expect(throws: VaultError.Locked) { try vault.hasKey() }
        #expect(throws: VaultError.Locked) { try vault.deleteKey() }
        #expect(device.made == 0)
        device.isLocked = false
        #expect(try vault.unwrap(blob: vault.wrap(key: Data(0..<64))) == Data(0..<64))
    }

    @Test func whatItDidNotWrapOrWasChangedDoesNotOpen() throws {
        let sealed = try vault.wrap(key: Data(0..<64))
        for place in sealed.indices {
            var changed = sealed
            changed[place] ^= 1
            #expect(throws: VaultError.Failed) { try vault.unwrap(blob: changed) }
        }
        for blob in [Data(), sealed.dropLast(), sealed + [0], Data(count: 5_000)] {
            #expect(throws: VaultError.Failed) { try vault.unwrap(blob: blob) }
        }
        #expect(try vault.unwrap(blob: sealed) == Data(0..<64))
    }

    @Test func whatADeletedKeyWrappedStaysClosedUnderTheNextOne() throws {
        let sealed = try vault.wrap(key: Data(0..<64))
        try vault.deleteKey()
        try vault.deleteKey()
        #expect(try !vault.hasKey())
        _ = try vault.wrap(key: Data(0..<64))
        #expect(throws: VaultError.Failed) { try vault.unwrap(blob: sealed) }
        #expect(device.made == 2)
    }

    @Test func aStoreOpensThroughItAndIsLeftAsItIsWhileItsKeyIsLockedOrGone() async throws {
        let (device, vault) = (device, vault)
        try await World.run { world in
            let directory = world.path("Ada")
            let first = try await Tacita.open(directory: directory, vault: vault)
            _ = try await first.createAccount(relayLink: Relay.link(), name: "Ada")
            try await first.close()
            let files = try contents(of: directory)
            #expect(files.count > 1)

            device.isLocked = true
            await #expect(throws: ClientError.VaultFailed) {
                _ = try await Tacita.open(directory: directory, vault: vault)
            }
            device.isLocked = false
            let lost = device.lose()
            await #expect(throws: ClientError.VaultFailed) {
                _ = try await Tacita.open(directory: directory, vault: vault)
            }
            #expect(try contents(of: directory) == files)
            #expect(device.made == 1)

            device.bringBack(lost)
            let again = try await Tacita.open(directory: directory, vault: vault)
            #expect(try await again.account()?.name == "Ada")
            try await again.close()
        }
    }

    @Test func aLockedDeviceMakesNoStoreAndTheAppSaysWhyUntilItIsUnlocked() async throws {
        let (device, vault) = (device, vault)
        try await World.run { @MainActor world in
            device.isLocked = true
            let model = AppModel(directory: world.path("Ada"), vault: vault)
            model.open()
            try await until { if case .unusable(.VaultFailed) = model.state { true } else { false } }
            #expect(device.made == 0)
            device.isLocked = false
            model.open()
            try await until { if case .welcome = model.state { true } else { false } }
            #expect(device.made == 1)
            await model.shutDown()
        }
    }

    @Test func aSecondProcessOpensTheInboxThroughAVaultOfItsOwnOverTheSameKey() async throws {
        let (device, vault) = (device, vault)
        try await World.run { world in
            let directory = world.path("Adas inbox")
            let ada = try await world.person("Ada")
            try await ada.attachInbox(directory: directory, vault: vault)
            let inbox = try await TacitaInbox.open(directory: directory, vault: KeychainVault(device))
            #expect(try await inbox.check().end == .complete)
            device.isLocked = true
            await #expect(throws: ClientError.VaultFailed) { _ = try await inbox.check() }
            device.isLocked = false
            device.lose()
            await #expect(throws: ClientError.VaultFailed) { _ = try await inbox.check() }
            #expect(device.made == 1)
        }
    }
}

/// A key of memory: what it gives out names what it keeps, and says nothing of it.
private final class FakeKey: DeviceKey, @unchecked Sendable {
    typealias Sealed = [Data: Data]

    // All of it is touched with the lock held only.
    private let lock = NSLock()
    private var sealed: Sealed?
    private var makings = 0
    private var whyNot: DeviceKeyError?

    var made: Int { lock.withLock { makings } }

    var isLocked: Bool {
        get { lock.withLock { whyNot == .locked } }
        set { lock.withLock { whyNot = newValue ? .locked : nil } }
    }

    var isBroken: Bool {
        get { lock.withLock { whyNot == .failed } }
        set { lock.withLock { whyNot = newValue ? .failed : nil } }
    }

    /// Takes the key from the device.
    @discardableResult
    func lose() -> Sealed? {
        lock.withLock {
            defer { sealed = nil }
            return sealed
        }
    }

    func bringBack(_ lost: Sealed?) {
        lock.withLock { sealed = lost }
    }

    func exists() throws(DeviceKeyError) -> Bool {
        try unlessLocked { .success(self.sealed != nil) }
    }

    func make() throws(DeviceKeyError) {
        try unlessLocked {
            // As with the Keychain, a second one would hide the first.
            self.sealed = [:]
            self.makings += 1
            return .success(())
        }
    }

    func encrypt(_ plain: Data) throws(DeviceKeyError) -> Data {
        try unlessLocked {
            let name = Data((0..<81).map { _ in UInt8.random(in: .min ... .max) })
            // The bytes themselves: what was given is overwritten.
            self.sealed?[name] = Data(Array(plain))
            return self.sealed == nil ? .failure(.missing) : .success(name)
        }
    }

    func decrypt(_ blob: Data) throws(DeviceKeyError) -> Data {
        try unlessLocked {
            guard let sealed = self.sealed else { return .failure(.missing) }
            return sealed[blob].map { .success($0) } ?? .failure(.failed)
        }
    }

    func delete() throws(DeviceKeyError) {
        try unlessLocked { .success(self.sealed = nil) }
    }

    private func unlessLocked<Value>(_ work: () -> Result<Value, DeviceKeyError>) throws(DeviceKeyError) -> Value {
        try lock.withLock { whyNot.map { .failure($0) } ?? work() }.get()
    }
}

/// Waits; the test fails if that takes too long.
@MainActor private func until(_ holds: () -> Bool) async throws {
    while !holds() { try await Task.sleep(for: .milliseconds(10)) }
}

/// Every file below a directory, whole.
private func contents(of directory: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
        files[name] = FileManager.default.contents(atPath: "\(directory)/\(name)")
    }
    return files
}

import Foundation
import Testing

@testable import TacitaKit

@Suite struct AppLockTests {
    private let first = Data("das erste Wort".utf8)
    private let second = Data("二番目".utf8)

    @Test func anAppLockIsSetAskedForChangedAndTakenAway() async throws {
        try await World.run { world in
            let directory = world.path("Ada")
            let open = { (passphrase: Data?) in
                try await Tacita.open(
                    directory: directory, vault: testVault(directory: directory), passphrase: passphrase)
            }
            let ada = try await world.person("Ada")
            await #expect(throws: ClientError.PassphraseLength) {
                try await ada.setAppLock(current: nil, new: Data(count: 3))
            }
            try await ada.setAppLock(current: nil, new: first)
            await #expect(throws: ClientError.AppLocked) { try await ada.setAppLock(current: nil, new: second) }
            try await ada.setAppLock(current: first, new: second)
            try await ada.close()

            await #expect(throws: ClientError.AppLocked) { _ = try await open(nil) }
            for retryAfter: UInt32 in [0, 0, 0, 0, 30] {
                await #expect(throws: ClientError.WrongPassphrase(retryAfter: retryAfter)) { _ = try await open(first) }
            }
            do {
                _ = try await open(second)
                Issue.record("it was tried too early")
            } catch ClientError.TooManyTries(let retryAfter) {
                #expect((1...30).contains(retryAfter))
            }
        }
    }

    @Test func withItsPassphraseAStoreIsWhatItWasAndWithoutALockItAsksForNone() async throws {
        try await World.run { world in
            let directory = world.path("Ada")
            let vault = try testVault(directory: directory)
            let ada = try await world.person("Ada")
            try await ada.setAppLock(current: nil, new: first)
            try await ada.close()
            let again = try await Tacita.open(directory: directory, vault: vault, passphrase: first)
            #expect(try await again.account()?.name == "Ada")
            try await again.setAppLock(current: first, new: nil)
            try await again.close()
            let free = try await world.open("Ada")
            #expect(try await free.account()?.name == "Ada")
        }
    }
}

import Foundation
import Testing

@testable import TacitaKit

@Suite struct FailureTests {
    @Test func callsAfterCloseFailWithClosed() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            let batch = try await ada.changes().first { _ in true }
            let cursor = try #require(batch?.cursor)
            let waiting = Task { for try await _ in ada.changes(after: cursor) {} }
            try await Task.sleep(for: .milliseconds(50))
            try await ada.close()
            await #expect(throws: ClientError.Closed) { try await waiting.value }
            await #expect(throws: ClientError.Closed) { try await ada.account() }
            await #expect(throws: ClientError.Closed) { try await ada.conversations().first { _ in true } }
        }
    }

    @Test func whatIsNoIdIsAnUnknownOne() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            let zeros = String(repeating: "0", count: 64)
            let bad = ["", "x", "ab", String(repeating: "A", count: 64), String(zeros.dropLast()), zeros, "ä"]
            for id in bad {
                await #expect(throws: ClientError.NotFound) { try await ada.sendText(id: id, text: "text") }
                await #expect(throws: ClientError.NotFound) { try await ada.messagePage(id: id) }
                await #expect(throws: ClientError.NotFound) { try await ada.safetyNumber(id: id) }
                await #expect(throws: ClientError.NotFound) { try await ada.revokeInvitation(id: id) }
            }
        }
    }

    @Test func badLinksAndTextsHaveErrorsOfTheirOwn() async throws {
        try await World.run { world in
            let nobody = try await world.open("nobody")
            await #expect(throws: ClientError.NoAccount) { try await nobody.createInvitation(kind: .personal) }
            await #expect(throws: ClientError.LinkForeign) {
                try await nobody.createAccount(relayLink: "https://example.org", name: "Name")
            }
            let pair = try await world.pair()
            await #expect(throws: ClientError.AccountExists) {
                try await pair.ada.createAccount(relayLink: Relay.link(), name: "Ada")
            }
            let link = try await pair.ada.createInvitation(kind: .personal).link
            await #expect(throws: ClientError.OwnInvitation) { try await pair.ada.acceptInvitation(link: link) }
            await #expect(throws: ClientError.LinkForeign) {
                try await pair.ben.acceptInvitation(link: "no link at all")
            }
            await #expect(throws: ClientError.LinkDamaged) {
                try await pair.ben.readInvitation(link: String(link.dropLast(5)))
            }
            await #expect(throws: ClientError.TextLength(limit: 16_384)) {
                try await pair.ben.sendText(id: pair.bensId, text: String(repeating: "x", count: 20_000))
            }
            let revoked = try await pair.ada.createInvitation(kind: .personal)
            #expect(try await pair.ada.revokeInvitation(id: revoked.id) == .done)
            await #expect(throws: ClientError.InvitationGone) {
                try await pair.ben.acceptInvitation(link: revoked.link)
            }
        }
    }

    @Test func aBugInTheCoreAsksToOpenAgainAndThenAllIsThere() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            try await pair.ben.sendText(id: pair.bensId, text: "before")
            try await pair.ben.close()
            try await breakOneClient(at: world.path("Ben"))
            let again = try await world.open("Ben")
            try await again.sendText(id: pair.bensId, text: "after")
            let page = try await pair.ada.messages(id: pair.adasId).first { $0.texts(.incoming).contains("after") }
            #expect(page?.texts(.incoming) == ["before", "after"])
        }
    }

    private func breakOneClient(at path: String) async throws {
        let vault = try testVault(directory: path)
        let client = try Client.open(config: Config(directory: path, vault: vault))
        await #expect(throws: ClientError.Reopen) { try await client.panicForTests() }
        await #expect(throws: ClientError.Reopen) { try await client.conversations() }
        await #expect(throws: ClientError.Reopen) { try await client.events(after: 0) }
    }

    @Test func aVaultThatThrowsMakesVaultFailedWhateverItThrows() async throws {
        try await World.run { world in
            for problem: any Error in [VaultError.Locked, CocoaError(.fileNoSuchFile)] {
                let vault = Vault { _ in throw problem }
                await #expect(throws: ClientError.VaultFailed) {
                    try await Tacita.open(directory: world.path("Ada"), vault: vault)
                }
            }
            // Nothing was left behind that would be in the way of a vault that works.
            _ = try await world.open("Ada")
        }
    }

    @Test func aVaultOfThePlatformIsCalledAndItsStoreOpensAgain() async throws {
        try await World.run { world in
            let vault = Vault { bytes in Data(bytes.map { $0 ^ 0x5a }) }
            let ada = try await Tacita.open(directory: world.path("Ada"), vault: vault)
            let account = try await ada.createAccount(relayLink: Relay.link(), name: "Ada").account
            try await ada.close()
            let again = try await Tacita.open(directory: world.path("Ada"), vault: vault)
            #expect(try await again.account() == account)
            try await again.close()
            let other = Vault { bytes in Data(count: bytes.count) }
            await #expect(throws: ClientError.WrongKey) {
                try await Tacita.open(directory: world.path("Ada"), vault: other)
            }
        }
    }

    @Test func aStoreIsOpenInOneClientAtATime() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            await #expect(throws: ClientError.StoreBusy) { try await world.open("Ada") }
            #expect(try await ada.account()?.name == "Ada")
        }
    }
}

/// A vault that does the same in both directions.
private final class Vault: KeyVault {
    private let change: @Sendable (Data) throws -> Data

    init(change: @escaping @Sendable (Data) throws -> Data) {
        self.change = change
    }

    func wrap(key: Data) throws -> Data { try change(key) }

    func unwrap(blob: Data) throws -> Data { try change(blob) }

    func isTest() throws -> Bool { false }
}

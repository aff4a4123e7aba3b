import Foundation
import Testing

@testable import TacitaKit

@Suite struct InboxTests {
    @Test func anInboxSaysThatSomethingCameAndWhatItFetchedIsThereAtTheNextStart() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let inbox = world.path("Bens inbox")
            let vault = try testVault(directory: inbox)
            let second = try await TacitaInbox.open(directory: inbox, vault: vault)
            await #expect(throws: ClientError.InboxMissing) { _ = try await second.check() }
            await #expect(throws: ClientError.InboxMissing) { try await pair.ben.collectInbox() }
            #expect(try await pair.ben.attachInbox(directory: inbox, vault: vault) == 0)
            try await pair.ben.close()

            try await pair.ada.sendText(id: pair.adasId, text: "one")
            var came: UInt32 = 0
            while came == 0 {
                let news = try await second.check(limitMs: 5_000)
                #expect(news.end == .complete)
                came += news.came
            }
            // A receipt may have come since.
            let again = try await second.check()
            came += again.came
            #expect(again.conversations == [ConversationNews(id: pair.bensId, came: again.came, waiting: came)])

            let back = try await world.open("Ben")
            #expect(try await back.attachInbox(directory: inbox, vault: vault) == came)
            _ = try await back.messages(id: pair.bensId).first { $0.texts(.incoming) == ["one"] }
            #expect(try await back.collectInbox() == 0)
            try second.cancel()
        }
    }

    @Test func mutedConversationsAreCountedApartAndADeletedAccountTakesItsInboxAlong() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let inbox = world.path("Bens inbox")
            let vault = try testVault(directory: inbox)
            let second = try await TacitaInbox.open(directory: inbox, vault: vault)
            try await pair.ben.attachInbox(directory: inbox, vault: vault)
            try await pair.ben.setMuted(id: pair.bensId, untilMs: UInt64(Int64.max))
            // The list follows a moment later.
            try await pair.ben.close()
            let back = try await world.open("Ben")
            try await back.attachInbox(directory: inbox, vault: vault)
            try await back.close()
            try await pair.ada.sendText(id: pair.adasId, text: "one")
            var muted: UInt32 = 0
            while muted == 0 {
                let news = try await second.check(limitMs: 5_000)
                #expect(news.came == 0)
                muted += news.muted
            }
            let last = try await world.open("Ben")
            try await last.attachInbox(directory: inbox, vault: vault)
            #expect(try await last.deleteAccount() == .done)
            await #expect(throws: ClientError.InboxMissing) { _ = try await second.check() }
            let left = try FileManager.default.contentsOfDirectory(atPath: inbox)
            #expect(left.sorted() == ["inbox.lock", "test-vault.key"])
            try await TacitaInbox.erase(directory: inbox)
        }
    }
}

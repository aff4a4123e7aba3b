import Foundation
import Testing

@testable import TacitaKit

@Suite struct ArrangeTests {
    @Test func whatAUserDecidesAboutAConversationStandsInTheList() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, id) = (pair.ada, pair.adasId)
            try await ada.setNickname(id: id, name: "die Große")
            try await ada.saveDraft(id: id, draft: "half a")
            try await ada.setPinned(id: id, pinned: true)
            try await ada.setArchived(id: id, archived: true)
            try await ada.setMuted(id: id, untilMs: UInt64(Int64.max))
            let list = try await ada.conversations().first { $0.first?.mutedUntilMs == UInt64(Int64.max) }
            let arranged = try #require(list?.first)
            #expect(arranged.nickname == "die Große" && arranged.draft == "half a")
            #expect(arranged.pinned && arranged.archived && !arranged.blocked)
            try await ada.sendText(id: id, text: "a whole")
            let sent = try #require(try await ada.conversationList().first)
            #expect(sent.draft.isEmpty && !sent.archived && sent.pinned)
        }
    }

    @Test func aBlockedContactIsNotHeardAndADeletedOneIsGone() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, ben, id) = (pair.ada, pair.ben, pair.adasId)
            try await ada.setBlocked(id: id, blocked: true)
            await #expect(throws: ClientError.WrongState) { try await ada.sendText(id: id, text: "no") }
            try await ben.sendText(id: pair.bensId, text: "unwanted")
            try await ada.setBlocked(id: id, blocked: false)
            try await ben.sendText(id: pair.bensId, text: "wanted")
            _ = try await ada.messages(id: id).first { $0.texts(.incoming).contains("wanted") }
            try await ada.deleteConversation(id: id)
            #expect(try await ada.conversationList().isEmpty)
            await #expect(throws: ClientError.NotFound) { try await ada.deleteConversation(id: id) }
        }
    }
}

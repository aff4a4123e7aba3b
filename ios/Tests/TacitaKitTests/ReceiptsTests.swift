import Foundation
import Testing

@testable import TacitaKit

@Suite struct ReceiptsTests {
    @Test func whatWasReadIsToldAndShownOnlyWhileOneTellsItToo() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, ben) = (pair.ada, pair.ben)
            try await ada.sendText(id: pair.adasId, text: "read this")
            let page = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("read this") }
            let last = try #require(page?.messages.last)
            try await ben.markRead(id: pair.bensId, place: last.place)
            _ = try await ada.messages(id: pair.adasId).first { $0.messages.last?.delivery == .read }

            let silent = PrivacySettings(deliveryReceipts: true, readReceipts: false, typing: true)
            try await ada.setPrivacySettings(silent)
            #expect(try await ada.privacySettings() == silent)
            _ = try await ada.messages(id: pair.adasId).first { $0.messages.last?.delivery == .delivered }
        }
    }

    @Test func aContactWhoWritesIsShownUntilTheTextComes() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, ben) = (pair.ada, pair.ben)
            try await ada.sendText(id: pair.adasId, text: "hello")
            _ = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("hello") }
            try await ada.setTyping(id: pair.adasId, writing: true)
            _ = try await ben.conversations().first { $0.first?.typing == true }
            try await ada.sendText(id: pair.adasId, text: "written")
            _ = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("written") }
            #expect(try await ben.conversationList().first?.typing == false)
        }
    }
}

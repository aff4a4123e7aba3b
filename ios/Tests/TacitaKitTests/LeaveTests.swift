import Foundation
import Testing

@testable import TacitaKit

@Suite struct LeaveTests {
    @Test func aDeletedAccountTellsItsContactsAndLeavesNothingBehind() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, ben) = (pair.ada, pair.ben)
            try await ada.sendText(id: pair.adasId, text: "farewell")
            _ = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("farewell") }
            #expect(try await ada.deleteAccount() == .done)
            await #expect(throws: ClientError.Closed) { try await ada.conversationList() }
            let list = try await ben.conversations().first { $0.first?.state == .left }
            #expect(list?.first != nil)
            await #expect(throws: ClientError.WrongState) {
                try await ben.sendText(id: pair.bensId, text: "wait")
            }
            await #expect(throws: ClientError.WrongState) { try await ben.retryNow(id: pair.bensId) }
        }
    }
}

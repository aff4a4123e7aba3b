import Foundation
import Testing

@testable import TacitaKit

@Suite struct OutboxTests {
    @Test func whatWaitsForTheNetworkIsEditedDroppedCountedAndSent() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let (ada, ben, id) = (pair.ada, pair.ben, pair.adasId)
            try await ada.sendText(id: id, text: "before")
            _ = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("before") }
            let page = try await ada.messages(id: id).first { $0.messages.last?.delivery == .delivered }
            let sent = try #require(page?.messages.last)
            // Nothing is on its way that would show that there is a network after all.
            try await Task.sleep(for: .seconds(2))
            try await ada.networkIsLost()
            let first = try await ada.sendText(id: id, text: "first")
            #expect(first.delivery == .waiting(reason: .offline))
            let second = try await ada.sendText(id: id, text: "second")
            let edited = try await ada.editQueued(id: id, place: first.place, text: "edited")
            #expect(edited.place == first.place)
            try await ada.dropQueued(id: id, place: second.place)
            #expect(try await ada.queued(id: id) == [edited])
            let outbox = try await ada.outbox()
            #expect(outbox.count == 1)
            #expect(outbox.conversations.first?.waiting == 1)
            #expect(outbox.conversations.first?.oldestMs == outbox.oldestMs)
            try await ada.setBlocked(id: id, blocked: true)
            #expect(try await ada.queued(id: id).map(\.delivery) == [.waiting(reason: .blocked)])
            #expect(try await ada.outbox().conversations.first?.reason == .blocked)
            try await ada.setBlocked(id: id, blocked: false)
            #expect(try await ada.queued(id: id) == [edited])
            await #expect(throws: ClientError.TooLate) {
                try await ada.editQueued(id: id, place: sent.place, text: "too late")
            }
            await #expect(throws: ClientError.NotFound) {
                try await ada.dropQueued(id: id, place: second.place)
            }
            try await ada.networkIsBack()
            try await ada.retryNow(id: id)
            let came = try await ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("edited") }
            #expect(came?.texts(.incoming) == ["before", "edited"])
            _ = try await ada.messages(id: id).first { $0.messages.last?.delivery == .delivered }
            await #expect(throws: ClientError.TooLate) {
                try await ada.dropQueued(id: id, place: first.place)
            }
            #expect(try await ada.outbox().count == 0)
        }
    }
}

import Foundation
import Testing

@testable import TacitaKit

@Suite struct StorageTests {
    @Test func messagesAreCountedDeletedByPlaceAndByAgeAndRoomIsGivenBack() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            for text in ["one", "two", "three"] {
                try await pair.ben.sendText(id: pair.bensId, text: text)
            }
            _ = try await pair.ada.messages(id: pair.adasId).first { $0.texts(.incoming).count == 3 }
            let before = try await pair.ada.storage()
            #expect(before.conversations.map(\.id) == [pair.adasId])
            #expect(before.messages == 3)
            #expect(before.messageBytes == UInt64("onetwothree".utf8.count))
            #expect(before.totalBytes > before.messageBytes)
            #expect(try #require(before.diskFreeBytes) > 0)

            let first = try #require(try await pair.ada.messagePage(id: pair.adasId).messages.first).place
            #expect(try await pair.ada.deleteMessages(id: pair.adasId, places: [first, 999]) == 1)
            #expect(try await pair.ada.messagePage(id: pair.adasId).texts(.incoming) == ["two", "three"])
            #expect(try await pair.ben.messagePage(id: pair.bensId).messages.count == 3)

            let year2100: UInt64 = 4_102_444_800_000
            var deleted: UInt32 = 0
            for try await batch in pair.ada.cleanUp(beforeMs: year2100, within: pair.adasId) {
                deleted += batch.deleted
            }
            #expect(deleted == 2)
            #expect(try await pair.ada.storage().messages == 0)
            // A receipt that leaves meanwhile may free a page behind it.
            var left: UInt64 = 1
            for _ in 0..<20 where left > 0 {
                for try await bytes in pair.ada.shrinkStore() { left = bytes }
                #expect(left == 0)
                left = try await pair.ada.storage().freeBytes
            }
            #expect(left == 0)
            let nobody = String(repeating: "0", count: 64)
            await #expect(throws: ClientError.NotFound) {
                for try await _ in pair.ada.cleanUp(beforeMs: year2100, within: nobody) {}
            }
        }
    }

    @Test func aConversationBecomesFilesWholeOrNotAtAll() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let text = "</script> \u{202e} שלום \u{0}"
            for number in 0..<250 {
                try await pair.ben.sendText(id: pair.bensId, text: number == 0 ? text : "text \(number)")
            }
            let folder = world.path("out")
            let files = FileManager.default
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Stopped after the first step: nothing is left.
            for try await progress in pair.ben.exportConversation(id: pair.bensId, folder: folder) {
                #expect(progress.folder == nil)
                break
            }
            _ = try await pair.ben.storage()
            #expect(try files.contentsOfDirectory(atPath: folder).isEmpty)

            var last: ExportProgress?
            for try await progress in pair.ben.exportConversation(id: pair.bensId, folder: folder) {
                last = progress
            }
            let end = try #require(last)
            #expect(end.written == 250)
            let whole = URL(fileURLWithPath: try #require(end.folder))
            #expect(whole.lastPathComponent == "Ada")
            let page = try String(contentsOf: whole.appendingPathComponent("messages.html"), encoding: .utf8)
            #expect(!page.contains("<script") && !page.contains("</script") && !page.contains("\u{0}"))
            #expect(page.contains("text 249"))
            let json = try String(contentsOf: whole.appendingPathComponent("messages.json"), encoding: .utf8)
            #expect(json.contains("\"text\": \"\\u003c/script\\u003e \\u202e שלום \\u0000\""))
            await #expect(throws: ClientError.ExportExists) {
                for try await _ in pair.ben.exportConversation(id: pair.bensId, folder: folder) {}
            }
            let nowhere = world.path("nowhere")
            await #expect(throws: ClientError.ExportFailed) {
                for try await _ in pair.ben.exportConversation(id: pair.bensId, folder: nowhere) {}
            }
        }
    }
}

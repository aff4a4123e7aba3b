import Testing

@testable import TacitaKit

@Suite struct SearchTests {
    private func texts(_ page: SearchPage) -> [String] {
        page.hits.compactMap { if case .text(let text) = $0.body { text } else { nil } }
    }

    @Test func textsAreFoundNewestFirstPageByPage() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            var places: [UInt64] = []
            for text in ["Grüße aus Köln", "something else", "viele Grüße"] {
                places.append(try await pair.ben.sendText(id: pair.bensId, text: text).place)
            }
            let all = try await pair.ben.search(text: "gruss")
            #expect(texts(all) == ["viele Grüße", "Grüße aus Köln"])
            #expect(all.hits.first?.place == places[2])
            #expect(all.hits.first?.conversation == pair.bensId)
            #expect(all.next == nil)
            let first = try await pair.ben.search(text: "grü", within: pair.bensId, limit: 1)
            #expect(texts(first) == ["viele Grüße"])
            let next = try #require(first.next)
            let second = try await pair.ben.search(text: "grü", within: pair.bensId, before: next, limit: 1)
            #expect(texts(second) == ["Grüße aus Köln"])
            #expect(second.next == nil)

            _ = try await pair.ada.messages(id: pair.adasId).first { $0.texts(.incoming).contains("viele Grüße") }
            #expect(texts(try await pair.ada.search(text: "aus koln")) == ["Grüße aus Köln"])
        }
    }

    @Test func whatIsTypedIsNeverSyntax() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            try await pair.ben.sendText(id: pair.bensId, text: "東京タワー 🎉 a-b")
            for found in ["京", "🎉", "\"a-b", "B*"] {
                #expect(try await pair.ben.search(text: found).hits.count == 1, "\(found)")
            }
            for nothing in ["", "\"", "NEAR(", "a OR x", "*"] {
                #expect(try await pair.ben.search(text: nothing).hits.isEmpty, "\(nothing)")
            }
            let nobody = String(repeating: "0", count: 64)
            await #expect(throws: ClientError.NotFound) {
                try await pair.ben.search(text: "a", within: nobody)
            }
        }
    }
}

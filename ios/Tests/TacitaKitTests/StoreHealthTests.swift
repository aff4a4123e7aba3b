import Foundation
import Testing

@testable import TacitaKit

@Suite struct StoreHealthTests {
    @Test func aStoreIsCheckedAfterAnUncleanEnd() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            #expect(try await ada.storeHealth() == .sound)
            try await ada.close()
            // What a kill leaves, in so far as the next opening looks at it.
            let mark = world.path("Ada") + "/tacita.unchecked"
            #expect(FileManager.default.createFile(atPath: mark, contents: nil))
            let again = try await world.open("Ada")
            _ = try await again.events().first { $0 == .store }
            #expect(try await again.storeHealth() == .sound)
            #expect(try await again.account()?.name == "Ada")
            #expect(!FileManager.default.fileExists(atPath: mark))
        }
    }

    @Test func damageThatTheCheckFindsIsToldByEveryCallAndKept() async throws {
        try await World.run { world in
            try await world.person("Ada").close()
            let database = URL(fileURLWithPath: world.path("Ada") + "/tacita.db")
            var bytes = try Data(contentsOf: database)
            for page in 8..<bytes.count / 4096 { bytes[page * 4096] ^= 1 }
            try bytes.write(to: database)
            _ = FileManager.default.createFile(atPath: world.path("Ada") + "/tacita.unchecked", contents: nil)
            // It may be found while the store is being opened, too.
            do {
                let client = try await world.open("Ada")
                for try await _ in client.changes(after: 1_000_000) {}
                Issue.record("the damage was not told")
            } catch ClientError.StoreCorrupt(let movedTo) {
                let kept = URL(fileURLWithPath: world.path("Ada") + "/" + movedTo)
                #expect(try Data(contentsOf: kept) == bytes)
            }
            #expect(try await world.open("Ada").account() == nil)
        }
    }
}

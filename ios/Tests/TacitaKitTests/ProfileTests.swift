import Foundation
import Testing

@testable import TacitaKit

private let picture = Data([0xFF, 0xD8, 0xFF]) + Data(repeating: 7, count: 5000)

@Suite struct ProfileTests {
    @Test func aNameAndAPictureAreShownToWhoeverBecomesAContact() async throws {
        try await World.run { world in
            let (ada, ben) = (try await world.person("Ada"), try await world.person("Ben"))
            try await ada.setProfile(name: "Countess", picture: picture)
            let own = try await ada.profile()
            #expect(own.name == "Countess" && own.revision == 1 && own.picture == picture)
            #expect(try await ada.account()?.name == "Countess")
            let invitation = try await ada.createInvitation(kind: .personal)
            let id = try await ben.acceptInvitation(link: invitation.link)
            let list = try await ben.conversations().first { ($0.first?.pictureRevision ?? 0) > 0 }
            let line = try #require(list?.first)
            #expect(line.shownName == "Countess")
            let shown = try #require(try await ben.profilePicture(id: id))
            #expect(shown.revision == line.pictureRevision && shown.bytes == picture)
            try await ben.setNickname(id: id, name: "Ada L.")
            #expect(try await ben.conversationList().first?.shownName == "Ada L.")
            let adasId = try #require(try await ada.conversationList().first).id
            #expect(try await ada.profilePicture(id: adasId) == nil)
            #expect(try await ben.storage().pictureBytes > 0)
        }
    }

    @Test func whatCannotBeAProfileIsRefused() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            let large = picture + Data(count: 16384)
            await #expect(throws: ClientError.NameLength(limit: 64)) {
                try await ada.setProfile(name: "", picture: nil)
            }
            await #expect(throws: ClientError.NameCharacters) {
                try await ada.setProfile(name: "A\nda", picture: nil)
            }
            await #expect(throws: ClientError.UnknownPictureFormat) {
                try await ada.setProfile(name: "Ada", picture: Data("GIF89a".utf8))
            }
            await #expect(throws: ClientError.PictureLength(limit: 16384)) {
                try await ada.setProfile(name: "Ada", picture: large)
            }
            let own = try await ada.profile()
            #expect(own.name == "Ada" && own.revision == 0 && own.picture == nil)
        }
    }
}

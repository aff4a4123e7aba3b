import Testing

@testable import TacitaKit

@Suite struct TalkTests {
    @Test func theCoreAnswersWithItsVersion() throws {
        #expect(try coreVersion().wholeMatch(of: /\d+\.\d+\.\d+/) != nil)
    }

    @Test func anAccountIsCreatedOnceAndFoundAgain() async throws {
        try await World.run { world in
            let ada = try await world.open("Ada")
            #expect(try await ada.account() == nil)
            let created = try await ada.createAccount(relayLink: Relay.link(), name: "Ada")
            #expect(created.recoverySecret.filter { $0.isLetter || $0.isNumber }.count == 52)
            #expect(!"\(created)".contains(created.recoverySecret), "a record that is logged shows the secret")
            #expect(try await ada.account() == created.account)
            #expect(created.account.id.wholeMatch(of: /[0-9a-f]{64}/) != nil)
            try await ada.close()
            #expect(try await world.open("Ada").account() == created.account)
        }
    }

    @Test func anInvitationCanBeReadAcceptedAndRevoked() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            let ben = try await world.person("Ben")
            let invitation = try await ada.createInvitation(kind: .personal)
            #expect(invitation.state == .live)
            let preview = try await ben.readInvitation(link: invitation.link)
            #expect(try await ada.account()?.id == preview.account)
            #expect(!preview.own)
            #expect(preview.known == nil)
            #expect(try await ada.readInvitation(link: invitation.link).own)
            let id = try await ben.acceptInvitation(link: invitation.link)
            #expect(try await ben.readInvitation(link: invitation.link).known == id)
            let second = try await ada.createInvitation(kind: .personal)
            #expect(try await ada.revokeInvitation(id: second.id) == .done)
            #expect(try await !ada.invitations().contains { $0.id == second.id })
        }
    }

    @Test func textsGoBothWaysAndAreReportedAsDelivered() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let sent = try await pair.ben.sendText(id: pair.bensId, text: "hello Ada")
            #expect(sent.body == .text(text: "hello Ada"))
            _ = try await pair.ada.messages(id: pair.adasId).first { $0.texts(.incoming).contains("hello Ada") }
            try await pair.ada.sendText(id: pair.adasId, text: "hello Ben")
            _ = try await pair.ben.messages(id: pair.bensId).first { $0.texts(.incoming).contains("hello Ben") }
            let delivered = try await pair.ben.messages(id: pair.bensId).first { page in
                page.messages.contains { $0.direction == .outgoing && $0.delivery == .delivered }
            }
            #expect(delivered?.messages.first { $0.direction == .outgoing }?.place == sent.place)
            let named = try await pair.ada.conversations().first { $0.first?.name.isEmpty == false }
            #expect(named?.map(\.name) == ["Ben"])
            try await pair.ada.networkIsBack()
            #expect(try await pair.ada.relays().contains { $0.state == .online })
        }
    }

    @Test func pagesFollowOnOneAnother() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            var places: [UInt64] = []
            for number in 1...5 {
                places.append(try await pair.ben.sendText(id: pair.bensId, text: "\(number)").place)
            }
            let newest = try await pair.ben.messagePage(id: pair.bensId, limit: 2)
            #expect(newest.texts(.outgoing) == ["4", "5"])
            #expect(newest.more)
            let first = try #require(newest.messages.first)
            let before = try await pair.ben.messagePage(id: pair.bensId, before: first.place, limit: 2)
            #expect(before.texts(.outgoing) == ["2", "3"])
            let after = try await pair.ben.messagePageAfter(id: pair.bensId, after: places[2])
            #expect(after.texts(.outgoing) == ["4", "5"])
            #expect(!after.more)
            try await pair.ben.markRead(id: pair.bensId, place: places[4])
        }
    }

    @Test func bothSidesSeeTheSameSafetyNumberAndCanScanIt() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let adas = try await pair.ada.safetyNumber(id: pair.adasId)
            let bens = try await pair.ben.safetyNumber(id: pair.bensId)
            #expect(adas.digits == bens.digits)
            #expect(adas.digits.filter { !$0.isWhitespace }.wholeMatch(of: /[0-9]{60}/) != nil)
            #expect(adas.verification == .unverified)
            #expect(try await pair.ada.verifyScanned(id: pair.adasId, scanned: bens.qr) == .verified)
            #expect(try await pair.ada.safetyNumber(id: pair.adasId).verification == .verified)
            try await pair.ada.markVerified(id: pair.adasId, verified: false)
            #expect(try await pair.ada.conversationList().map(\.verification) == [.unverified])
        }
    }

    @Test func anothersCodeIsAnAlarmThatStaysUntilItIsDismissed() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let cleo = try await world.person("Cleo")
            let link = try await pair.ada.createInvitation(kind: .personal).link
            let cleos = try await cleo.safetyNumber(id: cleo.acceptInvitation(link: link))
            #expect(try await pair.ada.verifyScanned(id: pair.adasId, scanned: cleos.qr) == .alarm)
            await #expect(throws: ClientError.WrongState) {
                try await pair.ada.markVerified(id: pair.adasId, verified: true)
            }
            try await pair.ada.close()
            let again = try await world.open("Ada")
            _ = try await again.conversations().first {
                $0.contains { $0.id == pair.adasId && $0.verification == .alarm }
            }
            let own = try await again.safetyNumber(id: pair.adasId).qr
            await #expect(throws: ClientError.LinkForeign) {
                try await again.verifyScanned(id: pair.adasId, scanned: own)
            }
            try await again.dismissAlarm(id: pair.adasId)
            #expect(try await again.safetyNumber(id: pair.adasId).verification == .unverified)
            await #expect(throws: ClientError.WrongState) { try await again.dismissAlarm(id: pair.adasId) }
            let bens = try await pair.ben.safetyNumber(id: pair.bensId)
            #expect(try await again.verifyScanned(id: pair.adasId, scanned: bens.qr) == .verified)
        }
    }

    @Test func aPublicLinkMakesARequestThatCanBeAccepted() async throws {
        try await World.run { world in
            let ada = try await world.person("Ada")
            let ben = try await world.person("Ben")
            let link = try await ada.createInvitation(kind: .public).link
            let bensId = try await ben.acceptInvitation(link: link)
            try await ben.sendText(id: bensId, text: "may I?")
            let list = try await ada.conversations().first { !$0.isEmpty }
            let request = try #require(list?.first)
            #expect(request.state == .request)
            try await ada.acceptRequest(id: request.id)
            try await ada.sendText(id: request.id, text: "you may")
            _ = try await ben.messages(id: bensId).first { $0.texts(.incoming).contains("you may") }
        }
    }

    @Test func aCursorGoesOnWhereItWasAlsoAfterARestart() async throws {
        try await World.run { world in
            let pair = try await world.pair()
            let batch = try await pair.ada.changes().first { _ in true }
            let cursor = try #require(batch?.cursor)
            try await pair.ben.sendText(id: pair.bensId, text: "news")
            _ = try await pair.ada.messages(id: pair.adasId).first { $0.texts(.incoming).contains("news") }
            try await pair.ada.close()
            let again = try await world.open("Ada")
            let event = try await again.events(after: cursor).first { $0 == .conversation(id: pair.adasId) }
            #expect(event != nil)
            let later = try await again.changes(after: cursor).first { _ in true }
            #expect(try #require(later).cursor > cursor)
        }
    }
}

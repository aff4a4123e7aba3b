import Foundation
import Observation
import Testing

@testable import TacitaKit

@MainActor @Suite struct ModelTests {
    @Test func fromAnEmptyStoreToAVerifiedContactAndThroughTheLock() async throws {
        try await World.run { @MainActor world in
            let (ada, ben) = (try await start(world, "Ada"), try await start(world, "Ben"))
            let (adas, bens) = (try await ada.client(), try await ben.client())
            let (adasList, bensList) = (ConversationListModel(client: adas), ConversationListModel(client: bens))
            try await meet(inviting: adas, accepting: bens)
            let adasRow = try await first { adasList.state.shown?.rows.first { $0.shownName == "Ben" } }
            let bensRow = try await first { bensList.state.shown?.rows.first { $0.shownName == "Ada" } }
            try await until { adasList.state.relay == .online && adasList.state.outbox != nil }

            let adasTalk = ConversationModel(client: adas, id: adasRow.id)
            let bensTalk = ConversationModel(client: bens, id: bensRow.id)
            adasTalk.write("  see you at nine\n")
            adasTalk.send()
            #expect(adasTalk.state.draft == "")
            let seen = try await first { bensTalk.state.shown?.messages.first { $0.text == "see you at nine" } }
            try await until { adasTalk.state.shown?.messages.last?.delivery == .delivered }
            bensTalk.read(seen)
            try await until { adasTalk.state.shown?.messages.last?.delivery == .read }
            try await until { bensList.state.shown?.rows.first?.unread == 0 }

            try await verify(ContactModel(client: adas, id: adasRow.id), ContactModel(client: bens, id: bensRow.id))
            try await until { adasList.state.shown?.rows.first?.verification == .verified }

            bensList.search("NIN")
            let hit = try await first { bensList.state.hits?.first }
            #expect(hit.conversation.id == bensRow.id && hit.message.text == "see you at nine")
            bensList.search(" ")
            #expect(bensList.state.hits == nil)

            for model in [adasTalk, bensTalk] { model.close() }
            for model in [adasList, bensList] { model.close() }
            try await lockAndUnlock(ada)
            for app in [ada, ben] { await app.shutDown() }
        }
    }

    @Test func aWrongRelayLinkIsAProblemAndItIsAskedForAgain() async throws {
        try await World.run { @MainActor world in
            let app = try model(world, "Ada")
            try await until { app.state.isWelcome }
            app.createAccount(relayLink: "https://relay.invalid", name: "Ada")
            #expect(!app.state.isWelcome)
            try await until { app.state.isWelcome }
            #expect(app.problem == .LinkForeign)
            app.dismissProblem()
            #expect(app.problem == nil)
            await app.shutDown()
        }
    }

    @Test func whoeverObservesAModelIsToldOfAChange() async throws {
        try await World.run { @MainActor world in
            let app = try model(world, "Ada")
            let (changes, told) = AsyncStream<Void>.makeStream()
            withObservationTracking { _ = app.state } onChange: { told.yield() }
            for await _ in changes { break }
            await app.shutDown()
        }
    }

    @Test func theStoreIsOpenedOnceHoweverOftenItIsAskedFor() async throws {
        try await World.run { @MainActor world in
            let app = try await start(world, "Ada")
            let before = try await app.client()
            app.open()
            var isDone = false
            app.setLock(current: "", new: "") { isDone = true }
            try await until { isDone }
            #expect(try await app.client() === before)
            app.lock()
            app.open()
            _ = try await first { if case .ready(let now, _, _) = app.state, now !== before { now } else { nil } }
            #expect(app.problem == nil)
            await app.shutDown()
        }
    }

    @Test func aDeletedOrErasedAccountLeavesAWelcome() async throws {
        try await World.run { @MainActor world in
            let (directory, inbox) = (world.path("Ada"), world.path("inbox"))
            let app = AppModel(
                directory: directory, vault: try testVault(directory: directory),
                inbox: InboxPlace(directory: inbox, vault: try testVault(directory: inbox)))
            app.open()
            try await createAccount(app, "Ada")
            app.deleteAccount { Issue.record("its relay could not be asked") }
            try await until { app.state.isWelcome }
            try await createAccount(app, "Ada")
            let key = FileManager.default.contents(atPath: inbox + "/inbox.key")
            #expect(key != nil)
            app.erase()
            try await until { app.state.isWelcome }
            #expect(app.problem == nil)
            #expect(FileManager.default.contents(atPath: inbox + "/inbox.key") != key)
            await app.shutDown()
        }
    }

    @Test func aDeletionThatCannotBeToldItsRelayKeepsTheAccountUntilItIsErased() async throws {
        try await World.run { @MainActor world in
            let app = try await start(world, "Ada")
            // Of which the relay holds something.
            _ = try await app.client().createInvitation(kind: .public)
            app.networkIs(there: false)
            for _ in 0..<2 {
                var isQueued = false
                app.deleteAccount { isQueued = true }
                try await until { isQueued }
            }
            _ = try await app.client()
            #expect(app.problem == nil)
            app.erase()
            try await until { app.state.isWelcome }
            await app.shutDown()
        }
    }

    @Test func whatWasBegunOutlivesAnEditAndTheScreenAndWhatWasSentIsSent() async throws {
        try await World.run { @MainActor world in
            let pair = try await world.pair()
            let talk = ConversationModel(client: pair.ada, id: pair.adasId)
            try await until { talk.state.shown != nil }
            talk.write("first")
            talk.send()
            talk.write("second")
            talk.send()
            talk.write("begun")
            let sent = try await first { talk.state.shown?.messages.first { $0.text == "first" } }
            talk.edit(sent)
            #expect(talk.state.draft == "first" && talk.state.editing == sent)
            talk.close()
            let later = ConversationModel(client: pair.ada, id: pair.adasId)
            try await until { later.state.shown?.conversation.draft == "begun" }
            #expect(later.state.shown?.messages.compactMap(\.text) == ["first", "second"])
            later.edit(sent)
            later.send()
            try await until { later.problem == .TooLate }
            #expect(later.state.draft == "first" && later.state.editing == nil)
            let contact = ContactModel(client: pair.ada, id: pair.adasId)
            contact.delete()
            try await until { later.state.gone && contact.state.gone }
            #expect(contact.problem == nil)
            contact.close()
            later.close()
        }
    }

    @Test func settingsAreReadChangedAndCleanedUp() async throws {
        try await World.run { @MainActor world in
            let pair = try await world.pair()
            let settings = SettingsModel(client: pair.ada)
            try await until { settings.state.profile?.name == "Ada" && settings.state.relays?.isEmpty == false }
            #expect(settings.state.health == .sound)
            settings.setProfile(name: " Ada L. ", picture: nil)
            settings.setPrivacy(PrivacySettings(deliveryReceipts: true, readReceipts: false, typing: true))
            try await until { settings.state.profile?.name == "Ada L." }
            try await until { settings.state.privacy?.readReceipts == false }
            try await pair.ben.sendText(id: pair.bensId, text: "old")
            _ = try await pair.ada.messages(id: pair.adasId).first { @Sendable in $0.texts(.incoming) == ["old"] }
            settings.measure()
            try await until { settings.state.storage?.messages == 1 }
            settings.cleanUp(beforeMs: UInt64(Date.distantFuture.timeIntervalSince1970 * 1000))
            #expect(settings.state.cleaned == 0)
            try await until { settings.state.cleaned == nil }
            #expect(settings.state.storage?.messageBytes == 0 && settings.problem == nil)
            settings.close()
        }
    }

    @Test func anExportTellsHowFarItIsAndAnUnknownContactIsGone() async throws {
        try await World.run { @MainActor world in
            let pair = try await world.pair()
            let contact = ContactModel(client: pair.ada, id: pair.adasId)
            try FileManager.default.createDirectory(atPath: world.path("export"), withIntermediateDirectories: true)
            contact.export(folder: world.path("export"))
            let folder = try await first { contact.state.export?.folder }
            #expect(FileManager.default.fileExists(atPath: folder + "/messages.json"))
            contact.setNickname(" Benjamin ")
            contact.setPinned(true)
            try await until { contact.state.conversation?.nickname == "Benjamin" }
            let nobody = ContactModel(client: pair.ada, id: String(repeating: "0", count: 64))
            try await until { nobody.state.gone }
            #expect(contact.problem == nil && nobody.problem == nil)
            for model in [contact, nobody] { model.close() }
        }
    }

    @Test func aModelThatNobodyHoldsIsGoneAndItsScreenWithIt() async throws {
        try await World.run { @MainActor world in
            let client = try await world.person("Ada")
            // More than may be open at once.
            for _ in 0..<70 {
                weak var gone: ConversationListModel?
                do {
                    let list = ConversationListModel(client: client)
                    try await until { list.state.shown != nil }
                    gone = list
                }
                try await until { gone == nil }
            }
        }
    }

    /// An app whose store is being opened.
    private func model(_ world: World, _ name: String) throws -> AppModel {
        let directory = world.path(name)
        let app = AppModel(directory: directory, vault: try testVault(directory: directory))
        app.open()
        return app
    }

    /// An app with an account.
    private func start(_ world: World, _ name: String) async throws -> AppModel {
        let app = try model(world, name)
        try await createAccount(app, name)
        return app
    }

    private func createAccount(_ app: AppModel, _ name: String) async throws {
        try await until { app.state.isWelcome }
        app.createAccount(relayLink: try Relay.link() + "\n", name: name)
        let secret = try await first { app.state.secret }
        #expect(secret.groups.count == 13 && Set(secret.asked).count == 2 && !secret.wrong)
        #expect(!"\(app.state)".contains(secret.groups[0]))
        app.confirmSecret(["AAAA", "AAAA"])
        #expect(app.state.secret?.wrong == true && app.state.secret?.asked == secret.asked)
        app.confirmSecret(secret.asked.map { " " + secret.groups[$0].lowercased() })
        _ = try await app.client()
        #expect(app.problem == nil)
    }

    private func meet(inviting: Tacita, accepting: Tacita) async throws {
        let (inviter, guest) = (InviteModel(client: inviting), InviteModel(client: accepting))
        inviter.create(.personal)
        let link = try await first { inviter.state.busy ? nil : inviter.state.shown?.link }
        guest.enter(link + "x")
        _ = try await first { guest.problem }
        guest.enter(link)
        #expect(try await first { guest.state.preview }.own == false)
        guest.accept()
        _ = try await first { guest.state.accepted }
        guest.arrived()
        #expect(guest.state.accepted == nil && guest.state.link == "")
        try await until { inviter.state.invitations?.first?.state == .used && !guest.state.busy }
        inviter.close()
        guest.close()
    }

    private func verify(_ scanning: ContactModel, _ showing: ContactModel) async throws {
        scanning.scan(try await first { showing.state.safety }.qr)
        try await until { scanning.state.scanned == .verified && scanning.state.safety?.verification == .verified }
        scanning.close()
        showing.close()
    }

    private func lockAndUnlock(_ app: AppModel) async throws {
        var isDone = false
        app.setLock(current: "", new: "correct horse") { isDone = true }
        try await until { isDone && app.state.hasLock }
        app.lock()
        try await until { app.state.isLocked(wrong: false) }
        app.unlock("battery staple")
        try await until { app.state.isLocked(wrong: true) }
        app.unlock("correct horse")
        #expect(try await app.client().account()?.name == "Ada")
        #expect(app.state.hasLock && app.problem == nil)
    }
}

@MainActor private func until(_ holds: () -> Bool) async throws {
    _ = try await first { holds() ? true : nil }
}

/// What is there by now, or will be soon.
@MainActor private func first<Value: Sendable>(_ find: () -> Value?) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
        if let found = find() { return found }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try #require(find())
}

extension AppModel {
    fileprivate func client() async throws -> Tacita {
        try await first { if case .ready(let client, _, _) = self.state { client } else { nil } }
    }
}

extension AppState {
    fileprivate var isWelcome: Bool { if case .welcome(busy: false) = self { true } else { false } }
    fileprivate var hasLock: Bool { if case .ready(_, _, hasLock: true) = self { true } else { false } }
    fileprivate var secret: RecoverySecret? { if case .secret(let secret) = self { secret } else { nil } }

    fileprivate func isLocked(wrong: Bool) -> Bool {
        if case .locked(wrong, _, busy: false) = self { true } else { false }
    }
}

extension MessageView {
    fileprivate var text: String? { if case .text(let text) = body { text } else { nil } }
}

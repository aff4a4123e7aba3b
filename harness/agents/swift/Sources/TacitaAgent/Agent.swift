import Foundation
import TacitaKit

/// One client, driven by requests, each a line of JSON; answers come in the order in which they are ready.
actor Agent {
    private let directory: String
    private var client: Tacita?
    private var watching: Task<Void, Never>?
    /// The conversation list, as it was told piece by piece.
    private var list: [ConversationView] = []

    init(directory: String) {
        self.directory = directory
    }

    func handle(_ request: Request) async {
        do {
            let answer = try await run(request)
            say(["id": request.id, "ok": answer])
        } catch {
            say(["id": request.id, "error": encodeError(error)])
        }
    }

    private func run(_ request: Request) async throws -> Any {
        switch request.op {
        case "open":
            try await open(passphrase: request.has("passphrase") ? request.text("passphrase") : nil)
            return encode(())
        case "shown": return encode(list)
        case "watch": return encode(try watch())
        case "unwatch": return encode(await unwatch())
        default:
            guard let client else { throw ClientError.Closed }
            return try await run(request, with: client)
        }
    }

    private func run(_ request: Request, with client: Tacita) async throws -> Any {
        switch request.op {
        case "account":
            return encode(try await client.account() as Any)
        case "create_account":
            let link = try request.text("relay_link")
            return encode(try await client.createAccount(relayLink: link, name: request.text("name")))
        case "create_invitation":
            let kind: InvitationKind = try request.text("kind") == "public" ? .public : .personal
            return encode(try await client.createInvitation(kind: kind))
        case "invitations":
            return encode(try await client.invitations())
        case "revoke_invitation":
            return encode(try await client.revokeInvitation(id: request.text("id")))
        case "read_invitation":
            return encode(try await client.readInvitation(link: request.text("link")))
        case "accept_invitation":
            return encode(try await client.acceptInvitation(link: request.text("link")))
        case "conversations":
            return encode(try await client.conversationList())
        case "accept_request":
            return encode(try await client.acceptRequest(id: request.text("id")))
        case "decline_request":
            return encode(try await client.declineRequest(id: request.text("id")))
        case "send_text":
            return encode(try await client.sendText(id: request.text("id"), text: request.text("text")))
        case "send_many":
            let (id, prefix) = try (request.text("id"), request.text("prefix"))
            let count: Int = try request.number("count")
            for number in stride(from: 1, through: count, by: 1) {
                try await client.sendText(id: id, text: "\(prefix)-\(number)")
            }
            return encode(())
        case "edit_queued":
            return encode(
                try await client.editQueued(
                    id: request.text("id"), place: request.number("place"), text: request.text("text")))
        case "drop_queued":
            return encode(try await client.dropQueued(id: request.text("id"), place: request.number("place")))
        case "queued":
            return encode(try await client.queued(id: request.text("id")))
        case "outbox":
            return encode(try await client.outbox())
        case "retry_now":
            return encode(try await client.retryNow(id: request.text("id")))
        case "network_is_lost":
            return encode(try await client.networkIsLost())
        case "network_is_back":
            return encode(try await client.networkIsBack())
        case "messages":
            return encode(
                try await client.messagePage(
                    id: request.text("id"), before: request.has("before") ? request.number("before") : nil,
                    limit: request.number("limit")))
        case "messages_after":
            return encode(
                try await client.messagePageAfter(
                    id: request.text("id"), after: request.number("after"), limit: request.number("limit")))
        case "mark_read":
            return encode(try await client.markRead(id: request.text("id"), place: request.number("place")))
        case "arrange":
            return encode(try await arrange(request, with: client))
        case "set_profile":
            let picture = request.has("picture") ? Data(base64Encoded: try request.text("picture")) : nil
            return encode(try await client.setProfile(name: request.text("name"), picture: picture))
        case "profile_picture":
            let picture = try await client.profilePicture(id: request.text("id"))
            return picture.map { encode($0.bytes.base64EncodedString()) } ?? NSNull()
        case "delete_conversation":
            return encode(try await client.deleteConversation(id: request.text("id")))
        case "search":
            return encode(
                try await client.search(
                    text: request.text("text"), within: request.has("id") ? request.text("id") : nil,
                    limit: request.number("limit")
                ).hits)
        case "set_app_lock":
            let word = { (name: String) in request.has(name) ? Data(try request.text(name).utf8) : nil }
            return encode(try await client.setAppLock(current: word("current"), new: word("new")))
        case "delete_account":
            return encode(try await client.deleteAccount())
        case "set_typing":
            return encode(try await client.setTyping(id: request.text("id"), writing: request.flag("writing")))
        case "safety_number":
            return encode(try await client.safetyNumber(id: request.text("id")))
        case "mark_verified":
            return encode(try await client.markVerified(id: request.text("id"), verified: request.flag("verified")))
        case "verify_scanned":
            return encode(try await client.verifyScanned(id: request.text("id"), scanned: request.text("scanned")))
        case "dismiss_alarm":
            return encode(try await client.dismissAlarm(id: request.text("id")))
        case "relays":
            return encode(try await client.relays())
        case "close":
            return encode(try await client.close())
        default:
            throw Request.Malformed(what: request.op)
        }
    }

    private func arrange(_ request: Request, with client: Tacita) async throws {
        let id = try request.text("id")
        if request.has("nickname") { try await client.setNickname(id: id, name: request.text("nickname")) }
        if request.has("draft") { try await client.saveDraft(id: id, draft: request.text("draft")) }
        if request.has("pinned") { try await client.setPinned(id: id, pinned: request.flag("pinned")) }
        if request.has("archived") { try await client.setArchived(id: id, archived: request.flag("archived")) }
        if request.has("muted_until_ms") {
            try await client.setMuted(id: id, untilMs: request.number("muted_until_ms"))
        }
        if request.has("blocked") { try await client.setBlocked(id: id, blocked: request.flag("blocked")) }
    }

    private func open(passphrase: String?) async throws {
        let vault = try testVault(directory: directory)
        let secret = passphrase.map { Data($0.utf8) }
        let opened = try await Tacita.open(directory: directory, vault: vault, passphrase: secret)
        client = opened
        Task {
            do {
                for try await rows in try opened.conversations() { self.list = rows }
            } catch {
                // It was followed to its end; calls say why.
            }
        }
    }

    private func watch() throws {
        guard let client else { throw ClientError.Closed }
        watching?.cancel()
        watching = Task {
            do {
                for try await event in client.events() { say(["event": encode(event)]) }
            } catch {
                // It was watched to its end; calls say why.
            }
        }
    }

    private func unwatch() async {
        watching?.cancel()
        await watching?.value
        watching = nil
    }
}

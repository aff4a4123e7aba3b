import TacitaBindings

/// What the screens for new contacts show.
public struct InviteState: Equatable, Sendable {
    /// The user's invitations, the newest first; nil until they have been read.
    public internal(set) var invitations: [InvitationView]?
    /// The one that is shown to be scanned; nil for none.
    public internal(set) var shown: InvitationView?
    /// The link that was pasted or scanned.
    public internal(set) var link = ""
    /// What it says; nil before it was read.
    public internal(set) var preview: InvitationPreview?
    /// Something is being asked of a relay.
    public internal(set) var busy = false
    /// The conversation that an accepted invitation has led to: go there.
    public internal(set) var accepted: ConversationId?
    /// An invitation was taken back, and its relay will be told when it can be reached.
    public internal(set) var revocationQueued = false
}

/// New contacts: giving invitations away, taking them back, and accepting those of others.
public final class InviteModel: Model<InviteState> {
    private let client: Tacita
    private var reading: Task<Void, Never>?
    private var asked = 0

    /// Reads the invitations at once, and again whenever one changes.
    public init(client: Tacita) {
        self.client = client
        super.init(InviteState())
        act { try await self.read() }
        follow({ client.changes() }) { [weak self] batch in
            let isNews = batch.events.contains { if case .invitation = $0 { true } else { false } }
            if isNews { try await self?.read() }
        }
    }

    /// Makes an invitation and shows it.
    public func create(_ kind: InvitationKind) {
        asking {
            self.state.shown = try await self.client.createInvitation(kind: kind)
            try await self.read()
        }
    }

    /// Shows an invitation's code; nil shows none.
    public func show(_ invitation: InvitationView?) {
        state.shown = invitation
    }

    /// Takes an invitation back.
    public func revoke(id: InvitationId) {
        asking {
            let revocation = try await self.client.revokeInvitation(id: id)
            self.state.shown = nil
            self.state.revocationQueued = revocation == .queued
            try await self.read()
        }
    }

    /// A link was pasted, scanned or changed; what it says is read without asking anybody.
    public func enter(_ link: String) {
        dismissProblem()
        reading?.cancel()
        state.link = link
        state.preview = nil
        guard !link.trimmed.isEmpty else { return }
        reading = act {
            let preview = try await self.client.readInvitation(link: link.trimmed)
            if self.state.link == link { self.state.preview = preview }
        }
    }

    /// Accepts the invitation that was entered; repeating it is safe.
    public func accept() {
        let link = state.link.trimmed
        asking {
            self.state.accepted = try await self.client.acceptInvitation(link: link)
            self.state.link = ""
            self.state.preview = nil
        }
    }

    /// The conversation has been gone to.
    public func arrived() {
        state.accepted = nil
    }

    private func asking(_ work: @escaping @MainActor () async throws -> Void) {
        dismissProblem()
        asked += 1
        state.busy = true
        act {
            defer {
                self.asked -= 1
                self.state.busy = self.asked > 0
            }
            try await work()
        }
    }

    private func read() async throws {
        let all = try await client.invitations().sorted { $0.createdMs > $1.createdMs }
        state.invitations = all
        if let old = state.shown { state.shown = all.first { $0.id == old.id } }
    }
}

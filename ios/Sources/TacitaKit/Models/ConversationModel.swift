import Foundation
import TacitaBindings

/// What a conversation shows.
public struct ConversationModelState: Equatable, Sendable {
    /// The messages and what the list says of the conversation; nil until they have been read.
    public internal(set) var shown: ShownMessages?
    /// The contact's picture file, if there is one.
    public internal(set) var picture: Data?
    /// What stands in the composer.
    public internal(set) var draft = ""
    /// The waiting message that the composer writes anew; nil while it writes another.
    public internal(set) var editing: MessageView?
    /// The conversation has been deleted: leave its screen.
    public internal(set) var gone = false
}

/// One conversation: its messages, and the composer below them.
public final class ConversationModel: Model<ConversationModelState> {
    private let client: Tacita
    private let id: ConversationId
    private let pictures: Pictures
    private var screen: Task<MessageScreen, any Error>?
    /// What the composer has asked the core for, which has to come there in this order.
    private var composing: Task<Void, Never>?
    private var pause: Task<Void, Never>?
    /// What stood in the composer before a message was edited there.
    private var unsent = ""

    /// Begins at the message of `place`, or at the newest one.
    public init(client: Tacita, id: ConversationId, place: UInt64? = nil) {
        self.client = client
        self.id = id
        pictures = Pictures(client: client)
        super.init(ConversationModelState())
        let screen = Task.detached {
            try client.openMessages(id: id, start: place.map { .around(place: $0) } ?? .newest)
        }
        self.screen = screen
        follow({ try await screen.value.shown() }) { [weak self] in try await self?.take($0) }
    }

    /// The text in the composer has changed.
    public func write(_ text: String) {
        state.draft = text
        pause?.cancel()
        guard state.editing == nil else { return }
        inOrder { try await self.client.setTyping(id: self.id, writing: !text.isEmpty) }
        pause = act {
            try await Task.sleep(for: Self.untilSaved)
            self.inOrder { try await self.client.saveDraft(id: self.id, draft: text) }
        }
    }

    /// Sends what stands in the composer, or puts it in the place of the message that is edited.
    public func send() {
        let (text, editing) = (state.draft.trimmed, state.editing)
        guard !text.isEmpty else { return }
        pause?.cancel()
        state.draft = editing == nil ? "" : unsent
        state.editing = nil
        inOrder {
            do {
                if let editing {
                    try await self.client.editQueued(id: self.id, place: editing.place, text: text)
                } else {
                    try await self.client.sendText(id: self.id, text: text)
                }
            } catch {
                // What was written is worth more than what was begun since.
                self.state.draft = text
                // Too late for an edit, it may still be sent as another message.
                let canBeEdited = ![.TooLate, .NotFound].contains(ClientError(error))
                self.state.editing = canBeEdited ? editing : nil
                throw error
            }
        }
    }

    /// Puts a waiting message into the composer; nil ends that.
    public func edit(_ message: MessageView?) {
        if state.editing == nil { unsent = state.draft }
        state.editing = message
        guard let message else { return state.draft = unsent }
        if case .text(let text) = message.body { state.draft = text } else { state.draft = "" }
    }

    /// Deletes a message that has not left.
    public func drop(_ message: MessageView) {
        act { try await self.client.dropQueued(id: self.id, place: message.place) }
    }

    /// Deletes a message here; the contact keeps it.
    public func delete(_ message: MessageView) {
        act { try await self.client.deleteMessages(id: self.id, places: [message.place]) }
    }

    /// Tries at once what the conversation waits for.
    public func retry() {
        act { try await self.client.retryNow(id: self.id) }
    }

    /// Everything up to this message has been seen.
    public func read(_ message: MessageView) {
        act { try await self.client.markRead(id: self.id, place: message.place) }
    }

    /// Shows older messages too.
    public func older() {
        act { try await self.screen?.value.older() }
    }

    /// Shows newer messages too.
    public func newer() {
        act { try await self.screen?.value.newer() }
    }

    /// Goes to the newest message.
    public func toNewest() {
        act { try await self.screen?.value.jump(to: .newest) }
    }

    /// Answers a message request: from now on both sides can write.
    public func accept() {
        act { try await self.client.acceptRequest(id: self.id) }
    }

    /// Drops a message request; its sender learns nothing.
    public func decline() {
        act { try await self.client.declineRequest(id: self.id) }
    }

    /// Ends the contact's block.
    public func unblock() {
        act { try await self.client.setBlocked(id: self.id, blocked: false) }
    }

    public override func close() {
        guard !tasks.isOver else { return }
        super.close()
        screen = nil
        // The screen is gone; what it leaves behind is not its own any more.
        Task {
            await composing?.value
            await saveWhatIsLeft()
        }
    }

    override func streamEnded(_ error: any Error) {
        if ClientError(error) == .NotFound { state.gone = true } else { super.streamEnded(error) }
    }

    private func inOrder(_ work: @escaping @MainActor () async throws -> Void) {
        composing = act(after: composing, work) ?? composing
    }

    private func take(_ shown: ShownMessages) async throws {
        if state.shown == nil, state.draft.isEmpty { state.draft = shown.conversation.draft }
        state.shown = shown
        try await pictures.follow([shown.conversation]) { state.picture = $0[id] }
    }

    /// What could not be sent stands in the composer again by now.
    private func saveWhatIsLeft() async {
        let text = state.editing == nil ? state.draft : unsent
        // These fail if the conversation or the client is gone as well: so is its draft.
        if state.shown != nil || !text.isEmpty { try? await client.saveDraft(id: id, draft: text) }
        try? await client.setTyping(id: id, writing: false)
    }

    private static let untilSaved = Duration.milliseconds(500)
}

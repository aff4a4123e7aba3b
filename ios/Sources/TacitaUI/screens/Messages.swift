// The messages of a conversation, as far as its window goes: it grows where its ends come near, follows what is new,
// and tells what has been seen.
import SwiftUI
import TacitaBindings
import TacitaKit

struct Messages: View {
    let shown: ShownMessages
    let model: ConversationModel
    /// The place of the message at the lower edge; nil while the newest one is awaited there.
    @State private var lowest: UInt64?
    @Environment(\.scenePhase) private var phase

    init(shown: ShownMessages, at: UInt64?, model: ConversationModel) {
        self.shown = shown
        self.model = model
        _lowest = State(initialValue: at ?? shown.messages.last?.place)
    }

    var body: some View {
        ScrollView {
            LazyVStack(spacing: 0) {
                ForEach(Array(shown.messages.enumerated()), id: \.element.place) { index, message in
                    row(index, message)
                        .onAppear { if shown.older, index == 0 || index == Self.near { model.older() } }
                }
            }
            .scrollTargetLayout().padding(.horizontal, 12).padding(.vertical, 8)
            .frame(maxWidth: 720).frame(maxWidth: .infinity)
        }
        .scrollPosition(id: $lowest, anchor: .bottom).defaultScrollAnchor(.bottom)
        .scrollDismissesKeyboard(.interactively)
        .overlay(alignment: .bottomTrailing) { if shown.newer || !isAmongLast(4) { toNewest } }
        .onChange(of: newest) { before, now in
            // Where a whole page has come, it is read on from where it was.
            if !shown.newer, lowest == nil || lowest == before, isAmongLast(8) { withAnimation { lowest = now } }
        }
        .onChange(of: lowest) { if shown.newer, lowest != nil, isAmongLast(Self.near) { model.newer() } }
        .onChange(of: seen, initial: true) { if let seen { model.read(seen) } }
    }

    private func row(_ index: Int, _ message: MessageView) -> some View {
        VStack(spacing: 0) {
            if beginsDay(index) { DayLine(ms: message.sentMs) }
            if message.place == shown.firstUnread { UnreadLine() }
            let follows = index > 0 && shown.messages[index - 1].direction == message.direction
            Message(message: message, model: model).padding(.top, follows ? 3 : 10)
        }
    }

    private var toNewest: some View {
        Button {
            // Where the newest is not in the window yet, it is gone to when it has come.
            withAnimation { lowest = shown.newer ? nil : newest }
            model.toNewest()
        } label: {
            Image(systemName: "chevron.down").padding(12).background(.regularMaterial, in: .circle)
        }
        .padding().accessibilityLabel(words.toNewest)
    }

    private var newest: UInt64? { shown.messages.last?.place }

    /// The newest message of the contact's that is on the screen; nil if nothing is to be told of it.
    private var seen: MessageView? {
        guard phase == .active, shown.conversation.unread > 0, shown.conversation.state != .request else { return nil }
        return shown.messages.last { $0.direction == .incoming && $0.place <= lowest ?? .max }
    }

    private func isAmongLast(_ count: Int) -> Bool {
        guard let lowest, let first = shown.messages.suffix(count).first else { return true }
        // The lowest one may just have been deleted.
        return first.place <= lowest
    }

    /// Whether no message of its day stands above it; what is missing has no day.
    private func beginsDay(_ index: Int) -> Bool {
        let message = shown.messages[index]
        guard message.sentMs > 0 else { return false }
        let before = shown.messages[..<index].last { $0.sentMs > 0 }
        return before.map { !words.isSameDay($0.sentMs, message.sentMs) } ?? true
    }

    private static let near = 12
}

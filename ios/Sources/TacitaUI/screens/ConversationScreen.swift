// One conversation.
import SwiftUI
import TacitaBindings
import TacitaKit

struct ConversationScreen: View {
    let id: ConversationId
    let at: UInt64?
    let model: ConversationModel
    @Environment(Navigator.self) private var navigator

    var body: some View {
        Group {
            if let shown = model.state.shown {
                messages(shown)
                    .safeAreaInset(edge: .top, spacing: 0) { warnings(shown).padding(.horizontal, 12) }
                    .safeAreaInset(edge: .bottom, spacing: 0) {
                        Composer(conversation: shown.conversation, model: model)
                    }
            } else {
                ProgressView()
            }
        }
        .frame(maxWidth: .infinity, maxHeight: .infinity)
        .page(model.state.shown?.conversation.title ?? "", model)
        .toolbar {
            ToolbarItem(placement: .principal) {
                if let conversation = model.state.shown?.conversation { title(conversation) }
            }
        }
        .onChange(of: model.state.gone, initial: true) { if model.state.gone { navigator.home() } }
    }

    @ViewBuilder private func messages(_ shown: ShownMessages) -> some View {
        if shown.messages.isEmpty {
            ContentUnavailableView(words.noMessages, systemImage: "lock", description: Text(words.noMessagesDetail))
        } else {
            Messages(shown: shown, at: at, model: model)
        }
    }

    private func title(_ conversation: ConversationView) -> some View {
        NavigationLink(value: Place.contact(id)) {
            HStack {
                Avatar(name: conversation.title, picture: model.state.picture, size: 34)
                VStack(alignment: .leading, spacing: 0) {
                    Text(conversation.title).font(.headline).accessibilityAddTraits(.isHeader)
                    status(conversation).font(.caption)
                }
                .lineLimit(1)
            }
        }
        .buttonStyle(.plain).accessibilityHint(words.contact)
    }

    @ViewBuilder private func status(_ conversation: ConversationView) -> some View {
        if conversation.verification == .alarm {
            Label(words.alarmShort, systemImage: "exclamationmark.triangle").foregroundStyle(Color.alarm)
        } else if conversation.typing {
            Text(words.typing).foregroundStyle(Color.accent)
        } else if conversation.verification == .verified {
            Text(words.verified).foregroundStyle(Color.accent)
        } else {
            Text(words.notVerified).foregroundStyle(Color.onTheirs)
        }
    }

    private func warnings(_ shown: ShownMessages) -> some View {
        VStack(spacing: 4) {
            let conversation = shown.conversation
            if conversation.verification == .alarm {
                Banner(text: words.alarm(conversation.title), tone: .error, label: words.safetyNumber) {
                    navigator.go(.safety(id))
                }
            }
            if conversation.state == .inviting { Banner(text: words.waitsForAnswerDetail, tone: .quiet) }
            if conversation.state == .left {
                Banner(text: words.hasLeft(conversation.title), tone: .note)
            } else if !conversation.blocked, let reason = shown.messages.lazy.compactMap(\.stuck).first {
                let tone = reason == .wrongRelayKey ? Tone.error : .quiet
                Banner(text: words.queueReason(reason), tone: tone, label: words.retryNow, act: model.retry)
            }
        }
    }
}

extension MessageView {
    /// Why it does not leave, if the user is to know: what is on its way or waits its turn is none of that.
    fileprivate var stuck: QueueReason? {
        switch delivery {
        case .queued(.sending), .queued(.behindEarlier), .queued(.waitingForContact): nil
        case .waiting(.sending), .waiting(.behindEarlier), .waiting(.waitingForContact): nil
        case .queued(let reason), .waiting(let reason): reason
        case .received, .sent, .delivered, .read: nil
        }
    }
}

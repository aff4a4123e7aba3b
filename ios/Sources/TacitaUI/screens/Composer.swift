// What stands below the messages: a field to write in, or what has to be answered first.
import SwiftUI
import TacitaBindings
import TacitaKit

struct Composer: View {
    let conversation: ConversationView
    let model: ConversationModel

    var body: some View {
        if conversation.state == .request {
            asking(words.requestDetail(conversation.title)) {
                Button(words.decline, action: model.decline).buttonStyle(.bordered)
                Button(words.accept, action: model.accept)
                    .buttonStyle(.borderedProminent).foregroundStyle(Color.onAccent)
            }
        } else if conversation.blocked {
            asking(words.blockedDetail(conversation.title)) {
                Button(words.unblock, action: model.unblock).buttonStyle(.bordered)
            }
        } else if conversation.state != .left {
            VStack(alignment: .leading, spacing: 8) {
                if isEditing { editing }
                writing
            }
            .padding(.horizontal, 12).padding(.vertical, 8).background(.bar)
        }
    }

    private func asking(_ text: String, @ViewBuilder _ buttons: () -> some View) -> some View {
        VStack(alignment: .leading, spacing: 12) {
            Text(text).font(.subheadline).foregroundStyle(Color.onTheirs)
            HStack { buttons() }.frame(maxWidth: .infinity, alignment: .trailing)
        }
        .padding().background(.bar)
    }

    private var isEditing: Bool { model.state.editing != nil }

    private var editing: some View {
        HStack {
            Label(words.editing, systemImage: "pencil").font(.subheadline.bold())
            Spacer()
            Button(words.cancel, systemImage: "xmark") { model.edit(nil) }.labelStyle(.iconOnly)
        }
    }

    private var writing: some View {
        HStack(alignment: .bottom, spacing: 8) {
            TextField(words.message, text: draft, axis: .vertical).lineLimit(1...6)
                .padding(.horizontal, 14).padding(.vertical, 8).background(Color.ground, in: .rect(cornerRadius: 20))
                .overlay { RoundedRectangle(cornerRadius: 20).stroke(Color.faint) }
            let symbol = isEditing ? "checkmark.circle.fill" : "arrow.up.circle.fill"
            Button(isEditing ? words.save : words.send, systemImage: symbol, action: model.send)
                .labelStyle(.iconOnly).font(.title).disabled(model.state.draft.isBlank)
        }
    }

    private var draft: Binding<String> {
        // The field also sets what it was given, as when it gets or loses the focus: nobody is writing then.
        Binding { @MainActor in
            model.state.draft
        } set: { @MainActor in
            if $0 != model.state.draft { model.write($0) }
        }
    }
}

// A contact, and what can be done with the conversation as a whole.
import SwiftUI
import TacitaBindings
import TacitaKit

struct ContactScreen: View {
    let id: ConversationId
    let exportFolder: String
    let model: ContactModel
    @State private var isNaming = false
    @State private var nickname = ""
    @Environment(Navigator.self) private var navigator

    var body: some View {
        Form {
            if let conversation = model.state.conversation {
                head(conversation)
                Section { who(conversation) }
                Section(words.conversation) { what(conversation) }
                Section(words.contact) { end(conversation) }
            }
        }
        .page(words.contact, model)
        .onChange(of: model.state.gone, initial: true) { if model.state.gone { navigator.home() } }
    }

    private func head(_ conversation: ConversationView) -> some View {
        VStack(spacing: 8) {
            Avatar(name: conversation.title, picture: model.state.picture, size: 96)
            Text(conversation.title).font(.title2.bold()).accessibilityAddTraits(.isHeader)
            if !conversation.nickname.isEmpty, !conversation.name.isEmpty {
                Text(words.callsThemselves(conversation.name)).font(.subheadline).foregroundStyle(Color.onTheirs)
            }
        }
        .multilineTextAlignment(.center).frame(maxWidth: .infinity).listRowBackground(Color.clear)
    }

    @ViewBuilder private func who(_ conversation: ConversationView) -> some View {
        if conversation.verification == .alarm { Banner(text: words.alarm(conversation.title), tone: .error) }
        NavigationLink(value: Place.safety(id)) {
            Line(title: words.safetyNumber, detail: words.verification(conversation.verification), icon: "number")
        }
        Button {
            nickname = conversation.nickname
            isNaming = true
        } label: {
            let name = conversation.nickname.isEmpty ? words.nicknameDetail : conversation.nickname
            Line(title: words.nickname, detail: name, icon: "pencil")
        }
        .alert(words.nickname, isPresented: $isNaming) {
            TextField(words.nickname, text: $nickname)
            Button(words.save) { model.setNickname(nickname) }
            Button(words.cancel, role: .cancel) {}
        } message: {
            Text(words.nicknameDetail)
        }
    }

    @ViewBuilder private func what(_ conversation: ConversationView) -> some View {
        SwitchLine(title: words.pinned, isOn: conversation.pinned, set: model.setPinned)
        SwitchLine(title: words.muted, detail: words.mutedDetail, isOn: conversation.mutedUntilMs != nil) {
            model.setMuted(untilMs: $0 ? UInt64(Int64.max) : nil)
        }
        SwitchLine(
            title: words.archived, detail: words.archivedDetail, isOn: conversation.archived, set: model.setArchived)
        AskingButton(
            line: Line(title: words.export, detail: words.exportDetail, icon: "square.and.arrow.up"), role: nil,
            title: words.export, text: words.exportWarning(name(of: exportFolder)), answer: words.export
        ) { model.export(folder: exportFolder) }
        if let folder = model.state.export?.folder {
            Banner(text: words.exported(name(of: folder)), tone: .note)
            // Only this app can reach the files where they are.
            ShareLink(words.shareLink, item: URL(fileURLWithPath: folder))
        } else if let export = model.state.export {
            ProgressView(value: Double(min(export.written, export.messages)), total: Double(max(export.messages, 1)))
            Button(words.cancel, action: model.cancelExport)
        }
    }

    /// Paths say nothing to people here.
    private func name(of folder: String) -> String { FileManager.default.displayName(atPath: folder) }

    @ViewBuilder private func end(_ conversation: ConversationView) -> some View {
        if conversation.state != .left {
            SwitchLine(
                title: words.blocked, detail: words.blockDetail, isOn: conversation.blocked, set: model.setBlocked)
        }
        AskingButton(
            line: Line(title: words.deleteContact, detail: words.deleteContactDetail, icon: "trash"),
            title: words.deleteContactTitle(conversation.title), text: words.deleteContactDetail, answer: words.delete,
            act: model.delete)
    }
}

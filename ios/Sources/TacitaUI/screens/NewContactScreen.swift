// A new contact: by showing one's own code, or by another's link.
import SwiftUI
import TacitaBindings
import TacitaKit
import UIKit

struct NewContactScreen: View {
    let model: InviteModel
    @State private var isAccepting: Bool
    @Environment(Navigator.self) private var navigator

    init(isAccepting: Bool, model: InviteModel) {
        self.model = model
        _isAccepting = State(initialValue: isAccepting)
    }

    var body: some View {
        Form {
            Picker(words.newContact, selection: $isAccepting) {
                Text(words.inviteTab).tag(false)
                Text(words.acceptTab).tag(true)
            }
            .pickerStyle(.segmented).listRowBackground(Color.clear).listRowInsets(EdgeInsets())
            if isAccepting { Accepting(model: model) } else { inviting }
        }
        .page(words.newContact, model)
        .onChange(of: model.state.accepted) {
            guard let id = model.state.accepted else { return }
            model.arrived()
            navigator.start(.conversation(id))
        }
    }

    @ViewBuilder private var inviting: some View {
        if let shown = model.state.shown {
            Invitation(invitation: shown, model: model)
        } else if model.state.busy {
            ProgressView().frame(maxWidth: .infinity)
        } else {
            Button { model.create(.personal) } label: {
                Line(title: words.invitePerson, detail: words.invitePersonDetail, icon: "person")
            }
            Button { model.create(.public) } label: {
                Line(title: words.invitePublic, detail: words.invitePublicDetail, icon: "megaphone")
            }
            if let all = model.state.invitations, !all.isEmpty {
                NavigationLink(value: Place.invitations) {
                    Line(title: words.invitations, detail: words.invitationsDetail(UInt64(all.count)), icon: "qrcode")
                }
            }
        }
    }
}

/// An invitation's code and link.
private struct Invitation: View {
    let invitation: InvitationView
    let model: InviteModel

    var body: some View {
        VStack(spacing: 12) {
            if invitation.state != .used { QrCode(text: invitation.link, description: words.invitationCode) }
            Text(words.invitationState(invitation)).font(.subheadline).foregroundStyle(Color.onTheirs)
        }
        .frame(maxWidth: .infinity).padding(.vertical, 8)
        if invitation.state != .used {
            Button(words.copyLink, systemImage: "doc.on.doc") { UIPasteboard.general.string = invitation.link }
            ShareLink(words.shareLink, item: invitation.link)
            AskingButton(
                line: Line(title: words.revoke, icon: "trash"), title: words.revokeTitle, text: words.revokeDetail,
                answer: words.revoke
            ) { model.revoke(id: invitation.id) }
        }
        Button(words.close, systemImage: "xmark") { model.show(nil) }
    }
}

/// The link that was given, and what it says before anybody is asked.
private struct Accepting: View {
    let model: InviteModel
    @Environment(Navigator.self) private var navigator

    var body: some View {
        Section {
            let link = Binding(get: { @MainActor in model.state.link }, set: model.enter)
            TextField(words.invitationLink, text: link, axis: .vertical).lineLimit(1...4)
                .keyboardType(.URL).textInputAutocapitalization(.never).autocorrectionDisabled()
            // The system's own: nobody is asked, since nothing is read before it is pressed. It answers on any thread.
            PasteButton(payloadType: String.self) { @Sendable texts in
                if let text = texts.first { Task { @MainActor in model.enter(text) } }
            }
            ScanButton(title: words.scanCode, onCode: model.enter)
        } footer: {
            Text(words.acceptDetail)
        }
        if let preview = model.state.preview {
            if preview.own {
                Banner(text: words.ownInvitation, tone: .note)
            } else {
                if let known = preview.known {
                    Banner(text: words.knownContact, tone: .note, label: words.openConversation) {
                        navigator.start(.conversation(known))
                    }
                }
                Section {
                    Button(model.state.busy ? words.oneMoment : words.acceptInvitation, action: model.accept)
                        .disabled(model.state.busy)
                } footer: {
                    if preview.known == nil { Text(words.asksRelay(preview.relay)) }
                }
            }
        }
    }
}

/// The user's invitations, each to be shown again or taken back.
struct InvitationsScreen: View {
    let model: InviteModel

    var body: some View {
        Form {
            if model.state.revocationQueued { Banner(text: words.revocationQueued, tone: .quiet) }
            if let shown = model.state.shown {
                Invitation(invitation: shown, model: model)
            } else if let all = model.state.invitations {
                Section {
                    ForEach(all, id: \.id) { invitation in
                        Button { model.show(invitation) } label: { line(invitation) }
                    }
                } footer: {
                    Text(all.isEmpty ? words.noInvitations : words.invitationsExplained)
                }
            } else {
                ProgressView().frame(maxWidth: .infinity)
            }
        }
        .page(words.invitations, model)
    }

    private func line(_ invitation: InvitationView) -> some View {
        Line(
            title: words.invitationKind(invitation.kind) + " · " + words.day(invitation.createdMs),
            detail: words.invitationState(invitation), icon: invitation.kind == .personal ? "person" : "megaphone")
    }
}

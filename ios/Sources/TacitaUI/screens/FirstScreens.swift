// What is seen before the conversations: opening, account, recovery secret, lock, and a store that cannot be opened.
import SwiftUI
import TacitaBindings
import TacitaKit

struct OpeningScreen: View {
    var body: some View {
        ProgressView().frame(maxWidth: .infinity, maxHeight: .infinity).background(Color.ground)
    }
}

/// The first screen of all: which relay, under which name.
struct WelcomeScreen: View {
    let isBusy: Bool
    let model: AppModel
    @State private var name = ""
    @State private var link = ""
    @Environment(Navigator.self) private var navigator

    var body: some View {
        First(title: words.appName, text: words.welcome, model: model) {
            Field(label: words.yourName, text: $name, detail: words.yourNameDetail)
            Field(label: words.relayLink, text: $link, detail: words.relayLinkDetail)
                .keyboardType(.URL).textInputAutocapitalization(.never)
            ScanButton(title: words.scanCode) { link = $0 }
            MainButton(label: words.createAccount, isBusy: isBusy) { model.createAccount(relayLink: link, name: name) }
                .disabled(name.isBlank || link.isBlank)
            if isBusy { Note(text: words.creatingAccount) }
        }
        .onChange(of: navigator.opened, initial: true) {
            // An invitation that another app has opened waits until there is an account.
            guard let opened = navigator.opened, opened.hasPrefix("tacita://relay/") else { return }
            link = opened
            navigator.opened = nil
        }
    }
}

/// The recovery secret, and proof that it was written down.
struct SecretScreen: View {
    let secret: RecoverySecret
    let model: AppModel
    @State private var isWritten = false
    @State private var typed: [String]
    @ScaledMetric private var groupWidth = 110.0

    init(secret: RecoverySecret, model: AppModel) {
        self.secret = secret
        self.model = model
        _typed = State(initialValue: secret.asked.map { _ in "" })
    }

    var body: some View {
        if isWritten {
            First(title: words.confirmSecret, text: words.confirmSecretDetail, model: model) {
                ForEach(secret.asked.indices, id: \.self) { index in
                    Field(label: words.groupNumber(UInt64(secret.asked[index]) + 1), text: $typed[index])
                        .keyboardType(.asciiCapable).textInputAutocapitalization(.characters)
                }
                if secret.wrong { Note(text: words.secretDiffers, isError: true) }
                MainButton(label: words.confirm) { model.confirmSecret(typed) }
                    .disabled(typed.contains(where: \.isBlank))
                Button(words.showAgain) { isWritten = false }.frame(maxWidth: .infinity)
            }
        } else {
            First(title: words.recoverySecret, text: words.recoverySecretDetail, model: model) {
                groups
                Note(text: words.recoverySecretWarning)
                MainButton(label: words.wroteItDown) { isWritten = true }
            }
        }
    }

    /// From left to right in every language.
    private var groups: some View {
        LazyVGrid(columns: [GridItem(.adaptive(minimum: groupWidth))], spacing: 12) {
            ForEach(secret.groups.indices, id: \.self) { index in
                HStack {
                    Text(String(index + 1)).font(.caption).foregroundStyle(Color.onTheirs)
                    Text(secret.groups[index]).font(.body.monospaced())
                }
                .accessibilityElement(children: .combine)
            }
        }
        .padding().background(Color.theirs, in: .rect(cornerRadius: 16)).environment(\.layoutDirection, .leftToRight)
    }
}

/// The app lock.
struct LockScreen: View {
    let isWrong: Bool
    let retryAfter: UInt32
    let isBusy: Bool
    let model: AppModel
    @State private var passphrase = ""
    @State private var left: UInt32 = 0

    var body: some View {
        First(title: words.appName, text: words.lockedDetail, model: model) {
            SecureField(words.passphrase, text: $passphrase).textFieldStyle(.roundedBorder).onSubmit(unlock)
            if isWrong {
                Note(text: left > 0 ? words.wrongPassphraseWait(UInt64(left)) : words.wrongPassphrase, isError: true)
            }
            MainButton(label: words.unlock, isBusy: isBusy, act: unlock).disabled(!canUnlock)
            AskingButton(
                line: Line(title: words.forgotPassphrase), role: nil, title: words.eraseTitle, text: words.eraseDetail,
                answer: words.eraseEverything, act: model.erase
            )
            .frame(maxWidth: .infinity)
        }
        .task(id: isBusy) {
            left = retryAfter
            while left > 0, (try? await Task.sleep(for: .seconds(1))) != nil { left -= 1 }
        }
    }

    private var canUnlock: Bool { !passphrase.isEmpty && left == 0 && !isBusy }

    private func unlock() {
        guard canUnlock else { return }
        model.unlock(passphrase)
        passphrase = ""
    }
}

/// A store that cannot be opened, and what to do.
struct UnusableScreen: View {
    let problem: ClientError
    let model: AppModel

    var body: some View {
        First(title: words.unusableTitle, text: words.problem(problem), model: model) {
            MainButton(label: words.tryAgain, act: model.open)
            // A key that is gone does not come back: the user decides what becomes of what it opened.
            if problem == .VaultFailed || problem == .WrongKey {
                AskingButton(
                    line: Line(title: words.eraseEverything), title: words.eraseTitle, text: words.eraseLostDetail,
                    answer: words.eraseEverything, act: model.erase
                )
                .frame(maxWidth: .infinity)
            }
        }
    }
}

private struct First<Content: View>: View {
    let title: String
    let text: String
    let model: AppModel
    @ViewBuilder let content: Content

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                Text(title).font(.largeTitle.bold()).accessibilityAddTraits(.isHeader)
                Text(text).foregroundStyle(Color.onTheirs)
                ProblemBanner(model: model)
                content
            }
            .padding(24).frame(maxWidth: 480).frame(maxWidth: .infinity)
        }
        .background(Color.ground)
    }
}

private struct Field: View {
    let label: String
    @Binding var text: String
    var detail: String?

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            TextField(label, text: $text).textFieldStyle(.roundedBorder).autocorrectionDisabled()
            if let detail { Text(detail).font(.footnote).foregroundStyle(Color.onTheirs) }
        }
    }
}

private struct MainButton: View {
    let label: String
    var isBusy = false
    let act: @MainActor () -> Void

    var body: some View {
        Button(action: act) { Text(isBusy ? words.oneMoment : label).frame(maxWidth: .infinity) }
            .buttonStyle(.borderedProminent).foregroundStyle(Color.onAccent).controlSize(.large).disabled(isBusy)
    }
}

private struct Note: View {
    let text: String
    var isError = false

    var body: some View {
        Text(text).font(.subheadline).foregroundStyle(isError ? Color.alarm : .onTheirs)
    }
}

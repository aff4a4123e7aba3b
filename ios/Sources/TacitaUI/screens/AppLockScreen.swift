// The passphrase that is asked for at the start: set, changed, taken away.
import SwiftUI
import TacitaKit

struct AppLockScreen: View {
    let model: AppModel
    let hasLock: Bool
    @State private var current = ""
    @State private var new = ""
    @State private var again = ""
    @State private var isAsked = false
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        Form {
            Section {
                if hasLock { SecureField(words.currentPassphrase, text: $current) }
                SecureField(words.newPassphrase, text: $new)
                SecureField(words.newPassphraseAgain, text: $again)
            } footer: {
                Text(words.appLockDetail)
            }
            if !again.isEmpty, again != new { Banner(text: words.passphrasesDiffer, tone: .note) }
            Section {
                Button(isBusy ? words.oneMoment : hasLock ? words.changePassphrase : words.setPassphrase) { set(new) }
                    .disabled(isBusy || new.isEmpty || new != again || hasLock && current.isEmpty)
                if hasLock {
                    Button(words.removePassphrase, role: .destructive) { set("") }.disabled(isBusy || current.isEmpty)
                }
            }
        }
        .page(words.appLock, model)
    }

    private var isBusy: Bool { isAsked && model.problem == nil }

    private func set(_ passphrase: String) {
        isAsked = true
        model.dismissProblem()
        model.setLock(current: current, new: passphrase) { dismiss() }
    }
}

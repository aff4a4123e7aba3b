// What can be set, by its parts, and the parts that are small.
import SwiftUI
import TacitaBindings
import TacitaKit

struct SettingsScreen: View {
    let model: SettingsModel
    let hasLock: Bool

    var body: some View {
        Form {
            if model.state.health == .checking { Banner(text: words.storeIsChecked, tone: .quiet) }
            NavigationLink(value: Place.profile) {
                let name = model.state.profile?.name ?? ""
                HStack(spacing: 16) {
                    Avatar(name: name, picture: model.state.profile?.picture, size: 64)
                    Line(title: name, detail: words.profileDetail)
                }
            }
            Section {
                link(.privacy, words.privacy, words.privacyDetail, "hand.raised")
                link(.appLock, words.appLock, hasLock ? words.isOn : words.isOff, "lock")
                link(.storage, words.storage, model.state.storage.map { words.bytes($0.totalBytes) }, "internaldrive")
                let relay = model.state.relays?.first.map { words.relayState($0.state) }
                link(.relays, words.relays, relay, "antenna.radiowaves.left.and.right")
                link(.invitations, words.invitations, words.invitationsShort, "qrcode")
            }
            Section {
                link(.about, words.about, nil, "info.circle")
                link(.deleteAccount, words.deleteAccount, nil, "trash").foregroundStyle(Color.alarm)
            }
        }
        .page(words.settings, model)
    }

    private func link(_ place: Place, _ title: String, _ detail: String?, _ icon: String) -> some View {
        NavigationLink(value: place) { Line(title: title, detail: detail, icon: icon) }
    }
}

/// What contacts are told.
struct PrivacyScreen: View {
    let model: SettingsModel

    var body: some View {
        Form {
            if let now = model.state.privacy {
                let (read, delivered) = (now.readReceipts, now.deliveryReceipts)
                SwitchLine(title: words.readReceipts, detail: words.readReceiptsDetail, isOn: read) {
                    set($0, delivered, now.typing)
                }
                SwitchLine(title: words.deliveryReceipts, detail: words.deliveryReceiptsDetail, isOn: delivered) {
                    set(read, $0, now.typing)
                }
                SwitchLine(title: words.typingIndicator, detail: words.typingIndicatorDetail, isOn: now.typing) {
                    set(read, delivered, $0)
                }
            }
        }
        .page(words.privacy, model)
    }

    private func set(_ read: Bool, _ delivered: Bool, _ typing: Bool) {
        model.setPrivacy(PrivacySettings(deliveryReceipts: delivered, readReceipts: read, typing: typing))
    }
}

/// The relays, and what each can see.
struct RelaysScreen: View {
    let model: SettingsModel
    let own: String

    var body: some View {
        Form {
            Section {
                ForEach(model.state.relays ?? [], id: \.address) { relay in
                    let isBad = relay.state == .wrongKey
                    Line(
                        title: relay.address,
                        detail: (relay.address == own ? words.yourRelay + " · " : "") + words.relayState(relay.state),
                        icon: isBad ? "exclamationmark.triangle" : "antenna.radiowaves.left.and.right"
                    )
                    .foregroundStyle(isBad ? Color.alarm : .primary)
                }
            } footer: {
                Text(words.relaySees + "\n\n" + words.relayDoesNotSee)
            }
        }
        .page(words.relays, model)
    }
}

/// What this is.
struct AboutScreen: View {
    var body: some View {
        Form {
            Section {
                Line(title: words.appName, detail: words.version(version))
            } footer: {
                Text(words.aboutDetail)
            }
        }
        .page(words.about)
    }

    private var version: String {
        Bundle.main.object(forInfoDictionaryKey: "CFBundleShortVersionString") as? String ?? ""
    }
}

/// The end of the account.
struct DeleteAccountScreen: View {
    let model: AppModel
    @State private var isQueued = false

    var body: some View {
        Form {
            if isQueued {
                Banner(text: words.deletionQueued, tone: .note, label: words.eraseEverything, act: model.erase)
            }
            Section {
                AskingButton(
                    line: Line(title: words.deleteAccount, icon: "trash"), title: words.deleteAccountTitle,
                    text: words.deleteAccountDetail, answer: words.deleteAccount
                ) { model.deleteAccount { isQueued = true } }
            } footer: {
                Text(words.deleteAccountDetail)
            }
        }
        .page(words.deleteAccount, model)
    }
}

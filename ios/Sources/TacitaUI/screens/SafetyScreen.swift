// The safety number: to compare by eye or to scan.
import SwiftUI
import TacitaBindings
import TacitaKit

struct SafetyScreen: View {
    let model: ContactModel
    @ScaledMetric private var groupWidth = 60.0

    var body: some View {
        Form {
            if let name = model.state.conversation?.title, let safety = model.state.safety {
                verdict(safety.verification, name)
                Section {
                    VStack(spacing: 20) {
                        QrCode(text: safety.qr, description: words.safetyCode(name))
                        digits(safety.digits)
                    }
                    .frame(maxWidth: .infinity).padding(.vertical, 8)
                }
                Section {
                    ScanButton(title: words.scanTheirCode, onCode: model.scan)
                    if safety.verification == .unverified {
                        Button(words.markVerified, systemImage: "checkmark") { model.setVerified(true) }
                    } else if safety.verification == .verified {
                        Button(words.markUnverified, systemImage: "xmark") { model.setVerified(false) }
                    }
                }
            }
        }
        .page(words.safetyNumber, model)
    }

    @ViewBuilder private func verdict(_ verification: Verification, _ name: String) -> some View {
        switch verification {
        case .alarm:
            Banner(text: words.alarmDetail(name), tone: .error, label: words.dismissAlarm, act: model.dismissAlarm)
        case .verified: Banner(text: words.verifiedDetail(name), tone: .quiet)
        case .unverified: Text(words.safetyNumberDetail(name)).listRowBackground(Color.clear)
        }
    }

    /// Twelve groups of five, read from left to right in every language.
    private func digits(_ text: String) -> some View {
        let all = Array(text.filter(\.isNumber))
        let groups = stride(from: 0, to: all.count, by: 5).map { String(all[$0..<min($0 + 5, all.count)]) }
        return LazyVGrid(columns: [GridItem(.adaptive(minimum: groupWidth))], spacing: 8) {
            ForEach(groups.indices, id: \.self) { Text(groups[$0]).font(.body.monospaced()) }
        }
        .environment(\.layoutDirection, .leftToRight)
        .accessibilityElement(children: .ignore).accessibilityLabel(groups.joined(separator: ", "))
    }
}

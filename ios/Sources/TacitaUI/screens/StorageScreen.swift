// How much is stored, as a picture, and the clean-up.
import SwiftUI
import TacitaBindings
import TacitaKit

struct StorageScreen: View {
    let model: SettingsModel

    var body: some View {
        Form {
            if let storage = model.state.storage {
                Section {
                    total(parts(of: storage), storage.totalBytes)
                } footer: {
                    let disk = storage.diskFreeBytes.map { " " + words.diskFree($0) } ?? ""
                    Text(words.messagesStored(storage.messages) + disk)
                }
                Section(words.cleanUp) { cleanUp }
            }
        }
        .page(words.storage, model)
        .onAppear { model.measure() }
    }

    private typealias Part = (name: String, bytes: UInt64, colour: Color)

    private func parts(of storage: StorageView) -> [Part] {
        let other = storage.outboxBytes + storage.keyBytes + storage.logBytes + storage.damagedBytes
        return [
            (words.storedMessages, storage.messageBytes, .accent), (words.storedIndex, storage.indexBytes, .warm),
            (words.storedPictures, storage.pictureBytes, .pictures), (words.storedOther, other, .quiet),
            (words.storedFree, storage.freeBytes, .faint),
        ]
    }

    @ViewBuilder private func total(_ parts: [Part], _ bytes: UInt64) -> some View {
        VStack(alignment: .leading) {
            Text(words.bytes(bytes)).font(.title2.bold())
            Canvas { context, size in
                let sum = Double(max(1, parts.map(\.bytes).reduce(0, +)))
                var from = 0.0
                for part in parts {
                    let width = size.width * Double(part.bytes) / sum
                    let bar = CGRect(x: from, y: 0, width: width, height: size.height)
                    context.fill(Path(bar), with: .color(part.colour))
                    from += width
                }
            }
            .frame(height: 18).clipShape(.rect(cornerRadius: 9)).accessibilityHidden(true)
        }
        ForEach(parts, id: \.name) { part in
            HStack {
                Image(systemName: "circle.fill").font(.caption2).foregroundStyle(part.colour).accessibilityHidden(true)
                Text(part.name)
                Spacer()
                Text(words.bytes(part.bytes)).foregroundStyle(Color.onTheirs)
            }
            .accessibilityElement(children: .combine)
        }
    }

    @ViewBuilder private var cleanUp: some View {
        if let cleaned = model.state.cleaned {
            HStack {
                Text(model.state.shrinking.map(words.shrinking) ?? words.cleaned(cleaned))
                Spacer()
                ProgressView()
            }
            Button(words.cancel, action: model.cancelCleanUp)
        } else {
            ForEach([12, 3, 1] as [UInt64], id: \.self) { months in
                AskingButton(
                    line: Line(title: words.olderThan(months), icon: "trash"), title: words.cleanUpTitle,
                    text: words.cleanUpDetail(months), answer: words.delete
                ) { model.cleanUp(beforeMs: UInt64(Date.now.timeIntervalSince1970 * 1000) - months * Self.monthMs) }
            }
        }
    }

    private static let monthMs: UInt64 = 2_592_000_000
}

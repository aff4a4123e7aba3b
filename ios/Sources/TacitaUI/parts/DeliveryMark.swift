// How far a message of ours is: a clock, one tick, two ticks, two ticks in the colour of what was read.
import SwiftUI
import TacitaBindings

struct DeliveryMark: View {
    let delivery: Delivery

    var body: some View {
        switch delivery {
        case .received: EmptyView()
        case .queued, .waiting: mark("clock")
        case .sent: mark("checkmark")
        case .delivered: mark("checkmark", "checkmark")
        case .read: mark("checkmark", "checkmark").foregroundStyle(Color.accent)
        }
    }

    private func mark(_ symbols: String...) -> some View {
        HStack(spacing: -4) {
            ForEach(symbols.indices, id: \.self) { Image(systemName: symbols[$0]) }
        }
        .font(.caption2.weight(.bold))
        .accessibilityElement(children: .ignore).accessibilityLabel(words.delivery(delivery))
    }
}

// One message, and the lines that stand between messages.
import SwiftUI
import TacitaBindings
import TacitaKit
import UIKit

struct Message: View {
    let message: MessageView
    let model: ConversationModel

    var body: some View {
        HStack(spacing: 0) {
            if isOurs { Spacer(minLength: 56) }
            bubble
            if !isOurs { Spacer(minLength: 56) }
        }
    }

    private var isOurs: Bool { message.direction == .outgoing }

    private var bubble: some View {
        VStack(alignment: .trailing, spacing: 2) {
            VStack(alignment: .leading, spacing: 2) { content }
            HStack(spacing: 6) {
                if message.sentMs > 0 { Text(words.clock(message.sentMs)) }
                DeliveryMark(delivery: message.delivery)
            }
            .font(.caption2).opacity(0.85)
        }
        .padding(.horizontal, 14).padding(.vertical, 8)
        .foregroundStyle(isOurs ? Color.onOurs : .onTheirs)
        .background(isOurs ? Color.ours : .theirs, in: shape).contentShape(.contextMenuPreview, shape)
        .contextMenu { actions }
        .accessibilityElement(children: .combine).accessibilityValue(isOurs ? words.fromYou : words.fromThem)
    }

    private var shape: some Shape {
        UnevenRoundedRectangle(
            topLeadingRadius: 18, bottomLeadingRadius: isOurs ? 18 : 4, bottomTrailingRadius: isOurs ? 4 : 18,
            topTrailingRadius: 18)
    }

    @ViewBuilder private var content: some View {
        switch message.body {
        case .text(let text): Text(text)
        case .missing: aside(words.missing, words.missingDetail)
        case .undecryptable(let cause, let count, let repair):
            aside(words.undecryptable(UInt64(count)), words.undecryptableCause(cause) + " " + words.repair(repair))
        case .needsNewerVersion: aside(words.needsNewerVersion, words.needsNewerVersionDetail)
        case .damaged: aside(words.damaged, words.damagedDetail)
        }
    }

    @ViewBuilder private func aside(_ title: String, _ detail: String) -> some View {
        Text(title).italic()
        Text(detail).font(.footnote)
    }

    @ViewBuilder private var actions: some View {
        let can = message.delivery.allows
        if case .text(let text) = message.body {
            Button(words.copy, systemImage: "doc.on.doc") { UIPasteboard.general.string = text }
            if can.edit { Button(words.edit, systemImage: "pencil") { model.edit(message) } }
        }
        if can.drop { Button(words.dontSend, systemImage: "xmark", role: .destructive) { model.drop(message) } }
        if can.delete { Button(words.deleteHere, systemImage: "trash", role: .destructive) { model.delete(message) } }
    }
}

extension Delivery {
    fileprivate var allows: (edit: Bool, drop: Bool, delete: Bool) {
        switch self {
        case .waiting(let reason): (edit: reason != .contactLeft, drop: true, delete: false)
        case .queued(let reason): (edit: false, drop: reason == .requestExpired, delete: false)
        case .received, .sent, .delivered, .read: (edit: false, drop: false, delete: true)
        }
    }
}

/// Where another day begins.
struct DayLine: View {
    let ms: UInt64

    var body: some View {
        Text(words.day(ms)).font(.caption).foregroundStyle(Color.onTheirs).padding(.top, 16).padding(.bottom, 4)
            .accessibilityAddTraits(.isHeader)
    }
}

/// Where what has not been read begins.
struct UnreadLine: View {
    var body: some View {
        HStack(spacing: 12) {
            VStack { Divider().overlay(Color.accent) }
            Text(words.newMessages).font(.caption.bold()).foregroundStyle(Color.accent).fixedSize()
            VStack { Divider().overlay(Color.accent) }
        }
        .padding(.vertical, 8).accessibilityElement(children: .combine).accessibilityAddTraits(.isHeader)
    }
}

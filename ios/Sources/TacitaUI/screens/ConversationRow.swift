// A conversation in the list: who it is with, what was said last, and what the user has decided for it.
import SwiftUI
import TacitaBindings

struct ConversationRow: View {
    let row: ConversationView
    let picture: Data?
    @Environment(\.dynamicTypeSize) private var typeSize

    var body: some View {
        HStack(spacing: 12) {
            Avatar(name: row.title, picture: picture)
            VStack(alignment: .leading, spacing: 2) {
                HStack(alignment: .firstTextBaseline) {
                    Text(row.title).font(.headline).fontWeight(row.unread > 0 ? .bold : .regular)
                    Spacer()
                    Text(words.shortTime(row.last?.sentMs ?? 0)).font(.caption).foregroundStyle(Color.onTheirs)
                }
                HStack {
                    preview.font(.subheadline)
                    Spacer()
                    if row.unread > 0 { unread }
                }
                if !marks.isEmpty { Text(marks).font(.caption2).foregroundStyle(Color.onTheirs) }
            }
            .lineLimit(typeSize.isAccessibilitySize ? 2 : 1)
        }
        .padding(.vertical, 4).accessibilityElement(children: .combine)
    }

    @ViewBuilder private var preview: some View {
        if row.verification == .alarm {
            Text(words.alarmShort).foregroundStyle(Color.alarm)
        } else if row.typing {
            Text(words.typing).italic().foregroundStyle(Color.accent)
        } else if !row.draft.isEmpty {
            Text(words.draft(row.draft)).foregroundStyle(Color.warm)
        } else {
            HStack(spacing: 4) {
                if let last = row.last { DeliveryMark(delivery: last.delivery) }
                Text(said)
            }
            .foregroundStyle(Color.onTheirs)
        }
    }

    private var said: String {
        if row.state == .request { return words.wantsToWrite }
        if let last = row.last { return words.bodyShort(last.body) }
        return row.state == .inviting ? words.waitsForAnswer : words.nothingYet
    }

    private var unread: some View {
        Text(row.unread > 999 ? "999+" : String(row.unread)).font(.caption.bold().monospacedDigit())
            .foregroundStyle(Color.ground).padding(.horizontal, 7).padding(.vertical, 2)
            .background(row.mutedUntilMs == nil ? Color.accent : .outline, in: .capsule)
            .accessibilityLabel(words.unread(UInt64(row.unread)))
    }

    private var marks: String {
        let all = [(row.blocked, words.blocked), (row.mutedUntilMs != nil, words.muted), (row.pinned, words.pinned)]
        return all.filter(\.0).map(\.1).joined(separator: " · ")
    }
}

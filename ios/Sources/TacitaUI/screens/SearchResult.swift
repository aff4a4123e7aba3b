// A text that was found, from a little before the first word that fits.
import SwiftUI
import TacitaBindings
import TacitaKit

struct SearchResult: View {
    let hit: SearchHit
    let query: String

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            HStack(alignment: .firstTextBaseline) {
                Text(hit.conversation.title).font(.subheadline.bold()).lineLimit(1)
                Spacer()
                Text(words.shortTime(hit.message.sentMs)).font(.caption).foregroundStyle(Color.onTheirs)
            }
            if case .text(let text) = hit.message.body {
                marked(text).font(.subheadline).foregroundStyle(Color.onTheirs).lineLimit(2)
            }
        }
        .accessibilityElement(children: .combine)
    }

    /// Words that begin as those of the query do stand out.
    private func marked(_ text: String) -> Text {
        let first = matches(in: text[...]).first?.lowerBound ?? text.startIndex
        let before = text.index(first, offsetBy: -20, limitedBy: text.startIndex)
        let start = before.flatMap { text[..<$0].lastIndex(of: " ") }.map(text.index(after:)) ?? text.startIndex
        // Two lines are shown.
        let excerpt = text[start...].prefix(300)
        var (shown, end) = (Text(start > text.startIndex ? "… " : ""), start)
        for word in matches(in: excerpt) {
            shown = shown + Text(excerpt[end..<word.lowerBound]) + Text(excerpt[word]).bold()
            end = word.upperBound
        }
        return shown + Text(excerpt[end...])
    }

    private func matches(in text: Substring) -> [Range<String.Index>] {
        let wanted = query.ranges(of: Self.word).map { plain(query[$0]) }
        return text.ranges(of: Self.word).filter { word in wanted.contains { plain(text[word]).hasPrefix($0) } }
    }

    private func plain(_ word: Substring) -> String {
        word.decomposedStringWithCompatibilityMapping
            .folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
    }

    private static var word: Regex<Substring> { /[\p{L}\p{N}\p{M}]+/ }
}

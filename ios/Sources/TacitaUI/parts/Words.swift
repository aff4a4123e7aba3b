// The words of the language that the app runs in. Whoever changes that in the system's settings ends the app by it.
import TacitaBindings
import TacitaKit
import TacitaWords

let words = wordsOf(.current)

extension ConversationView {
    /// The name to show, or what is said while there is none.
    var title: String { shownName.isEmpty ? words.noName : shownName }
}

extension String {
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}

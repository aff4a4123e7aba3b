// Where the user is, and the way back.
import Observation
import TacitaBindings

/// A screen above the list of conversations.
enum Place: Hashable {
    case conversation(ConversationId, at: UInt64? = nil)
    case contact(ConversationId)
    case safety(ConversationId)
    case newContact(link: String? = nil)
    case invitations
    case settings, profile, privacy, appLock, storage, relays, about, deleteAccount
}

/// The places above the list, the last one on top. Links lead on and the system leads back; the rest is done here.
@MainActor @Observable
final class Navigator {
    var path: [Place] = []
    /// A link that another app has opened, until there is a screen for it.
    var opened: String?

    func go(_ place: Place) {
        if path.last != place { path.append(place) }
    }

    /// Goes to a place from the list, so that back leads there.
    func start(_ place: Place) { path = [place] }

    func home() { path = [] }
}

import TacitaBindings

extension ConversationView {
    /// The name to show: the user's own for the contact, else the contact's; empty until it gave one.
    public var shownName: String { nickname.isEmpty ? name : nickname }
}

import TacitaBindings

/// Where the app as a whole stands: which of its first screens is up, or that all others may be.
public enum AppState: Sendable {
    /// The store is being opened.
    case opening

    /// A passphrase is asked for; `wrong` after one that was not it, and none is taken for `retryAfter` seconds.
    case locked(wrong: Bool, retryAfter: UInt32, busy: Bool)

    /// The store cannot be used: the problem says what to do before `AppModel.open`.
    case unusable(ClientError)

    /// There is no account: a relay's link and a name are asked for.
    case welcome(busy: Bool)

    /// The recovery secret is shown, this once.
    case secret(RecoverySecret)

    /// All else. `hasLock` if a passphrase is asked for at the start.
    case ready(client: Tacita, account: AccountView, hasLock: Bool)
}

/// The recovery secret. The user writes it down, and types some of it back.
public struct RecoverySecret: Sendable {
    /// What to show.
    public let groups: [String]
    /// The numbers of the groups to be typed, counted from 0.
    public let asked: [Int]
    /// Whether other groups were typed than those.
    public internal(set) var wrong = false

    init(_ text: String) {
        var random = SystemRandomNumberGenerator()
        groups = text.split(separator: "-").map(String.init)
        asked = groups.indices.shuffled(using: &random).prefix(Self.askedCount).sorted()
    }

    /// Whether these are the groups that are asked for, however they are written.
    func isConfirmed(by typed: [String]) -> Bool {
        asked.map { groups[$0] } == typed.map { $0.trimmed.uppercased() }
    }

    private static let askedCount = 2
}

// No log can hold the secret by way of its text.
extension RecoverySecret: CustomStringConvertible, CustomReflectable {
    public var description: String { "RecoverySecret(redacted)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

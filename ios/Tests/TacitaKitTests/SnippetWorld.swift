// What the Swift snippets of docs/INTEGRATION.md take as given: values they have, and functions that draw.
import Foundation
import TacitaKit

/// The app around the snippets, which are compiled and never run.
@MainActor protocol SnippetWorld {
    var directory: String { get }
    var vault: any KeyVault { get }
    var inboxDirectory: String { get }
    var inboxVault: any KeyVault { get }
    var relayLink: String { get }
    var link: String { get }

    var client: Tacita { get }
    var tacita: Tacita { get }
    var ben: ConversationId { get }
    var line: ConversationView { get }
    var row: ConversationView { get }
    var hit: MessageView { get }
    var message: MessageView { get }
    var update: MessageUpdate { get }
    var text: String { get }
    var code: String { get }
    var jpeg: Data { get }
    var cache: [ConversationId: PictureView] { get nonmutating set }

    var content: Content { get nonmutating set }
    var quiet: String { get }
    func contentHandler(_ content: Content)
    func somethingCame(_ conversations: [ConversationNews]) -> String

    func askWho(_ answer: @escaping (_ link: String, _ name: String) -> Void)
    func askPassphrase(_ answer: @escaping (String) -> Void)
    func ask(_ question: String) async -> Bool
    func askToUpdate()
    func warn(_ text: String)
    func share(_ link: String)

    func show(_ text: String)
    func show(_ problem: ClientError)
    func show(_ rows: [ConversationView])
    func show(_ message: MessageView)
    func show(_ groups: [String], _ asked: [Int], _ typed: @escaping ([String]) -> Void)
    func showProgress()
    func showMain(_ client: Tacita)
    func showRow(_ name: String, _ unread: UInt32)
    func showGap()
    func showBroken(_ repair: Repair)
    func showDamaged()
    func showVerified()
    func showInitials(_ name: String)
    func showPicture(_ file: Data?)
    func title(_ name: String)
    func title(_ conversation: ConversationView)
    func badge(_ unread: UInt32)

    func reset(_ rows: [MessageView])
    func insert(_ at: UInt32, _ row: MessageView)
    func redraw(_ at: UInt32, _ row: MessageView)
    func remove(_ at: UInt32)
}

/// Stands for `UNMutableNotificationContent`, which only Apple's systems have.
struct Content {
    var body = ""
}

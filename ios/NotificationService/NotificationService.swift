import TacitaPlatform
import UserNotifications

/// Woken by a push: fetches what came into the sealed inbox, and says that something did. It never opens the store, and
/// shows nothing of what the push itself says, which anybody may have written.
final class NotificationService: UNNotificationServiceExtension {
    private var look: Task<Void, Never>?

    override func didReceive(
        _ request: UNNotificationRequest, withContentHandler show: @escaping (UNNotificationContent) -> Void
    ) {
        let answer = Answer(show: show)
        look = Task {
            let content = Notifications.content()
            // 20 of the 30 seconds that iOS gives. Where it fails, something may have come all the same.
            let news = try? await Places().openInbox().check()
            if let news, news.end == .complete, news.came == 0 {
                // Muted, or shown already. iOS shows something for each push; it need not be heard.
                (content.sound, content.interruptionLevel) = (nil, .passive)
            }
            answer.show(content)
        }
    }

    /// Ends the look with what it has, and so gives the answer.
    override func serviceExtensionTimeWillExpire() { look?.cancel() }
}

/// What iOS waits for, from any thread.
private struct Answer: @unchecked Sendable {
    let show: (UNNotificationContent) -> Void
}

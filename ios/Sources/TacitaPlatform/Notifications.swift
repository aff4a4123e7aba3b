import TacitaWords
import UserNotifications

/// Says that something came: no name, no text, no count, on the lock screen and off it.
public enum Notifications {
    /// Whoever says no has no notifications; all else goes on. A number on the app's icon is never asked for.
    public static func ask() async { _ = try? await center.requestAuthorization(options: [.alert, .sound]) }

    /// All that is ever said.
    public static func content() -> UNMutableNotificationContent {
        let (content, words) = (UNMutableNotificationContent(), wordsOf(.current))
        (content.title, content.body, content.sound) = (words.appName, words.somethingCame, .default)
        return content
    }

    /// Shows it, or moves it up if it is shown.
    public static func show() async {
        try? await center.add(UNNotificationRequest(identifier: "messages", content: content(), trigger: nil))
    }

    /// Takes it away: the app is open.
    public static func clear() { center.removeAllDeliveredNotifications() }

    private static var center: UNUserNotificationCenter { .current() }
}

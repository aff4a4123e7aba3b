import BackgroundTasks
import Foundation

/// Looks whether something came, through the inbox alone, and says so: now and then, where no push wakes the extension.
public enum News {
    /// The task's name, in Info.plist as well.
    public static let name = "org.tacita.news"

    /// Has it done once, when iOS finds it right: a quarter of an hour from now at the earliest.
    public static func schedule() {
        let request = BGAppRefreshTaskRequest(identifier: name)
        request.earliestBeginDate = Date(timeIntervalSinceNow: 15 * 60)
        try? BGTaskScheduler.shared.submit(request)  // Refused where the user has switched background refresh off.
    }

    /// Does it, and has it done again. Cancel it when iOS takes the time back.
    public static func look(in places: Places) async {
        schedule()
        // No inbox yet, or the extension looks itself: there is nothing to say. What came stays at its relay.
        if let news = try? await places.openInbox().check(), news.came > 0 { await Notifications.show() }
    }
}

// Declarations of Apple's UserNotifications framework, as far as the app uses it, to check its source on Linux. That it
// compiles means that names and types agree with these declarations, written by hand; nothing here can run.
import Foundation

public struct UNAuthorizationOptions: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static var sound: UNAuthorizationOptions { UNAuthorizationOptions(rawValue: 1 << 1) }
    public static var alert: UNAuthorizationOptions { UNAuthorizationOptions(rawValue: 1 << 2) }
}

open class UNUserNotificationCenter: NSObject {
    private override init() {}
    open class func current() -> UNUserNotificationCenter { fatalError() }
    open func requestAuthorization(options: UNAuthorizationOptions = []) async throws -> Bool { fatalError() }
    open func add(_ request: UNNotificationRequest) async throws { fatalError() }
    open func removeAllDeliveredNotifications() { fatalError() }
}

open class UNNotificationSound: NSObject {
    private override init() {}
    open class var `default`: UNNotificationSound { fatalError() }
}

public enum UNNotificationInterruptionLevel: UInt, Sendable {
    case passive = 0
    case active = 1
    case timeSensitive = 2
    case critical = 3
}

open class UNNotificationContent: NSObject {
    public override init() {}
}

open class UNMutableNotificationContent: UNNotificationContent {
    open var title: String { get { fatalError() } set { fatalError() } }
    open var body: String { get { fatalError() } set { fatalError() } }
    open var sound: UNNotificationSound? { get { fatalError() } set { fatalError() } }
    open var interruptionLevel: UNNotificationInterruptionLevel { get { fatalError() } set { fatalError() } }
}

open class UNNotificationTrigger: NSObject {
    private override init() {}
}

open class UNNotificationRequest: NSObject {
    public convenience init(identifier: String, content: UNNotificationContent, trigger: UNNotificationTrigger?) {
        fatalError()
    }
    private override init() {}
}

open class UNNotificationServiceExtension: NSObject {
    public override init() {}
    open func didReceive(
        _ request: UNNotificationRequest, withContentHandler contentHandler: @escaping (UNNotificationContent) -> Void
    ) { fatalError() }
    open func serviceExtensionTimeWillExpire() { fatalError() }
}

// Our own declarations of what the screens use; that the screens compile against it says that names and types agree
// with the kit and with these declarations, not that they run.
@_exported import Foundation

public enum UIUserInterfaceStyle: Int, Sendable { case unspecified, light, dark }

open class UITraitCollection: NSObject, @unchecked Sendable {
    public var userInterfaceStyle: UIUserInterfaceStyle { fatalError() }
}

open class UIColor: NSObject, @unchecked Sendable {
    public init(red: CGFloat, green: CGFloat, blue: CGFloat, alpha: CGFloat) {}
    public init(dynamicProvider: @escaping @Sendable (UITraitCollection) -> UIColor) {}
    public class var systemBackground: UIColor { fatalError() }
}

open class UIImage: NSObject, @unchecked Sendable {
    public init?(data: Data) {}
    public var size: CGSize { fatalError() }
    public func draw(in rect: CGRect) {}
    public func jpegData(compressionQuality: CGFloat) -> Data? { fatalError() }
    public func byPreparingThumbnail(ofSize size: CGSize) async -> UIImage? { fatalError() }
}

open class UIGraphicsImageRendererFormat: NSObject { public var scale: CGFloat = 0 }
open class UIGraphicsImageRendererContext: NSObject {}

open class UIGraphicsImageRenderer: NSObject {
    public init(size: CGSize, format: UIGraphicsImageRendererFormat) {}
    public func image(actions: (UIGraphicsImageRendererContext) -> Void) -> UIImage { fatalError() }
}

@MainActor open class UIPasteboard: NSObject {
    public class var general: UIPasteboard { fatalError() }
    public var string: String?
}

public enum UIAccessibility {
    public struct Notification: Hashable, RawRepresentable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        public static let announcement = Notification(rawValue: 1008)
    }
    @MainActor public static func post(notification: Notification, argument: Any?) {}
}

public enum UIKeyboardType: Int, Sendable {
    case `default`, asciiCapable, numbersAndPunctuation, URL, numberPad, phonePad, namePhonePad, emailAddress
    case decimalPad, twitter, webSearch, asciiCapableNumberPad
}

@MainActor open class UIResponder: NSObject {}
@MainActor open class UIViewController: UIResponder {}

@MainActor open class UIView: UIResponder {
    public var backgroundColor: UIColor?
    public var isHidden = false
}

@MainActor open class UIScene: UIResponder {}
@MainActor open class UIWindowScene: UIScene {}

@MainActor open class UIWindow: UIView {
    public init(windowScene: UIWindowScene) {}
    public var windowLevel = Level.normal
    public struct Level: Hashable, RawRepresentable, Sendable {
        public let rawValue: CGFloat
        public init(rawValue: CGFloat) { self.rawValue = rawValue }
        public static let normal = Level(rawValue: 0)
        public static let alert = Level(rawValue: 2000)
    }
}

@MainActor open class UIApplication: UIResponder {
    public class var shared: UIApplication { fatalError() }
    public var connectedScenes: Set<UIScene> { fatalError() }
}

import UIKit

/// Covers the screen while the app is not in front, so that the picture that iOS takes for the list of recent apps
/// shows nothing. It is always on. Screenshots cannot be forbidden on iOS.
@MainActor
final class SecureWindow {
    private var window: UIWindow?

    /// Covers all that is on the screen, sheets and alerts too, or uncovers it.
    func cover(_ on: Bool) {
        let scene = UIApplication.shared.connectedScenes.first as? UIWindowScene
        window = on ? scene.map { UIWindow(windowScene: $0) } : nil
        window?.backgroundColor = .systemBackground
        window?.windowLevel = UIWindow.Level(rawValue: UIWindow.Level.alert.rawValue + 1)
        window?.isHidden = false
    }
}

// Declarations of what Apple's Foundation has and Linux's has not, to check the app's source on Linux; here because no
// second module can be called Foundation. Nothing here can run.
import Foundation

extension FileManager {
    public func containerURL(forSecurityApplicationGroupIdentifier groupIdentifier: String) -> URL? { fatalError() }
}

extension URL {
    public static var applicationSupportDirectory: URL { fatalError() }
    public static var documentsDirectory: URL { fatalError() }
}

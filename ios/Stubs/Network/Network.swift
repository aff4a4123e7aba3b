// Declarations of Apple's Network framework, as far as the app uses it, to check its source on Linux. That it compiles
// means that names and types agree with these declarations, which were written by hand; nothing here can run.
import Dispatch

public struct NWPath: Sendable {
    public enum Status: Sendable {
        case satisfied
        case unsatisfied
        case requiresConnection
    }
    public let status: Status
}

// Newer ones of Apple's are Sendable; the app does without it.
public final class NWPathMonitor {
    public init() {}
    public var pathUpdateHandler: (@Sendable (_ newPath: NWPath) -> Void)? {
        get { fatalError() }
        set { fatalError() }
    }
    public func start(queue: DispatchQueue) { fatalError() }
    public func cancel() { fatalError() }
}

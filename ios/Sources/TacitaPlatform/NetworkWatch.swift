import Network

/// Tells whether the device has a network, at once and at each change, as long as it is held.
public final class NetworkWatch {
    private let monitor = NWPathMonitor()

    public init(_ changed: @escaping @MainActor @Sendable (_ there: Bool) -> Void) {
        monitor.pathUpdateHandler = { path in
            // A path that needs a connection first may come up by being tried.
            MainActor.assumeIsolated { changed(path.status != .unsatisfied) }
        }
        monitor.start(queue: .main)
    }

    deinit { monitor.cancel() }
}

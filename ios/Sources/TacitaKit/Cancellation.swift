import Foundation

/// What a call that waits in the core gives, but nil at once when the task is cancelled: cancellation as such does not
/// reach such a call, which `interrupt` ends.
func unlessCancelled<Value: Sendable>(
    interrupt: @escaping @Sendable () -> Void,
    _ call: @escaping @Sendable () async throws -> Value?
) async throws -> Value? {
    let wait = Wait<Value>()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            guard wait.begin(continuation) else { return }
            Task {
                do {
                    wait.end(.success(try await call()))
                } catch {
                    wait.end(.failure(error))
                }
            }
        }
    } onCancel: {
        wait.end(.success(nil))
        // Nobody waits for that call any more; it need not stay until something happens.
        interrupt()
    }
}

/// One wait that ends once, with whatever comes first.
private final class Wait<Value: Sendable>: @unchecked Sendable {
    typealias Outcome = Result<Value?, any Error>
    typealias Waiter = CheckedContinuation<Value?, any Error>

    // All of it is touched with the lock held only.
    private let lock = NSLock()
    private var waiter: Waiter?
    private var outcome: Outcome?

    /// False if it has ended before it began.
    func begin(_ continuation: Waiter) -> Bool {
        let early: Outcome? = lock.withLock {
            if outcome == nil { waiter = continuation }
            return outcome
        }
        if let early { continuation.resume(with: early) }
        return early == nil
    }

    func end(_ result: Outcome) {
        let waiting: Waiter? = lock.withLock {
            defer { waiter = nil }
            if outcome == nil { outcome = result }
            return waiter
        }
        waiting?.resume(with: result)
    }
}

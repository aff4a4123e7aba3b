import Foundation
import TacitaBindings

extension Client {
    /// As `events`, but nil at once when the task is cancelled: cancellation as such does not reach a call
    /// that waits in the core.
    func eventsUnlessCancelled(after cursor: UInt64) async throws -> EventBatch? {
        let wait = Wait()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard wait.begin(continuation) else { return }
                Task {
                    do {
                        wait.end(.success(try await self.events(after: cursor)))
                    } catch {
                        wait.end(.failure(error))
                    }
                }
            }
        } onCancel: {
            wait.end(.success(nil))
            // Nobody waits for that call any more; it need not stay until the next event.
            try? interrupt()
        }
    }
}

/// One wait that ends once, with whatever comes first.
private final class Wait: @unchecked Sendable {
    typealias Outcome = Result<EventBatch?, any Error>
    typealias Waiter = CheckedContinuation<EventBatch?, any Error>

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

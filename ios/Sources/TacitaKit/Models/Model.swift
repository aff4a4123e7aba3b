import Observation
import TacitaBindings

/// What one screen shows, and what can be done on it. It is read and called on the main actor; the core is called
/// elsewhere. `close` it when its screen is gone.
@MainActor @Observable
public class Model<State: Sendable> {
    /// What to show.
    public internal(set) var state: State

    /// Why the last thing that was asked for was not done; nil if nothing speaks. Show it until `dismissProblem`.
    public private(set) var problem: ClientError?

    let tasks = Tasks()

    init(_ start: State) {
        state = start
    }

    /// The user has seen the problem.
    public func dismissProblem() {
        problem = nil
    }

    /// Ends what the model follows. What was asked for before is still done, and nothing that is asked for later.
    public func close() {
        tasks.cancel()
    }

    func fail(_ error: any Error) {
        let reason = ClientError(error)
        // A screen that is about to go is not told why.
        if reason != .Closed { problem = reason }
    }

    /// What a stream means by ending; nothing comes from it any more.
    func streamEnded(_ error: any Error) {
        fail(error)
    }

    /// Does something that may fail, once `before` has ended.
    @discardableResult
    func act(
        after before: Task<Void, Never>? = nil, _ work: @escaping @MainActor () async throws -> Void
    ) -> Task<Void, Never>? {
        tasks.start { [weak self] in
            await before?.value
            do {
                try await work()
            } catch {
                if !Task.isCancelled { self?.fail(error) }
            }
        }
    }

    /// Takes each element of the stream that `open` gives, until it is cancelled.
    @discardableResult
    func follow<Stream: AsyncSequence>(
        _ open: @escaping @Sendable () async throws -> Stream,
        _ take: @escaping @MainActor @Sendable (Stream.Element) async throws -> Void
    ) -> Task<Void, Never>? where Stream.Element: Sendable {
        tasks.start { [weak self] in
            do {
                try await deliver(open) { element in
                    // It may have been on its way when nobody wanted it any more.
                    if !Task.isCancelled { try await take(element) }
                }
            } catch {
                if !Task.isCancelled { self?.streamEnded(error) }
            }
        }
    }
}

/// Not on the main actor: the core is called to open a stream, to ask it, and to let go of it.
private nonisolated func deliver<Stream: AsyncSequence>(
    _ open: @Sendable () async throws -> Stream,
    to take: @MainActor @Sendable (Stream.Element) async throws -> Void
) async throws where Stream.Element: Sendable {
    for try await element in try await open() { try await take(element) }
}

extension ClientError {
    /// The error as the core names it. Whatever is none of its own is a bug, and asks for the same next step.
    init(_ error: any Error) {
        self = error as? ClientError ?? .Reopen
    }
}

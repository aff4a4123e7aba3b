/// The tasks of one model: those that still run are cancelled when it is closed, or gone.
@MainActor
final class Tasks {
    private(set) var isOver = false
    private var running: [Int: Task<Void, Never>] = [:]
    private var begun = 0

    /// Begins a task; nil, and no task, after `cancel`.
    func start(_ work: @escaping @MainActor () async -> Void) -> Task<Void, Never>? {
        guard !isOver else { return nil }
        begun += 1
        let number = begun
        let task = Task { [weak self] in
            await work()
            self?.running[number] = nil
        }
        running[number] = task
        return task
    }

    func cancel() {
        isOver = true
        for task in running.values { task.cancel() }
    }

    deinit {
        for task in running.values { task.cancel() }
    }
}

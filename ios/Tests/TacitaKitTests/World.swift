import Foundation
import Testing

@testable import TacitaKit

/// A real relay, started as a child of the tests and ended with them.
enum Relay {
    static func link() throws -> String {
        try started.get()
    }

    private static let started: Result<String, any Error> = Result {
        let directory = try World.makeDirectory("tacita-relay")
        let link = directory.appendingPathComponent("link")
        let relay = Process()
        relay.executableURL = program
        relay.arguments = [
            "--data", directory.appendingPathComponent("data").path,
            "--listen", "127.0.0.1:0", "--link-file", link.path,
        ]
        relay.standardOutput = FileHandle.nullDevice
        relay.standardError = FileHandle.nullDevice
        try relay.run()
        child.set(relay.processIdentifier)
        atexit { Relay.child.end() }
        let deadline = Date().addingTimeInterval(30)
        while Date() < deadline, relay.isRunning {
            if let text = try? String(contentsOf: link, encoding: .utf8), text.hasSuffix("\n") {
                return text.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
        throw NoRelay(program: program.path)
    }

    private static var program: URL {
        if let path = ProcessInfo.processInfo.environment["TACITA_RELAY"] {
            return URL(fileURLWithPath: path)
        }
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("target/debug/tacita-relay")
    }

    /// The child's number, where the function that runs at exit finds it.
    private static let child = Child()

    private final class Child: @unchecked Sendable {
        private let lock = NSLock()
        private var pid: pid_t?

        func set(_ number: pid_t) {
            lock.withLock { pid = number }
        }

        func end() {
            if let pid = lock.withLock({ pid }) { kill(pid, SIGTERM) }
        }
    }

    struct NoRelay: Error {
        let program: String
    }
}

/// The people of one test; closed and gone when it ends.
actor World {
    private let directory: URL
    private var opened: [Tacita] = []

    private init() throws {
        directory = try World.makeDirectory("tacita-kit")
    }

    static func makeDirectory(_ name: String) throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// Runs a test with people in it, and fails it if it hangs.
    static func run(_ test: @escaping @Sendable (World) async throws -> Void) async throws {
        let world = try World()
        let limit = Task {
            try await Task.sleep(for: .seconds(120))
            fatalError("a test hangs")
        }
        do {
            try await test(world)
        } catch {
            await world.end()
            limit.cancel()
            throw error
        }
        await world.end()
        limit.cancel()
    }

    nonisolated func path(_ name: String) -> String {
        directory.appendingPathComponent(name).path
    }

    func open(_ name: String) async throws -> Tacita {
        let client = try await Tacita.open(directory: path(name), vault: testVault(directory: path(name)))
        opened.append(client)
        return client
    }

    func person(_ name: String) async throws -> Tacita {
        let client = try await open(name)
        _ = try await client.createAccount(relayLink: Relay.link(), name: name)
        return client
    }

    struct Pair: Sendable {
        let ada: Tacita
        let ben: Tacita
        let adasId: ConversationId
        let bensId: ConversationId
    }

    /// Ada and Ben, who know each other, and the conversation as each of them names it.
    func pair() async throws -> Pair {
        let ada = try await person("Ada")
        let ben = try await person("Ben")
        let invitation = try await ada.createInvitation(kind: .personal)
        let bensId = try await ben.acceptInvitation(link: invitation.link)
        let list = try await ada.conversations().first { !$0.isEmpty }
        let adasId = try #require(list?.first).id
        return Pair(ada: ada, ben: ben, adasId: adasId, bensId: bensId)
    }

    private func end() async {
        for client in opened { try? await client.close() }
        try? FileManager.default.removeItem(at: directory)
    }
}

extension ShownMessages {
    /// The texts that came from one side, in order.
    func texts(_ direction: Direction) -> [String] {
        MessagePage(messages: messages, more: older).texts(direction)
    }
}

extension MessagePage {
    /// The page up to its first missing message, which may still come.
    func beforeFirstMissing() -> MessagePage {
        MessagePage(messages: Array(messages.prefix { $0.body != .missing }), more: more)
    }

    /// The texts that came from one side, in order.
    func texts(_ direction: Direction) -> [String] {
        messages.filter { $0.direction == direction }.compactMap {
            if case .text(let text) = $0.body { text } else { nil }
        }
    }
}

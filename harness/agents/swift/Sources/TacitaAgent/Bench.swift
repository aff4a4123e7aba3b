import Foundation
import TacitaKit

/// What a page of 50 messages takes from the kit, and what it would take if nothing had to be found; then what the
/// first list takes from the start. Lines of a name and microseconds.
func bench(directory: String) async throws {
    let vault = try testVault(directory: directory)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let client = try Client.open(config: Config(directory: directory, vault: vault))
    let id = try await client.fillForBench(conversations: 100, messages: 100)
    try await client.close()

    let clock = ContinuousClock()
    let started = clock.now
    let tacita = try await Tacita.open(directory: directory, vault: vault)
    let list = try await tacita.conversationList()
    precondition(list.count == 100)
    print("first list: \(micros(clock.now - started))")

    let first = try await tacita.messagePage(id: id, limit: 50)
    precondition(first.messages.count == 50)
    var pages: [Duration] = []
    var floors: [Duration] = []
    for turn in -1000..<2001 {
        let start = clock.now
        _ = try await tacita.messagePage(id: id, limit: 50)
        let between = clock.now
        _ = try await pageForBench(messages: 50)
        let end = clock.now
        if turn >= 0 {
            pages.append(between - start)
            floors.append(end - between)
        }
    }
    print("page: \(micros(pages.sorted()[pages.count / 2]))")
    print("floor: \(micros(floors.sorted()[floors.count / 2]))")
    try await tacita.close()
}

private func micros(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
}

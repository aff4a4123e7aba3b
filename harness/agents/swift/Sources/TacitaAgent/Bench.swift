import Foundation
import TacitaKit

private let warmUp = 1000
private let samples = 2001

/// What a page of 50 messages takes from the kit; what the same call would take if nothing had to be found (the floor), or
/// if it named no conversation besides (the list alone); what a page takes that goes by the engine's thread; and what the first list
/// takes from the start. Lines of a name and microseconds.
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
    let floor = try FloorForBench()
    var pages: [Duration] = []
    var floors: [Duration] = []
    var lists: [Duration] = []
    var posted: [Duration] = []
    for turn in -warmUp..<samples {
        let start = clock.now
        _ = try await tacita.messagePage(id: id, limit: 50)
        let afterPage = clock.now
        _ = try await floor.messages(id: id, before: nil, limit: 50)
        let afterFloor = clock.now
        _ = try await listForBench(messages: 50)
        let afterList = clock.now
        if turn >= 0 {
            pages.append(afterPage - start)
            floors.append(afterFloor - afterPage)
            lists.append(afterList - afterFloor)
        }
    }
    for _ in 0..<samples {
        let start = clock.now
        _ = try await tacita.messagePage(id: id, limit: 51)
        posted.append(clock.now - start)
    }
    print("page: \(median(pages))")
    print("floor: \(median(floors))")
    print("list: \(median(lists))")
    print("posted: \(median(posted))")
    try await tacita.close()
}

private func micros(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
}

private func median(_ durations: [Duration]) -> Double {
    micros(durations.sorted()[durations.count / 2])
}

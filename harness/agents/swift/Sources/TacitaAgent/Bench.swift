import Foundation
import Observation
import TacitaKit

private let conversations = 100
private let warmUp = 1000
private let samples = 2001
/// Opening takes a hundred times as long.
private let openWarmUp = 30
private let openSamples = 301
private let clock = ContinuousClock()

/// What a page and a start take through the kit, and at least. Lines of a name and microseconds.
func bench(directory: String) async throws {
    let vault = try testVault(directory: directory)
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let client = try Client.open(config: Config(directory: directory, vault: vault))
    let id = try await client.fillForBench(conversations: UInt32(conversations), messages: 100)
    try await client.close()
    try await benchOpening(directory, vault)
    let tacita = try await Tacita.open(directory: directory, vault: vault)
    try await benchPages(tacita, id)
    try await tacita.close()
}

/// What a page of 50 messages takes from the kit; what the same call would take if nothing had to be found (the floor), or
/// if it named no conversation besides (the list alone); and what a page takes that goes by the engine's thread.
private func benchPages(_ tacita: Tacita, _ id: ConversationId) async throws {
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
}

/// What it takes from opening the client until the first list of conversations has come from the kit, and until a screen's
/// model shows it; until it has come from the bindings alone (the floor), and until the core has it.
private func benchOpening(_ directory: String, _ vault: any KeyVault) async throws {
    var kit: [Duration] = []
    var models: [Duration] = []
    var floors: [Duration] = []
    var core: [Duration] = []
    for turn in -openWarmUp..<openSamples {
        let byKit = try await openKit(directory, vault)
        let byModel = try await openModel(directory, vault)
        let byBindings = try await openBindings(Config(directory: directory, vault: vault))
        let inCore = try await openForBench(config: Config(directory: directory, vault: vault))
        if turn >= 0 {
            kit.append(byKit)
            models.append(byModel)
            floors.append(byBindings)
            core.append(.microseconds(inCore))
        }
    }
    print("open: \(median(kit))")
    print("open model: \(median(models))")
    print("open floor: \(median(floors))")
    print("open core: \(median(core))")
}

private func openKit(_ directory: String, _ vault: any KeyVault) async throws -> Duration {
    let start = clock.now
    let tacita = try await Tacita.open(directory: directory, vault: vault)
    let rows = try await tacita.conversations(.main).first { _ in true }
    let taken = clock.now - start
    precondition(rows?.count == conversations)
    try await tacita.close()
    return taken
}

@MainActor
private func openModel(_ directory: String, _ vault: any KeyVault) async throws -> Duration {
    let start = clock.now
    let tacita = try await Tacita.open(directory: directory, vault: vault)
    let model = ConversationListModel(client: tacita)
    while model.state.shown == nil {
        await withCheckedContinuation { changed in
            withObservationTracking { _ = model.state } onChange: { changed.resume() }
        }
    }
    let taken = clock.now - start
    precondition(model.state.shown?.rows.count == conversations)
    model.close()
    try await tacita.close()
    return taken
}

private func openBindings(_ config: Config) async throws -> Duration {
    let start = clock.now
    let client = try Client.open(config: config)
    let update = try await client.conversationList(filter: .main).next(seen: 0)
    let taken = clock.now - start
    guard case .reset(let rows)? = update?.changes.first else { preconditionFailure() }
    precondition(rows.count == conversations)
    try await client.close()
    return taken
}

private func micros(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) / 1e12
}

private func median(_ durations: [Duration]) -> Double {
    micros(durations.sorted()[durations.count / 2])
}

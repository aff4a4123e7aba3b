import Foundation
import Testing

@testable import TacitaKit

/// The vectors of core/tests/vectors, read here and run through the library that the kit is linked with.
@Suite struct VectorTests {
    @Test(arguments: [
        "bundle", "content", "derivation", "device_log", "envelope", "handshake", "initial", "invitation", "padding",
        "prekey", "ratchet", "safety", "vault",
    ])
    func everyVectorHolds(structure: String) throws {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent("\(structure).json"))
        let cases = try JSONDecoder().decode(VectorFile.self, from: data).cases
        for vector in cases {
            let inputs = try #require(String(data: JSONEncoder().encode(vector.inputs), encoding: .utf8))
            let answer = try runVector(operation: vector.operation, inputs: inputs)
            let outcome = try JSONDecoder().decode(Outcome.self, from: Data(answer.utf8))
            // Not by an expression of both: what it prints would be megabytes.
            let holds = outcome == Outcome(outputs: vector.outputs, error: vector.error)
            #expect(holds, "\(vector.name): \(answer.prefix(300))")
        }
        let refused = cases.count { $0.error != nil }
        #expect(refused > 0 && refused < cases.count)
    }

    @Test func noVectorFileIsLeftUnread() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.count { $0.hasSuffix(".json") } == 13)
    }

    @Test func whatIsNoCaseIsToldApart() throws {
        let answer = try runVector(operation: "no-such-operation", inputs: "{}")
        let outcome = try JSONDecoder().decode(Outcome.self, from: Data(answer.utf8))
        #expect(outcome.error?.hasPrefix("BadCase") == true)
    }

    private static var folder: URL {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return root.appendingPathComponent("core/tests/vectors")
    }
}

private struct VectorFile: Decodable {
    let cases: [Vector]
}

private struct Vector: Decodable {
    let name: String
    let operation: String
    let inputs: Json
    let outputs: Json?
    let error: String?
}

private struct Outcome: Decodable, Equatable {
    let outputs: Json?
    let error: String?
}

/// Any JSON; the vectors have whole numbers only.
private indirect enum Json: Codable, Equatable {
    case null
    case bool(Bool)
    case number(Int)
    case text(String)
    case list([Json])
    case object([String: Json])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let number = try? value.decode(Int.self) {
            self = .number(number)
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let list = try? value.decode([Json].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: Json].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .bool(let bool): try value.encode(bool)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }
}

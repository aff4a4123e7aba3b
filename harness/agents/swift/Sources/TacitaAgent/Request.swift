import Foundation

/// A request of the harness: `{"id": 1, "op": "send_text", "args": {"id": "…", "text": "…"}}`.
struct Request: Sendable {
    let id: Int
    let op: String
    private let texts: [String: String]
    private let numbers: [String: Int64]

    struct Malformed: Error {
        let what: String
    }

    init(line: String) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        guard let parsed, let id = parsed["id"] as? Int, let op = parsed["op"] as? String else {
            throw Malformed(what: line)
        }
        self.id = id
        self.op = op
        let arguments = parsed["args"] as? [String: Any] ?? [:]
        texts = arguments.compactMapValues { $0 as? String }
        numbers = arguments.compactMapValues { ($0 as? NSNumber)?.int64Value }
    }

    func has(_ name: String) -> Bool {
        texts[name] != nil || numbers[name] != nil
    }

    func text(_ name: String) throws -> String {
        guard let text = texts[name] else { throw Malformed(what: "\(op): \(name)") }
        return text
    }

    func number<Number: FixedWidthInteger>(_ name: String) throws -> Number {
        guard let number = numbers[name].flatMap(Number.init(exactly:)) else {
            throw Malformed(what: "\(op): \(name)")
        }
        return number
    }

    /// True and false are the numbers 1 and 0.
    func flag(_ name: String) throws -> Bool {
        try number(name) == 1
    }
}

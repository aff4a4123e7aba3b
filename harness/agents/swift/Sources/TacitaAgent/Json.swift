import Foundation
import TacitaKit

/// A view as the harness reads it from every agent: fields in snake case, cases of plain enums as strings,
/// cases that may carry something as objects with a `kind`.
func encode(_ value: Any) -> Any {
    switch value {
    case is Void: return [String: Any]()
    case is String, is Bool, is any BinaryInteger: return value
    case let list as [Any]: return list.map(encode)
    case is Delivery, is MessageBody: return withKind(value) { $0.prefix(1).uppercased() + $0.dropFirst() }
    case is Event: return withKind(value) { $0 }
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { encode($0.value) } ?? NSNull()
    case .enum: return caseName(value).prefix(1).uppercased() + caseName(value).dropFirst()
    default: return fields(mirror)
    }
}

/// An error as the harness reads it: the variant's name in Rust, and what it carries.
func encodeError(_ error: any Error) -> Any {
    if error is ClientError { return withKind(error) { $0 } }
    return ["kind": "Agent", "text": "\(error)"]
}

private func withKind(_ value: Any, spelling: (String) -> String) -> [String: Any] {
    // What a case carries is a tuple with labels.
    let carried = Mirror(reflecting: value).children.first.map { fields(Mirror(reflecting: $0.value)) } ?? [:]
    return carried.merging(["kind": spelling(caseName(value))]) { _, kind in kind }
}

private func caseName(_ value: Any) -> String {
    Mirror(reflecting: value).children.first?.label ?? "\(value)"
}

private func fields(_ mirror: Mirror) -> [String: Any] {
    var fields: [String: Any] = [:]
    for case (let label?, let value) in mirror.children { fields[snakeCase(label)] = encode(value) }
    return fields
}

private func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, letter in
        text += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
    }
}

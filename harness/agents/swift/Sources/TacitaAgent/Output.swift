import Foundation

private let output = NSLock()

/// Writes one line of JSON, as a whole.
func say(_ fields: [String: Any]) {
    guard var line = try? JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys]) else {
        FileHandle.standardError.write(Data("an answer is no JSON\n".utf8))
        return
    }
    line.append(0x0A)
    output.withLock { FileHandle.standardOutput.write(line) }
}

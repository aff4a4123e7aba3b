import Foundation

extension String {
    /// Without the spaces and line breaks that keyboards and clipboards put around what was meant.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}

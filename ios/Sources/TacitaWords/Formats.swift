import Foundation
import TacitaBindings

/// How a language writes numbers, sizes and times.
extension Words {
    public var appName: String { "Tacita" }

    /// The time of day.
    public func clock(_ ms: UInt64) -> String { format(ms, .omitted, .shortened) }

    /// The day, in words where they are shorter.
    public func day(_ ms: UInt64) -> String { format(ms, .abbreviated, .omitted) }

    /// The time of day if it is today's, else the day.
    public func shortTime(_ ms: UInt64) -> String {
        if ms == 0 { return "" }
        return Calendar.current.isDateInToday(at(ms)) ? clock(ms) : format(ms, .numeric, .omitted)
    }

    public func isSameDay(_ one: UInt64, _ other: UInt64) -> Bool {
        Calendar.current.isDate(at(one), inSameDayAs: at(other))
    }

    /// A size, in the unit that makes it short.
    public func bytes(_ bytes: UInt64) -> String {
        guard let unit = units.last(where: { bytes >= $0.size }) else { return "\(bytes) B" }
        let number = Double(bytes) / Double(unit.size)
        let digits = FloatingPointFormatStyle<Double>.number.precision(.fractionLength(number < 10 ? 1 : 0)).locale(locale)
        return "\(number.formatted(digits)) \(unit.name)"
    }

    /// A message in one line.
    public func bodyShort(_ body: MessageBody) -> String {
        switch body {
        case .text(let text): text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? ""
        case .missing: missing
        case .undecryptable(_, let count, _): undecryptable(UInt64(count))
        case .needsNewerVersion: needsNewerVersion
        case .damaged: damaged
        }
    }

    /// What becomes of an invitation, by its kind.
    public func invitationState(_ invitation: InvitationView) -> String {
        switch invitation.kind {
        case .personal: personalState(invitation.state)
        case .public: publicState(invitation.state)
        }
    }

    func number(_ count: UInt64) -> String { count.formatted(IntegerFormatStyle<UInt64>.number.locale(locale)) }

    private func format(_ ms: UInt64, _ date: Date.FormatStyle.DateStyle, _ time: Date.FormatStyle.TimeStyle) -> String {
        at(ms).formatted(Date.FormatStyle(date: date, time: time, locale: locale))
    }

    private func at(_ ms: UInt64) -> Date { Date(timeIntervalSince1970: Double(ms) / 1000) }
}

private let units: [(name: String, size: UInt64)] = [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)]

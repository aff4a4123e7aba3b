// Colours of every screen: ink and night, with one warm accent.
import SwiftUI
import UIKit

extension Color {
    static let accent = Color(day: 0x2E4A7D, night: 0xAFC6FF)
    static let onAccent = Color(day: 0xFFFFFF, night: 0x12305F)
    static let ours = Color(day: 0xDAE4FF, night: 0x2B467A)
    static let onOurs = Color(day: 0x0A1C3F, night: 0xDAE4FF)
    static let theirs = Color(day: 0xE4E7F0, night: 0x282C36)
    static let onTheirs = Color(day: 0x484D5A, night: 0xC3C8D4)
    static let quiet = Color(day: 0x56607A, night: 0xBFC7DC)
    static let warm = Color(day: 0x8A5A1B, night: 0xF3BE7C)
    static let warmGround = Color(day: 0xFFE2BF, night: 0x5C3B0C)
    static let onWarmGround = Color(day: 0x2E1A00, night: 0xFFE2BF)
    static let alarm = Color(day: 0xB3261E, night: 0xF2B8B5)
    static let alarmGround = Color(day: 0xFBDDDA, night: 0x7A2420)
    static let onAlarmGround = Color(day: 0x410E0B, night: 0xFBDDDA)
    static let pictures = Color(rgb: 0x2F8F7A)
    static let outline = Color(day: 0x747A88, night: 0x8D93A1)
    static let faint = Color(day: 0xCBD0DC, night: 0x434854)
    static let ground = Color(day: 0xFAFAFD, night: 0x111318)

    // What the system draws on these is white by night too.
    static let accentUnderWhite = Color(rgb: 0x2E4A7D)
    static let quietUnderWhite = Color(rgb: 0x56607A)
    static let warmUnderWhite = Color(rgb: 0x8A5A1B)

    init(rgb: UInt32) {
        self.init(uiColor: UIColor(rgb: rgb))
    }

    private init(day: UInt32, night: UInt32) {
        self.init(uiColor: UIColor { UIColor(rgb: $0.userInterfaceStyle == .dark ? night : day) })
    }
}

extension UIColor {
    fileprivate convenience init(rgb: UInt32) {
        func part(_ shift: UInt32) -> CGFloat { CGFloat(rgb >> shift & 0xFF) / 255 }
        self.init(red: part(16), green: part(8), blue: part(0), alpha: 1)
    }
}

// A contact's picture, or the first letter of its name on a colour of its own.
import SwiftUI
import UIKit

struct Avatar: View {
    let name: String
    let picture: Data?
    var size: CGFloat = 48
    @State private var image: UIImage?

    var body: some View {
        ZStack {
            if let image {
                Image(uiImage: image).resizable().scaledToFill()
            } else {
                // A letter in a circle does not grow with the font: the circle does not either.
                colour
                Text(letter).font(.system(size: size * 0.42, weight: .medium)).foregroundStyle(.white)
            }
        }
        .frame(width: size, height: size).clipShape(.circle).accessibilityHidden(true)
        .task(id: picture) { image = await decode(picture, side: size * 3) }
    }

    private var letter: String { name.first { $0.isLetter || $0.isNumber }?.uppercased() ?? "?" }

    private var colour: Color {
        // Not Swift's own hash, which is another after each start.
        let hash = name.utf16.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
        return Self.colours[Int(hash) % Self.colours.count]
    }

    /// White is readable on each of them.
    private static let colours =
        [0x3F5F9E, 0x8A4B6B, 0x2F6E62, 0x8A5A1B, 0x5B4B9A, 0x9A4040, 0x3D6B8A, 0x556B2F].map { Color(rgb: $0) }
}

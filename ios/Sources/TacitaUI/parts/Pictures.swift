// Picture files: those of contacts, which may be anything, and the user's own, made small enough to be told.
import SwiftUI
import UIKit

/// The pixels of a file; nil if it is no picture, or a larger one than anybody needs.
func decode(_ file: Data?, side: CGFloat) async -> UIImage? {
    // This reads what the file says of itself. Pixels are made when they are asked for, and then few of them.
    guard let whole = file.flatMap(UIImage.init(data:)), max(whole.size.width, whole.size.height) <= 4_096 else {
        return nil
    }
    return await whole.byPreparingThumbnail(ofSize: square(side, around: whole.size).size)
}

/// A square JPEG of the middle of a picture, at most as large as a profile takes; nil if it is none. Where it was taken
/// is not in it any more.
func shrink(_ file: Data) async -> Data? {
    guard let whole = UIImage(data: file) else { return nil }
    let (side, format) = (CGFloat(256), UIGraphicsImageRendererFormat())
    format.scale = 1
    let small = UIGraphicsImageRenderer(size: CGSize(width: side, height: side), format: format).image { _ in
        whole.draw(in: square(side, around: whole.size))
    }
    let qualities = stride(from: CGFloat(0.9), through: 0.1, by: -0.1)
    return qualities.lazy.compactMap { small.jpegData(compressionQuality: $0) }.first { $0.count <= 16_384 }
}

/// Where a picture of `size` is drawn so that it fills a square and stays in its middle.
private func square(_ side: CGFloat, around size: CGSize) -> CGRect {
    let scale = side / max(1, min(size.width, size.height))
    let (width, height) = (size.width * scale, size.height * scale)
    return CGRect(x: (side - width) / 2, y: (side - height) / 2, width: width, height: height)
}

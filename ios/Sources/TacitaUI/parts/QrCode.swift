// A text as a QR code, dark on white whatever the theme: scanners want it so.
import SwiftUI
import UIKit

#if canImport(CoreImage)
    import CoreImage.CIFilterBuiltins
#endif

struct QrCode: View {
    let text: String
    let description: String
    @State private var image: UIImage?

    var body: some View {
        ZStack {
            Color.white
            if let image { Image(uiImage: image).interpolation(.none).resizable().padding(14) }
        }
        .aspectRatio(1, contentMode: .fit).frame(maxWidth: 300).clipShape(.rect(cornerRadius: 16))
        .accessibilityElement(children: .ignore).accessibilityAddTraits(.isImage).accessibilityLabel(description)
        .task(id: text) { image = draw() }
    }

    private func draw() -> UIImage? {
        #if canImport(CoreImage)
            let filter = CIFilter.qrCodeGenerator()
            filter.message = Data(text.utf8)
            guard let code = filter.outputImage else { return nil }
            return CIContext().createCGImage(code, from: code.extent).map { UIImage(cgImage: $0) }
        #else
            return nil
        #endif
    }
}

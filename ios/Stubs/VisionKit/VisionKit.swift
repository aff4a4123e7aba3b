// Our own declarations of what the screens use; that the screens compile against it says that names and types agree
// with the kit and with these declarations, not that they run.
import UIKit

/// Vision's, which VisionKit takes.
public struct VNBarcodeSymbology: Hashable, RawRepresentable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let qr = VNBarcodeSymbology(rawValue: "VNBarcodeSymbologyQR")
}

public enum RecognizedItem: Identifiable, Sendable {
    case text(Text)
    case barcode(Barcode)
    public var id: UUID { fatalError() }
    public struct Text: Identifiable, Sendable {
        public let id: UUID
    }
    public struct Barcode: Identifiable, Sendable {
        public let id: UUID
        public let payloadStringValue: String?
    }
}

@MainActor public protocol DataScannerViewControllerDelegate: AnyObject {
    func dataScanner(
        _ dataScanner: DataScannerViewController, didAdd addedItems: [RecognizedItem], allItems: [RecognizedItem])
}

extension DataScannerViewControllerDelegate {
    public func dataScanner(
        _ dataScanner: DataScannerViewController, didAdd addedItems: [RecognizedItem], allItems: [RecognizedItem]
    ) {}
}

@MainActor public final class DataScannerViewController: UIViewController {
    public struct RecognizedDataType: Hashable, Sendable {
        public static func barcode(symbologies: [VNBarcodeSymbology] = []) -> RecognizedDataType { fatalError() }
    }
    public enum QualityLevel: Hashable, Sendable { case balanced, fast, accurate }
    public static var isSupported: Bool { fatalError() }
    public init(
        recognizedDataTypes: Set<RecognizedDataType>, qualityLevel: QualityLevel = .balanced,
        recognizesMultipleItems: Bool = false, isHighFrameRateTrackingEnabled: Bool = true,
        isPinchToZoomEnabled: Bool = true, isGuidanceEnabled: Bool = true, isHighlightingEnabled: Bool = false
    ) {}
    public weak var delegate: (any DataScannerViewControllerDelegate)?
    public func startScanning() throws {}
    public func stopScanning() {}
}

// A button that shows what the camera sees and reports a QR code; nothing where there is no camera to be had.
import SwiftUI
import UIKit
import VisionKit

#if canImport(AVFoundation)
    import AVFoundation
#endif

struct ScanButton: View {
    let title: String
    let onCode: @MainActor (String) -> Void
    @State private var isScanning = false

    var body: some View {
        if DataScannerViewController.isSupported {
            Button(title, systemImage: "qrcode.viewfinder") { Task { isScanning = await mayUseCamera() } }
                .sheet(isPresented: $isScanning) { sheet }
        }
    }

    private var sheet: some View {
        NavigationStack {
            Scanner {
                isScanning = false
                onCode($0)
            }
            .ignoresSafeArea(edges: .bottom)
            .page(title)
            .toolbar { ToolbarItem(placement: .cancellationAction) { Button(words.cancel) { isScanning = false } } }
        }
    }

    /// The scanner does not ask by itself: it refuses where nobody was asked.
    private func mayUseCamera() async -> Bool {
        #if canImport(AVFoundation)
            await AVCaptureDevice.requestAccess(for: .video)
        #else
            true
        #endif
    }
}

private struct Scanner: UIViewControllerRepresentable {
    let onCode: @MainActor (String) -> Void

    func makeUIViewController(context: Context) -> DataScannerViewController {
        let scanner = DataScannerViewController(
            recognizedDataTypes: [.barcode(symbologies: [.qr])], isHighlightingEnabled: true)
        scanner.delegate = context.coordinator
        return scanner
    }

    func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {
        // If it cannot start, the picture stays dark, and the user goes back.
        try? scanner.startScanning()
    }

    func makeCoordinator() -> Coordinator { Coordinator(onCode: onCode) }

    @MainActor
    final class Coordinator: DataScannerViewControllerDelegate {
        private let onCode: @MainActor (String) -> Void

        init(onCode: @escaping @MainActor (String) -> Void) {
            self.onCode = onCode
        }

        func dataScanner(_ scanner: DataScannerViewController, didAdd: [RecognizedItem], allItems: [RecognizedItem]) {
            let codes = didAdd.compactMap { if case .barcode(let code) = $0 { code.payloadStringValue } else { nil } }
            guard let code = codes.first else { return }
            // One is enough, and the sheet takes a moment to go.
            scanner.stopScanning()
            onCode(code)
        }
    }
}

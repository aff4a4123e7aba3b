// swift-tools-version: 6.0
// The Swift side: the kit builds and tests on Linux; the app on top of it needs Apple's tools.
import PackageDescription

let package = Package(
    name: "Tacita",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "TacitaKit", targets: ["TacitaKit"])],
    targets: [
        // Header and module map, and the Swift half below, are written by "cargo xtask bindings".
        .systemLibrary(name: "TacitaFFI"),
        .target(name: "TacitaBindings", dependencies: ["TacitaFFI"]),
        .target(name: "TacitaKit", dependencies: ["TacitaBindings"]),
        .testTarget(name: "TacitaKitTests", dependencies: ["TacitaKit"]),
    ],
    swiftLanguageModes: [.v6]
)

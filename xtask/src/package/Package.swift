// swift-tools-version: 6.0
// The kit with its library inside, and the screens on top of it, as "cargo xtask ios" packs them.
import PackageDescription

let package = Package(
    name: "Tacita",
    defaultLocalization: "en",
    platforms: [.iOS(.v17)],
    products: [
        .library(name: "TacitaKit", targets: ["TacitaKit"]),
        .library(name: "TacitaUI", targets: ["TacitaUI"]),
        .library(name: "TacitaPlatform", targets: ["TacitaPlatform"]),
    ],
    targets: [
        .binaryTarget(name: "TacitaFFI", path: "TacitaFFI.xcframework"),
        // A static library cannot say itself what it needs: these are SQLCipher's.
        .target(
            name: "TacitaBindings",
            dependencies: ["TacitaFFI"],
            linkerSettings: [.linkedFramework("Security"), .linkedFramework("CoreFoundation")]
        ),
        .target(name: "TacitaKit", dependencies: ["TacitaBindings"]),
        .target(name: "TacitaWords", dependencies: ["TacitaBindings"]),
        .target(name: "TacitaUI", dependencies: ["TacitaKit", "TacitaWords"]),
        .target(name: "TacitaPlatform", dependencies: ["TacitaKit", "TacitaWords"]),
    ],
    swiftLanguageModes: [.v6]
)

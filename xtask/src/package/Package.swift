// swift-tools-version: 6.0
// The kit with its library inside, as "cargo xtask ios" packs it.
import PackageDescription

let package = Package(
    name: "Tacita",
    platforms: [.iOS(.v17)],
    products: [.library(name: "TacitaKit", targets: ["TacitaKit"])],
    targets: [
        .binaryTarget(name: "TacitaFFI", path: "TacitaFFI.xcframework"),
        // A static library cannot say itself what it needs: these are SQLCipher's.
        .target(
            name: "TacitaBindings",
            dependencies: ["TacitaFFI"],
            linkerSettings: [.linkedFramework("Security"), .linkedFramework("CoreFoundation")]
        ),
        .target(name: "TacitaKit", dependencies: ["TacitaBindings"]),
    ],
    swiftLanguageModes: [.v6]
)

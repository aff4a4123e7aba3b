// swift-tools-version: 6.0
// The harness's client in Swift: the kit, driven by lines of JSON.
import PackageDescription

let package = Package(
    name: "TacitaAgent",
    platforms: [.macOS(.v14)],
    products: [.executable(name: "tacita-agent", targets: ["TacitaAgent"])],
    dependencies: [.package(name: "Tacita", path: "../../../ios")],
    targets: [
        .executableTarget(
            name: "TacitaAgent",
            dependencies: [.product(name: "TacitaKit", package: "Tacita")])
    ],
    swiftLanguageModes: [.v6]
)

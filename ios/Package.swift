// swift-tools-version: 6.0
// The Swift side, as it is built and tested here. Linux also type-checks the screens and what is Apple's own, against
// declarations of Apple's frameworks (Stubs). On a Mac these need the SDK of iOS: "cargo xtask ios" packs them for that.
import PackageDescription

#if os(Linux)
let ui: [Target.Dependency] = ["SwiftUI", "PhotosUI", "VisionKit", "UIKit"]
let platform: [Target.Dependency] = ["Security", "UserNotifications", "Network", "BackgroundTasks"]
let uses: [String: [Target.Dependency]] = ["SwiftUI": ["UIKit"], "PhotosUI": ["SwiftUI"], "VisionKit": ["UIKit"]]
let stubs = ["SwiftUI", "PhotosUI", "VisionKit", "UIKit", "Security", "UserNotifications", "Network", "BackgroundTasks"]
let checked: [Target] = [
    .target(name: "TacitaUI", dependencies: ["TacitaKit", "TacitaWords"] + ui),
    .target(name: "TacitaPlatform", dependencies: ["TacitaKit", "TacitaWords"] + platform),
    // Elsewhere these two are programs of their own: project.yml.
    .target(
        name: "TacitaApp", dependencies: ["TacitaPlatform", "TacitaUI"], path: "App",
        exclude: ["Assets.xcassets", "Info.plist", "InfoPlist.xcstrings", "PrivacyInfo.xcprivacy", "Tacita.entitlements"]),
    .target(
        name: "NotificationService", dependencies: ["TacitaPlatform"], path: "NotificationService",
        exclude: ["Info.plist", "NotificationService.entitlements"]),
] + stubs.map { .target(name: $0, dependencies: uses[$0] ?? [], path: "Stubs/\($0)") }
#else
let checked: [Target] = []
#endif

let package = Package(
    name: "Tacita",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "TacitaKit", targets: ["TacitaKit"])],
    targets: [
        // Header and module map, the Swift half below, and the words are written by "cargo xtask bindings".
        .systemLibrary(name: "TacitaFFI"),
        .target(name: "TacitaBindings", dependencies: ["TacitaFFI"]),
        .target(name: "TacitaKit", dependencies: ["TacitaBindings"]),
        .target(name: "TacitaWords", dependencies: ["TacitaBindings"]),
        .testTarget(name: "TacitaKitTests", dependencies: ["TacitaKit"]),
        .testTarget(name: "TacitaWordsTests", dependencies: ["TacitaWords"]),
    ] + checked,
    swiftLanguageModes: [.v6]
)

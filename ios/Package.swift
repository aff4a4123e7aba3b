// swift-tools-version: 6.0
// The Swift side. Everything builds on Linux too: there the screens and what is Apple's own are checked against
// declarations of Apple's frameworks (Stubs), and only the kit and the words can run.
import PackageDescription

#if os(Linux)
let ui: [Target.Dependency] = ["SwiftUI", "PhotosUI", "VisionKit", "UIKit"]
let platform: [Target.Dependency] = ["Security", "UserNotifications", "Network", "BackgroundTasks"]
// Elsewhere these two are programs of their own: project.yml.
let programs: [Target] = [
    .target(
        name: "TacitaApp", dependencies: ["TacitaPlatform", "TacitaUI"], path: "App",
        exclude: ["Assets.xcassets", "Info.plist", "InfoPlist.xcstrings", "PrivacyInfo.xcprivacy", "Tacita.entitlements"]),
    .target(
        name: "NotificationService", dependencies: ["TacitaPlatform"], path: "NotificationService",
        exclude: ["Info.plist", "NotificationService.entitlements"]),
]
let uses: [String: [Target.Dependency]] = ["SwiftUI": ["UIKit"], "PhotosUI": ["SwiftUI"], "VisionKit": ["UIKit"]]
let stubs: [Target] = ["SwiftUI", "PhotosUI", "VisionKit", "UIKit", "Security", "UserNotifications", "Network", "BackgroundTasks"]
    .map { .target(name: $0, dependencies: uses[$0] ?? [], path: "Stubs/\($0)") }
#else
let (ui, platform): ([Target.Dependency], [Target.Dependency]) = ([], [])
let (stubs, programs): ([Target], [Target]) = ([], [])
#endif

let package = Package(
    name: "Tacita",
    defaultLocalization: "en",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [
        .library(name: "TacitaKit", targets: ["TacitaKit"]),
        .library(name: "TacitaUI", targets: ["TacitaUI"]),
        .library(name: "TacitaPlatform", targets: ["TacitaPlatform"]),
    ],
    targets: [
        // Header and module map, the Swift half below, and the words are written by "cargo xtask bindings".
        .systemLibrary(name: "TacitaFFI"),
        .target(name: "TacitaBindings", dependencies: ["TacitaFFI"]),
        .target(name: "TacitaKit", dependencies: ["TacitaBindings"]),
        .target(name: "TacitaWords", dependencies: ["TacitaBindings"]),
        .target(name: "TacitaUI", dependencies: ["TacitaKit", "TacitaWords"] + ui),
        .target(name: "TacitaPlatform", dependencies: ["TacitaKit", "TacitaWords"] + platform),
        .testTarget(name: "TacitaKitTests", dependencies: ["TacitaKit"]),
        .testTarget(name: "TacitaWordsTests", dependencies: ["TacitaWords"]),
    ] + programs + stubs,
    swiftLanguageModes: [.v6]
)

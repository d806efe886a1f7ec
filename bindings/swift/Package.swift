// swift-tools-version:6.0
// The package as the tests build it: bindings/scripts/swift-test stages it beside the generated sources and the
// host library, since neither is committed.
import PackageDescription

/// What is written by hand compiles without a warning.
let strict: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]

// Where Apple's frameworks are not, signatures of them stand in, for the tests.
#if os(Linux)
let frameworks = ["BackgroundTasks", "Security"]
let system = ["os"]
#else
let frameworks: [String] = []
let system: [String] = []
#endif

/// Swift's Observation for Linux names a function, for locks that fail, which no library of Swift 6.0 has: it is asked for when a
/// lock fails, and not before.
let observation: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--allow-shlib-undefined"], .when(platforms: [.linux]))
]

let package = Package(
    name: "FoodLens",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [
        .library(name: "FoodLens", targets: ["FoodLens"]),
        .library(name: "FoodLensBackground", targets: ["FoodLensBackground"]),
        .library(name: "FoodLensObservation", targets: ["FoodLensObservation"]),
        .library(name: "FoodLensTesting", targets: ["FoodLensTesting"]),
    ],
    targets: [
        // The C header of the library and its module map.
        .systemLibrary(name: "CFoodLens"),
        // Generated code, kept apart: it compiles in every Swift only in Swift 5 mode.
        .target(
            name: "FoodLensFFI", dependencies: ["CFoodLens"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: [.linkedLibrary("foodlens_ffi")]),
        .target(
            name: "FoodLens", dependencies: ["FoodLensFFI"] + system.map { .byName(name: $0) },
            exclude: ["PrivacyInfo.xcprivacy", "FoodLens.docc"], swiftSettings: strict),
        // Background tasks and the Keychain.
        .target(
            name: "FoodLensBackground", dependencies: ["FoodLens"] + frameworks.map { .byName(name: $0) },
            swiftSettings: strict),
        // The newest value of a sequence, for SwiftUI.
        .target(
            name: "FoodLensObservation", dependencies: ["FoodLens"], swiftSettings: strict, linkerSettings: observation),
        // For the tests of apps: the real core with a backend in memory.
        .target(name: "FoodLensTesting", dependencies: ["FoodLens"], swiftSettings: strict),
        // The README's lines, put there by the script: what readers copy is compiled and run.
        .target(name: "Quickstart", dependencies: ["FoodLens"], path: "Tests/Quickstart"),
        // The blocks of the articles and comments, put there by the script.
        .target(
            name: "Snippets", dependencies: ["FoodLens", "FoodLensBackground", "FoodLensTesting"], path: "Tests/Snippets"),
        .testTarget(name: "FoodLensTests", dependencies: ["FoodLens", "Quickstart"], swiftSettings: strict),
        .testTarget(name: "FoodLensTestingTests", dependencies: ["FoodLensTesting"], swiftSettings: strict),
        .testTarget(
            name: "FoodLensBackgroundTests", dependencies: ["FoodLensBackground", "FoodLensTesting", "Snippets"],
            swiftSettings: strict),
        .testTarget(
            name: "FoodLensObservationTests", dependencies: ["FoodLensObservation", "FoodLensTesting"], swiftSettings: strict),
    ] + (frameworks + system).map { .target(name: $0, path: "StandIns/\($0)") },
    swiftLanguageModes: [.v6]
)

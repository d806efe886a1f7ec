// swift-tools-version:6.0
// The package that an app adds by this repository's address. A release names its library and has the generated sources beside the
// others (bindings/scripts/swift-release writes both); a checkout takes what `make xcframework` has built.
import PackageDescription

let release: (url: String, checksum: String)? = nil

let library: Target =
    if let release {
        .binaryTarget(name: "CFoodLens", url: release.url, checksum: release.checksum)
    } else {
        .binaryTarget(name: "CFoodLens", path: "target/bindings/xcframework/CFoodLens.xcframework")
    }
let generated = release == nil ? "target/bindings/xcframework/swift/FoodLensFFI" : "bindings/swift/Generated/FoodLensFFI"

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
        library,
        // Apart from the rest: it compiles in every Swift only in Swift 5 mode.
        .target(
            name: "FoodLensFFI", dependencies: ["CFoodLens"], path: generated,
            swiftSettings: [.swiftLanguageMode(.v5)]),
        .target(
            name: "FoodLens", dependencies: ["FoodLensFFI"], path: "bindings/swift/Sources/FoodLens",
            resources: [.process("PrivacyInfo.xcprivacy")]),
        .target(name: "FoodLensBackground", dependencies: ["FoodLens"], path: "bindings/swift/Sources/FoodLensBackground"),
        .target(name: "FoodLensObservation", dependencies: ["FoodLens"], path: "bindings/swift/Sources/FoodLensObservation"),
        .target(name: "FoodLensTesting", dependencies: ["FoodLens"], path: "bindings/swift/Sources/FoodLensTesting"),
    ],
    swiftLanguageModes: [.v6]
)

// swift-tools-version:6.0
// The app's screens without SwiftUI: what is tested everywhere. The package beside it is the repository's own.
import PackageDescription

let package = Package(
    name: "SampleModels",
    platforms: [.iOS(.v17), .macOS(.v14)],
    products: [.library(name: "SampleModels", targets: ["SampleModels"])],
    dependencies: [.package(name: "FoodLens", path: "../..")],
    targets: [
        .target(
            name: "SampleModels",
            dependencies: [
                .product(name: "FoodLens", package: "FoodLens"), .product(name: "FoodLensObservation", package: "FoodLens"),
            ]),
        .testTarget(
            name: "SampleModelsTests",
            dependencies: ["SampleModels", .product(name: "FoodLensBackground", package: "FoodLens")]),
    ],
    swiftLanguageModes: [.v6]
)

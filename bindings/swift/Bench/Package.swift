// swift-tools-version:6.0
// What a call costs from Swift: run by bindings/scripts/swift-bench, which puts it beside the package that the tests are built from.
import PackageDescription

let package = Package(
    name: "CallBench",
    platforms: [.macOS(.v12)],
    dependencies: [.package(name: "FoodLens", path: "..")],
    targets: [
        .executableTarget(
            name: "CallBench",
            dependencies: [
                .product(name: "FoodLens", package: "FoodLens"), .product(name: "FoodLensTesting", package: "FoodLens"),
            ])
    ],
    swiftLanguageModes: [.v6]
)

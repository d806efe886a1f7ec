import FoodLensBackground
import XCTest

/// The Xcode project, which nothing here can open: that it is whole.
final class ProjectTests: XCTestCase {
    private typealias Fields = [String: Any]

    func testItIsAProjectOfSynchronisedFoldersAndEveryIdInItIsThatOfAnObject() throws {
        let project = try project()
        XCTAssertEqual(project["objectVersion"] as? String, "77")
        let objects = try objects()
        let root = try XCTUnwrap(project["rootObject"] as? String)
        XCTAssertEqual(objects[root]?["isa"] as? String, "PBXProject")

        var reached: Set<String> = []
        var next = [root]
        while let id = next.popLast() {
            guard reached.insert(id).inserted else { continue }
            next += try XCTUnwrap(objects[id].map(ids), "\(id) is none")
        }
        XCTAssertEqual(reached, Set(objects.keys), "nothing stands there that nobody names")
        for (id, fields) in objects { XCTAssertNotNil(fields["isa"], id) }
    }

    func testItsFoldersArePresentAndItsInfoListIsNoResource() throws {
        let groups = try all("PBXFileSystemSynchronizedRootGroup")
        XCTAssertEqual(groups.compactMap { $0["path"] as? String }, ["App"])
        XCTAssert(SampleFiles.isFolder(SampleFiles.folder.appendingPathComponent("App")))
        let exceptions = try all("PBXFileSystemSynchronizedBuildFileExceptionSet")
        XCTAssertEqual(exceptions.first?["membershipExceptions"] as? [String], ["Info.plist"])
        let target = try XCTUnwrap(all("PBXNativeTarget").first)
        XCTAssertEqual(target["productType"] as? String, "com.apple.product-type.application")
        XCTAssertEqual((target["fileSystemSynchronizedGroups"] as? [String])?.count, 1)
        for phase in ["PBXSourcesBuildPhase", "PBXFrameworksBuildPhase", "PBXResourcesBuildPhase"] {
            XCTAssertEqual(try all(phase).count, 1, phase)
        }
    }

    func testItsPackagesAreTheRepositorysOwnAndGiveWhatTheAppImports() throws {
        let paths = try all("XCLocalSwiftPackageReference").compactMap { $0["relativePath"] as? String }
        XCTAssertEqual(Set(paths), ["..", "Models"])
        let manifests = try paths.map { String(decoding: try SampleFiles.data("\($0)/Package.swift"), as: UTF8.self) }
        XCTAssert(try XCTUnwrap(manifests.first).contains(#"binaryTarget(name: "CFoodLens""#), "the package at the root")
        XCTAssert(try XCTUnwrap(manifests.last).contains(#".package(name: "FoodLens", path: "../..")"#))
        let offered = try manifests.flatMap { try $0.found(#"\.library\(name: "(\w+)""#) }
        let linked = try all("XCSwiftPackageProductDependency").compactMap { $0["productName"] as? String }
        XCTAssert(Set(linked).isSubset(of: offered), "\(linked) of \(offered)")
        let target = try XCTUnwrap(all("PBXNativeTarget").first)
        XCTAssertEqual((target["packageProductDependencies"] as? [String])?.count, linked.count)
        XCTAssertEqual(try all("PBXBuildFile").count, linked.count)

        let imported = try Set(SampleFiles.sources("App").flatMap { try $0.text.found(#"(?m)^import (\w+)$"#) })
        XCTAssertEqual(imported.subtracting(["CryptoKit", "Foundation", "SwiftUI"]), Set(linked))
    }

    func testTheSystemLearnsTheIdentifiersThatTheLibraryUses() throws {
        let list = try PropertyListSerialization.propertyList(from: SampleFiles.data("App/Info.plist"), format: nil)
        let info = try XCTUnwrap(list as? Fields)
        let options = FoodLensBackgroundSync.Options()
        let permitted = try XCTUnwrap(info["BGTaskSchedulerPermittedIdentifiers"] as? [String])
        XCTAssertEqual(Set(permitted), [options.refresh, options.processing])
        let modes = try XCTUnwrap(info["UIBackgroundModes"] as? [String])
        XCTAssertEqual(Set(modes), ["fetch", "processing"])
        let app = try XCTUnwrap(SampleFiles.sources("App").first { $0.name == "SampleApp.swift" }).text
        XCTAssertFalse(app.contains("options:"), "with names of its own the list would be another")
        XCTAssert(app.contains("sync.register()"))
        XCTAssertFalse(app.contains("sync.restore("), "that would be one more identifier")
        XCTAssert(app.contains(".suspends(sync)"), "a lock that is held in the background ends the app")
    }

    func testItsSettingsAreThoseOfTheModels() throws {
        let settings = try all("XCBuildConfiguration").compactMap { $0["buildSettings"] as? Fields }
        let app = settings.filter { $0["PRODUCT_BUNDLE_IDENTIFIER"] != nil }
        XCTAssertEqual(app.count, 2)
        for one in app {
            let list = try XCTUnwrap(one["INFOPLIST_FILE"] as? String)
            XCTAssert(FileManager.default.fileExists(atPath: SampleFiles.folder.appendingPathComponent(list).path))
            XCTAssertEqual(one["GENERATE_INFOPLIST_FILE"] as? String, "YES")
        }
        let project = settings.filter { $0["SDKROOT"] != nil }
        XCTAssertEqual(project.compactMap { $0["IPHONEOS_DEPLOYMENT_TARGET"] as? String }, ["17.0", "17.0"])
        XCTAssertEqual(project.compactMap { $0["SWIFT_VERSION"] as? String }, ["6.0", "6.0"])
        let regions = try all("PBXProject").first?["knownRegions"] as? [String]
        XCTAssertEqual(Set(try XCTUnwrap(regions)), ["Base", "de", "en"])
    }

    private func project() throws -> Fields {
        let data = try SampleFiles.data("FoodLensSample.xcodeproj/project.pbxproj")
        return try XCTUnwrap(PropertyListSerialization.propertyList(from: data, format: nil) as? Fields)
    }

    private func objects() throws -> [String: Fields] { try XCTUnwrap(project()["objects"] as? [String: Fields]) }

    private func all(_ kind: String) throws -> [Fields] {
        try objects().sorted { $0.key < $1.key }.map(\.value).filter { $0["isa"] as? String == kind }
    }

    /// Whatever looks like an id, wherever it stands.
    private func ids(in value: Any) -> [String] {
        switch value {
        case let text as String: (try? text.found("^[0-9A-F]{24}$")) ?? []
        case let list as [Any]: list.flatMap(ids)
        case let fields as Fields: fields.flatMap { ids(in: $0.key) + ids(in: $0.value) }
        default: []
        }
    }
}

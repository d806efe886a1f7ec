import Foundation
import XCTest

/// The sample's own files, as they lie in the repository.
enum SampleFiles {
    static let folder = (0..<4).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) { folder, _ in
        folder.deletingLastPathComponent()
    }

    static func data(_ path: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(path)) }

    /// The Swift files below a folder, by path.
    static func sources(_ path: String) throws -> [(name: String, text: String)] {
        let place = folder.appendingPathComponent(path)
        let names = try FileManager.default.subpathsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".swift") }
        return try names.sorted().map { ($0, try String(contentsOf: place.appendingPathComponent($0), encoding: .utf8)) }
    }

    static func isFolder(_ url: URL) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) && isFolder.boolValue
    }
}

extension String {
    /// What the groups of the pattern have found, match by match; the first group where there is one, else all of it.
    func found(_ pattern: String) throws -> [String] {
        let expression = try NSRegularExpression(pattern: pattern)
        return expression.matches(in: self, range: NSRange(startIndex..., in: self)).compactMap { match in
            Range(match.range(at: match.numberOfRanges > 1 ? 1 : 0), in: self).map { String(self[$0]) }
        }
    }
}

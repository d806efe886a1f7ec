// What the app itself keeps; no data of the library.
import Foundation

/// Who is signed in, who was here, and which backend the app talks to.
public struct Saved: Codable, Equatable, Sendable {
    /// The address of `foodlens-server` on the machine of who develops, as the simulator sees it.
    public static let defaultURL = "http://127.0.0.1:8080"

    public var baseURL = Saved.defaultURL
    public var user: String?
    public var users: [String] = []

    public init(baseURL: String = Saved.defaultURL, user: String? = nil, users: [String] = []) {
        self.baseURL = baseURL
        self.user = user
        self.users = users
    }
}

/// It, in a small file.
public struct SavedFile: Sendable {
    private let file: URL

    public init(_ file: URL) { self.file = file }

    func read() throws -> Saved {
        guard FileManager.default.fileExists(atPath: file.path) else { return Saved() }
        return try JSONDecoder().decode(Saved.self, from: Data(contentsOf: file))
    }

    /// Whole or not at all.
    func write(_ saved: Saved) throws {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try JSONEncoder().encode(saved).write(to: file, options: .atomic)
    }
}

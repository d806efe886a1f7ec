// The library of this phone, and what the app keeps beside it.
import FoodLens
import Foundation

/// One per process, shared by the screens and by work in the background.
public actor Phone {
    private let file: SavedFile
    private let open: @Sendable (URL) throws -> FoodLens
    private var library: (url: String, library: FoodLens)?

    /// - Parameter open: sets the library up for a backend.
    public init(file: SavedFile, open: @escaping @Sendable (URL) throws -> FoodLens) {
        self.file = file
        self.open = open
    }

    func saved() throws -> Saved { try file.read() }

    /// This user's data, from now on the one who is signed in.
    func signIn(_ user: String) async throws -> Session {
        let session = try await of(try saved().baseURL).session(userID: user)
        try keep {
            $0.user = user
            if !$0.users.contains(user) { $0.users.append(user) }
        }
        return session
    }

    /// The session of who is signed in; nil when nobody is. For the start of the app and for work in the background.
    public func signedIn() async throws -> Session? {
        let saved = try saved()
        guard let user = saved.user else { return nil }
        return try await of(saved.baseURL).signedInSession(userID: user)
    }

    /// Nobody is signed in any more; `forget`: and nothing of the user is left here.
    func signedOut(_ user: String, forget: Bool) throws {
        try keep {
            $0.user = nil
            if forget { $0.users.removeAll { $0 == user } }
        }
    }

    /// Another backend, whose users and data are others.
    ///
    /// - Throws: `FoodLensError.config` for an address that cannot be used; the former one stays.
    func useBackend(_ url: String) throws {
        _ = try of(url)
        try file.write(Saved(baseURL: url))
    }

    private func of(_ url: String) throws -> FoodLens {
        if let library, library.url == url { return library.library }
        guard let address = URL(string: url) else { throw FoodLensError.config(reason: "the address is none") }
        let opened = try open(address)
        library = (url, opened)
        return opened
    }

    private func keep(_ change: (inout Saved) -> Void) throws {
        var saved = try file.read()
        change(&saved)
        try file.write(saved)
    }
}

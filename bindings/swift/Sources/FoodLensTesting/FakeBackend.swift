import FoodLens
import Foundation

/// A backend in memory that keeps the contract (capabilities, the batch endpoint, the feed of changes) and fails as told. Use
/// it as the network stack of `FoodLens`: `transport: backend.transport, tokens: backend`; or take ``FakePhones``, which do.
/// Safe to use from any thread. It looks at the shape of a write and not at its values, and holds no history newest first.
public final class FakeBackend: @unchecked Sendable {
    private static let nilID = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    private let endpoints: Endpoints
    private let lock = NSLock()
    private var accounts: [String: Account] = [:]
    private var faults: [Fault] = []
    private var reachable = true
    private var seen = 0
    private var tokensIssued = 0
    private var oldestGood = 0

    /// A backend whose clock stamps what it receives; the system's, unless said otherwise.
    public init(clock: @escaping @Sendable () -> Date = { Date() }) {
        endpoints = Endpoints(epoch: UUID().uuidString, now: clock)
    }

    /// Whether devices reach it. While it is false, every request fails as `Fault.offline` does; faults wait.
    public var online: Bool {
        get { lock.withLock { reachable } }
        set { lock.withLock { reachable = newValue } }
    }

    /// How many requests have reached it.
    public var requests: Int { lock.withLock { seen } }

    /// The way to it, for `FoodLens`.
    public var transport: HTTPTransport { { try self.execute($0) } }

    /// A good token of this user, until ``expireTokens()``.
    public func token(_ userID: String) -> String {
        lock.withLock {
            tokensIssued += 1
            return "\(tokensIssued).\(userID)"
        }
    }

    /// Refuses every token that was given until now.
    public func expireTokens() { lock.withLock { oldestGood = tokensIssued + 1 } }

    /// What goes wrong with the next requests, one each, in this order.
    public func next(_ faults: Fault...) { lock.withLock { self.faults += faults } }

    /// Another device of this user writes: a record that is there is changed, another one made. What a device changes without
    /// having seen it is a conflict, or is overwritten, by the rules of the contract.
    ///
    /// - Parameters:
    ///   - fields: as in the contract, for instance `{"allergen":{"code":"milk"},"severity":"severe"}`; a null clears a field.
    ///   - id: the record; profile, settings and the state of the list have the nil UUID, which is taken for nil.
    /// - Throws: for text that is no JSON.
    public func writeElsewhere(_ userID: String, _ collection: Collection, _ fields: String, id: UUID? = nil) throws {
        elsewhere(userID, collection, id, try JSON.read(Data(fields.utf8)).fields ?? [:], "create")
    }

    /// Another device of this user deletes a record.
    public func deleteElsewhere(_ userID: String, _ collection: Collection, id: UUID) {
        elsewhere(userID, collection, id, [:], "delete")
    }

    /// What it has of a record, as JSON text: fields as in the contract, sorted by name. Nil: none, or deleted.
    public func stored(_ userID: String, _ collection: Collection, id: UUID? = nil) -> String? {
        lock.withLock {
            accounts[userID]?.fields(collection.entity, wire(id)).map { String(decoding: $0.data, as: UTF8.self) }
        }
    }

    /// The ids of what it has of a collection.
    public func ids(_ userID: String, _ collection: Collection) -> [UUID] {
        lock.withLock { accounts[userID]?.ids(collection.entity).compactMap(UUID.init(uuidString:)) ?? [] }
    }

    /// Answers a request as a backend does, or as the next fault says.
    public func execute(_ request: HttpRequest) throws -> HttpResponse {
        let (online, fault) = lock.withLock {
            if reachable { seen += 1 }
            return (reachable, reachable && !faults.isEmpty ? faults.removeFirst() : nil)
        }
        guard online else { throw TransportError.NotSent }
        switch fault {
        case nil: return answer(request)
        case .offline: throw TransportError.NotSent
        case .lostOnTheWay: throw TransportError.OutcomeUnknown
        case .tokenExpired: return Endpoints.failed(401, "unauthorized")
        case .conflict: return answer(request, contested: true)
        case .portal:
            let page = Data("<html>Welcome</html>".utf8)
            return HttpResponse(status: 200, retryAfter: nil, contentType: "text/html", body: page)
        case .status(let code, let retryAfter): return Endpoints.failed(code, "fault", retryAfter: retryAfter)
        case .slow(let slow):
            let answer = answer(request)
            slow.hold()
            return answer
        case .committedThenSilent:
            _ = answer(request)
            throw TransportError.OutcomeUnknown
        }
    }

    private func answer(_ request: HttpRequest, contested: Bool = false) -> HttpResponse {
        lock.withLock {
            guard let user = user(of: request) else { return Endpoints.failed(401, "unauthorized") }
            return endpoints.answer(user, &accounts[user, default: Account()], request, contested: contested)
        }
    }

    private func user(of request: HttpRequest) -> String? {
        let header = request.headers.first { $0.name.lowercased() == "authorization" }
        guard let header, header.value.hasPrefix("Bearer ") else { return nil }
        let parts = header.value.dropFirst("Bearer ".count).split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let number = Int(parts[0]), number >= oldestGood, number <= tokensIssued else { return nil }
        return String(parts[1])
    }

    private func elsewhere(
        _ userID: String, _ collection: Collection, _ id: UUID?, _ fields: [String: JSON], _ kind: String
    ) {
        lock.withLock {
            let (entity, id) = (collection.entity, wire(id))
            let base = accounts[userID]?.version(entity, id)
            let write = Write(entity: entity, id: id, kind: kind, base: base, fields: fields)
            _ = accounts[userID, default: Account()].submit(UUID().uuidString, write, now: endpoints.now(), contested: false)
        }
    }

    private func wire(_ id: UUID?) -> String { (id ?? FakeBackend.nilID).uuidString.lowercased() }
}

extension FakeBackend: TokenProvider {
    /// A good token; a fresh one after each ``expireTokens()``.
    public func token(userID: String, refused: Bool) async throws -> AccessToken {
        AccessToken(userID: userID, value: token(userID))
    }
}

extension Collection {
    /// Its name in the contract.
    var entity: String {
        switch self {
        case .allergies: "allergies"
        case .allergyList: "allergy_list"
        case .profile: "profile"
        case .settings: "settings"
        case .history: "history"
        }
    }
}

import FoodLens
import Foundation

/// The endpoints of the contract that a device needs, for one account: capabilities, batch and feed.
struct Endpoints {
    private static let page = 500
    private static let capabilities: [String: JSON] = [
        "batch": .object(["max_operations": .number(100), "max_bytes": .number(1_048_576)]),
        "changes": .object(["max_limit": .number(1_000), "latest": .bool(true)]),
        "history": .null, "max_fields_bytes": .number(65_536), "paused": .bool(false), "pauses": .list([]),
    ]

    let epoch: String
    let now: @Sendable () -> Date

    func answer(_ user: String, _ account: inout Account, _ request: HttpRequest, contested: Bool) -> HttpResponse {
        guard let url = URLComponents(string: request.url) else { return Endpoints.failed(404, "not_found") }
        switch (request.method, url.path.components(separatedBy: "/v1/me/").last) {
        case (.get, "capabilities"): return ok(user, Endpoints.capabilities)
        case (.post, "batch"): return batch(user, &account, request, contested: contested)
        case (.get, "changes"): return changes(user, account, url.queryItems ?? [])
        default: return Endpoints.failed(404, "not_found")
        }
    }

    private func batch(
        _ user: String, _ account: inout Account, _ request: HttpRequest, contested: Bool
    ) -> HttpResponse {
        guard let body = try? JSON.read(request.body ?? Data()), let operations = body["operations"]?.items else {
            return Endpoints.failed(400, "malformed")
        }
        guard body["user"] == .text(user) else { return Endpoints.failed(403, "wrong_user") }
        var verdicts: [JSON] = []
        for operation in operations {
            guard let key = operation["key"]?.string, let write = write(operation) else {
                return Endpoints.failed(400, "malformed")
            }
            let verdict = account.submit(key, write, now: now(), contested: contested)
            verdicts.append(verdict.with(["key": .text(key)]))
        }
        return ok(user, ["verdicts": .list(verdicts)])
    }

    private func write(_ operation: JSON) -> Write? {
        guard let entity = operation["entity"]?.string, let id = operation["id"]?.string,
            let kind = operation["kind"]?.string, let fields = operation["fields"]?.fields
        else { return nil }
        return Write(entity: entity, id: id, kind: kind, base: operation["base_version"]?.whole, fields: fields)
    }

    /// A cursor is where it stands, and what it was issued for.
    private func changes(_ user: String, _ account: Account, _ asked: [URLQueryItem]) -> HttpResponse {
        let value = { (name: String) in asked.first { $0.name == name }?.value }
        let scope = value("entities") ?? ""
        var from: Int64 = 0
        if let given = value("cursor") {
            guard given.hasPrefix("\(epoch):") else { return Endpoints.failed(410, "cursor_expired") }
            let place = given.hasPrefix("\(epoch):\(scope):") ? Int64(given.dropFirst("\(epoch):\(scope):".count)) : nil
            guard let place else { return Endpoints.failed(400, "bad_cursor") }
            from = place
        }
        if value("from") == "latest" { from = account.sequence }
        let limit = value("limit").flatMap { Int($0) } ?? Endpoints.page
        let there = account.since(from, scope.isEmpty ? nil : Set(scope.components(separatedBy: ",")))
        let page = there.prefix(limit)
        let reached = page.count == there.count ? account.sequence : page.last?.version ?? from
        return ok(
            user,
            [
                "count": .number(Int64(page.count)), "changes": .list(page.map(\.record)),
                "next_cursor": .text("\(epoch):\(scope):\(reached)"), "has_more": .bool(page.count < there.count),
            ])
    }

    private func ok(_ user: String, _ content: [String: JSON]) -> HttpResponse {
        let head = JSON.object(["user": .text(user), "epoch": .text(epoch)])
        return Endpoints.json(200, head.with(content), nil)
    }

    static func failed(_ status: Int, _ code: String, retryAfter: Int? = nil) -> HttpResponse {
        json(status, problem(status, code), retryAfter)
    }

    private static func json(_ status: Int, _ body: JSON, _ retryAfter: Int?) -> HttpResponse {
        HttpResponse(
            status: Int64(status), retryAfter: retryAfter.map { "\($0)" },
            contentType: status < 400 ? "application/json" : "application/problem+json", body: body.data)
    }
}

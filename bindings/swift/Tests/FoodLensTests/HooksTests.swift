import Foundation
import XCTest

@testable import FoodLens

private struct Canary: Error, CustomStringConvertible {
    let description = "canary"
}

final class HooksTests: PhonesTestCase {
    func testAConflictIsAnsweredByAHookInSwiftAndBothPhonesAgree() async throws {
        let asked = Box<[Conflict]>([])
        let (a, b) = try await clash { conflict in
            asked.change { $0.append(conflict) }
            guard var merged = conflict.local?.allergy else { throw Canary() }
            merged.severity = conflict.remote?.allergy?.severity
            merged.notes = "asked the doctor"
            return .merged(.allergy(merged))
        }
        let report = try await b.sync()
        XCTAssertEqual(report.next, .done)
        XCTAssertEqual(report.conflictsRaised, 1)
        XCTAssertEqual(report.conflictsAnswered, 1)
        XCTAssertEqual(asked.value.map { $0.base?.allergy?.severity }, [.moderate])
        XCTAssertEqual(asked.value.map { $0.local?.allergy?.severity }, [.mild])
        XCTAssertEqual(asked.value.map { $0.remote?.allergy?.severity }, [.severe])

        _ = try await a.sync()
        for phone in [a, b] {
            let entries = try await phone.allergies.list().entries
            XCTAssertEqual(entries.map(\.content.severity), [.severe])
            XCTAssertEqual(entries.map(\.content.notes), ["asked the doctor"])
            XCTAssertEqual(entries.map(\.sync.state), [.synced])
        }
    }

    func testAHookThatThrowsLeavesTheConflictToAPersonAndTheListKeepsTheMoreSevereEntry() async throws {
        let (_, b) = try await clash { _ in throw Canary() }
        let report = try await b.sync()
        XCTAssertEqual(report.next, .needsPerson)
        let conflicts = try await b.conflicts.list()
        XCTAssertEqual(conflicts.map(\.deferred), [true])
        let entries = try await b.allergies.list().entries
        XCTAssertEqual(entries.map(\.inQuestion), [true])
        XCTAssertEqual(entries.map(\.content.severity), [.severe])

        let first = try await b.conflicts.answer(conflicts[0], .keepLocal)
        XCTAssertTrue(first)
        let second = try await b.conflicts.answer(conflicts[0], .keepRemote)
        XCTAssertFalse(second, "a second answer does nothing")
        let settled = try await b.sync()
        XCTAssertEqual(settled.next, .done)
        let after = try await b.allergies.list().entries
        XCTAssertEqual(after.map(\.content.severity), [.mild])
    }

    func testATokenProviderThatThrowsAsksForASignInAndTheNextSyncWorks() async throws {
        let (signedIn, token) = (Box(false), token)
        let a = try await phone(
            "a",
            tokens: { user, _ in
                guard signedIn.value else { throw Canary() }
                return AccessToken(userID: user, value: token)
            })
        try await a.allergies.add(.celery)
        let refused = try await a.sync()
        XCTAssertEqual(refused.next, .needsSignIn)
        XCTAssertFalse("\(refused)".contains("canary"))
        signedIn.change { $0 = true }
        let sent = try await a.sync()
        XCTAssertEqual(sent.next, .done)
        let left = try await a.queue.list()
        XCTAssertEqual(left, [])
    }

    func testARefusedTokenIsAskedForOnceMoreAsAFreshOne() async throws {
        let (asked, token) = (Box<[Bool]>([]), token)
        let a = try await phone(
            "a",
            tokens: { user, refused in
                asked.change { $0.append(refused) }
                return AccessToken(userID: user, value: refused ? token : "stale")
            })
        try await a.allergies.add(.sesame)
        let report = try await a.sync()
        XCTAssertEqual(report.next, .done)
        XCTAssertEqual(asked.value, [false, true])
    }

    func testANetworkStackThatBreaksOrTalksNonsenseLosesNothing() async throws {
        let answers: [HTTPTransport] = [
            { _ in throw TransportError.NotSent },
            { _ in throw Canary() },
            { _ in HttpResponse(status: 200, retryAfter: nil, contentType: "application/json", body: Data("x".utf8)) },
        ]
        for (index, answer) in answers.enumerated() {
            let urls = Box<[String]>([])
            let a = try await phone(
                "phone-\(index)",
                transport: { request in
                    urls.change { $0.append(request.url) }
                    return try answer(request)
                })
            try await a.allergies.add(.nuts)
            let report = try await a.sync()
            XCTAssertNotNil(report.error)
            XCTAssertFalse("\(report)".contains("canary"))
            XCTAssert(urls.value.first?.hasPrefix(server.url) == true)
            let queued = try await a.queue.list()
            XCTAssertEqual(queued.count, 2)
        }
    }

    func testATokenIsInTheTextOfNoObject() async throws {
        let token = AccessToken(userID: "u", value: "canary")
        assertHidden("canary", in: token)

        let seen = Box<[HttpRequest]>([])
        let a = try await phone(
            "a",
            transport: { request in
                seen.change { $0.append(request) }
                throw TransportError.NotSent
            })
        try await a.allergies.add(custom: "canary")
        _ = try await a.sync()
        let request = try XCTUnwrap(seen.value.first)
        let header = try XCTUnwrap(request.headers.first { $0.name.lowercased() == "authorization" })
        XCTAssertEqual(header.value, "Bearer \(self.token)")
        assertHidden(self.token, in: request)
        assertHidden(self.token, in: request.headers)
        assertHidden(self.token, in: header)
        let body = Data("canary".utf8)
        let write = HttpRequest(method: request.method, url: request.url, headers: request.headers, body: body)
        assertHidden("canary", in: write)
        XCTAssert("\(write)".contains("6 bytes") && "\(write)".contains(header.name), "\(write)")
    }

    private func assertHidden(_ secret: String, in value: Any, line: UInt = #line) {
        var dumped = ""
        dump(value, to: &dumped)
        for text in ["\(value)", String(reflecting: value), dumped] {
            XCTAssertFalse(text.contains(secret), text, line: line)
        }
    }

    /// Two phones that changed the same allergy: `a` has sent its severity, `b` has not yet heard of it.
    private func clash(_ hook: @escaping Answering) async throws -> (Session, Session) {
        let a = try await phone("a")
        let b = try await phone("b", mergeHook: hook)
        let id = try await a.allergies.add(.milk, severity: .moderate)
        _ = try await a.sync()
        _ = try await b.sync()
        try await a.allergies.update(try await a.allergies.get(id)) { $0.severity = .severe }
        try await b.allergies.update(try await b.allergies.get(id)) { $0.severity = .mild }
        _ = try await a.sync()
        return (a, b)
    }
}

extension RecordContent {
    fileprivate var allergy: AllergyContent? {
        guard case .allergy(let content) = self else { return nil }
        return content
    }
}

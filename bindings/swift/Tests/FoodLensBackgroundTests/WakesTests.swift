import FoodLens
import FoodLensTesting
import Foundation
import XCTest

@testable import FoodLensBackground

/// When the system is asked to wake the app, from where sync stands.
final class WakesTests: XCTestCase {
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private func status(
        pending: Int64 = 0, next: Date? = nil, paused: Bool = false, signIn: Bool = false, restoring: Bool = false
    ) -> SyncStatus {
        SyncStatus(
            pending: pending, sending: 0, failed: 0, conflicts: 0, lastSuccessAt: nil, lastError: nil, nextAttemptAt: next,
            oldestUnsentAt: nil, paused: paused, authRequired: signIn, pausedByServer: false, running: false,
            restoring: restoring, restore: restoring ? RestoreProgress(records: 0, historyTotal: nil) : nil,
            olderHistory: false)
    }

    func testEachStateHasItsWakes() {
        let (news, refresh) = (now + 60, { (at: Date?) in Wake(kind: .refresh, earliest: at) })
        let long = Wake(kind: .processing, earliest: nil)
        let cases: [(String, SyncStatus?, AfterRun?, Set<Wake>)] = [
            ("nobody is signed in", nil, nil, []),
            ("all is sent: news, after the interval", status(), nil, [refresh(news)]),
            ("something waits and may go", status(pending: 1), nil, [refresh(nil)]),
            ("it may go later", status(pending: 1, next: now + 500), nil, [refresh(now + 500)]),
            ("it might have gone before", status(pending: 1, next: now - 500), nil, [refresh(now)]),
            ("paused: it would not go", status(pending: 1, next: now + 5, paused: true), nil, [refresh(news)]),
            ("a person must sign in", status(pending: 1, next: now + 5, signIn: true), nil, [refresh(news)]),
            ("a first restore takes long", status(restoring: true), nil, [refresh(news), long]),
            ("what a short wake did not end", status(pending: 900), .again, [refresh(nil), long]),
            ("a run that waits needs no long task", status(pending: 1, next: now + 9), .later, [refresh(now + 9)]),
        ]
        for (what, status, run, expected) in cases {
            XCTAssertEqual(wakes(status, after: run, now: now, interval: 60), expected, what)
        }
    }

    func testEachEndOfARunSaysWhatComesNext() {
        let steps: [(NextStep, AfterRun)] = [
            (.done, .rest), (.needsPerson, .rest), (.needsSignIn, .rest), (.paused, .rest), (.moreWork, .again),
            (.retryAt(now), .later), (.alreadyRunning, .later),
        ]
        for (step, after) in steps { XCTAssertEqual(AfterRun.of(step), after, "\(step)") }
        XCTAssertEqual(AfterRun.of(FoodLensError.storageUnavailable(reason: "")), .later)
        XCTAssertEqual(AfterRun.of(FoodLensError.keyUnavailable(reason: "")), .later)
        XCTAssertEqual(AfterRun.of(FoodLensError.signedOut(reason: "")), .rest)
        XCTAssertEqual(AfterRun.of(CancellationError()), .later)
    }
}

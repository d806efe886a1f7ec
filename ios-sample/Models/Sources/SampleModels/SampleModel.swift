// The app: who is signed in, and their screens.
import FoodLens
import Foundation
import Observation

@MainActor
@Observable
public final class SampleModel {
    public private(set) var account = Account.starting
    private let phone: Phone
    private let signedIn: @MainActor () -> Void
    @ObservationIgnored private var last: Task<Void, Never>?

    /// - Parameter signedIn: is told whenever somebody is here, for instance to ask for wakes in the background.
    public init(_ phone: Phone, signedIn: @escaping @MainActor () -> Void = {}) {
        self.phone = phone
        self.signedIn = signedIn
    }

    /// Whether the person who is here wants it dark; nil: as the phone has it.
    public var dark: Bool? { here?.screens.settings.state.ready?.dark }

    /// At the launch.
    public func start() async {
        await act {
            guard case .starting = self.account else { return }
            if let session = try await self.phone.signedIn() {
                try await self.show(session)
            } else {
                self.account = .signedOut(SignedOut(saved: try await self.phone.saved()))
            }
        }
    }

    public func signIn(_ user: String) async {
        let user = user.trimmingCharacters(in: .whitespaces)
        guard !user.isEmpty else { return }
        await act { try await self.show(self.phone.signIn(user)) }
    }

    /// Another user of this phone: the one before stays signed in to the backend, and their queue waits, unseen.
    public func switchTo(_ user: String) async {
        let user = user.trimmingCharacters(in: .whitespaces)
        guard !user.isEmpty else { return }
        await act {
            try await self.leave()
            try await self.show(self.phone.signIn(user))
        }
    }

    public func useBackend(_ url: String) async {
        await act {
            try await self.phone.useBackend(url.trimmingCharacters(in: .whitespaces))
            try await self.leave()
            self.account = .signedOut(SignedOut(saved: try await self.phone.saved()))
        }
    }

    /// Shows what a deletion would lose.
    public func askToSignOut() async {
        await act { try await self.preview(nil) }
    }

    public func stay() async {
        await act {
            guard var here = self.here else { return }
            here.leaving = nil
            here.problem = nil
            self.account = .signedIn(here)
        }
    }

    public func keepAndSignOut() async { await signOut { _ in .keepSealed } }

    public func sendAndSignOut() async { await signOut { _ in .flush(longest: 20) } }

    /// Of what was shown and no more: a write that came since is shown first.
    public func deleteAndSignOut() async { await signOut { $0.leaving.map { .wipe(shown: $0) } } }

    private func signOut(_ how: @escaping (SignedIn) -> SignOut?) async {
        await act {
            guard let here = self.here, let chosen = how(here) else { return }
            let forget = if case .wipe = chosen { true } else { false }
            do {
                let report = try await here.screens.session.signOut(chosen)
                try await self.phone.signedOut(here.screens.user, forget: forget)
                self.account = .signedOut(SignedOut(saved: try await self.phone.saved(), left: forget ? nil : report.left))
            } catch let error as FoodLensError {
                guard case .unsentWork = error else { throw error }
                try await self.preview(Problem(error))
            }
        }
    }

    private func preview(_ problem: Problem?) async throws {
        guard var here else { return }
        here.leaving = try await here.screens.session.signOutPreview()
        here.problem = problem
        account = .signedIn(here)
    }

    private func show(_ session: Session) async throws {
        account = .signedIn(SignedIn(saved: try await phone.saved(), screens: Screens(session)))
        signedIn()
    }

    private func leave() async throws {
        guard let here else { return }
        account = .starting
        try await here.screens.session.close()
    }

    private var here: SignedIn? {
        if case .signedIn(let here) = account { here } else { nil }
    }

    /// One after the other: a second tap waits for what the first one does.
    private func act(_ action: @escaping () async throws -> Void) async {
        let before = last
        let task = Task {
            await before?.value
            do { try await action() } catch { await fail(Problem(error)) }
        }
        last = task
        await task.value
    }

    private func fail(_ problem: Problem) async {
        switch account {
        case .starting:
            account = .signedOut(SignedOut(saved: (try? await phone.saved()) ?? Saved(), problem: problem))
        case .signedOut(var out):
            out.problem = problem
            account = .signedOut(out)
        case .signedIn(var here):
            here.problem = problem
            account = .signedIn(here)
        }
    }
}

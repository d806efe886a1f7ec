// The form of the profile.
import FoodLens
import FoodLensObservation
import Foundation
import Observation

public struct ProfileState: Equatable, Sendable {
    public let content: ProfileContent
    /// A profile that nobody has written yet has none.
    public let badge: Badge?
    let operation: OperationId?
}

/// What stands in the fields of the form.
public struct ProfileFields: Equatable, Sendable {
    public var displayName: String
    public var dateOfBirth: String
    public var country: String
    /// With commas.
    public var diets: String

    public init(_ content: ProfileContent) {
        displayName = content.displayName ?? ""
        dateOfBirth = content.dateOfBirth ?? ""
        country = content.country ?? ""
        diets = content.diets.joined(separator: ", ")
    }

    /// The profile with what was typed; an empty field says nothing.
    public func content(from opened: ProfileContent) -> ProfileContent {
        var content = opened
        content.displayName = displayName.isEmpty ? nil : displayName
        content.dateOfBirth = dateOfBirth.isEmpty ? nil : dateOfBirth
        content.country = country.isEmpty ? nil : country
        let typed = diets.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        content.diets = typed.filter { !$0.isEmpty }
        return content
    }
}

@MainActor
@Observable
public final class ProfileModel {
    public let actions = Actions()
    private let session: Session
    private let profile: LiveValue<Profile>

    init(_ session: Session) {
        self.session = session
        profile = LiveValue { session.profile.changes }
    }

    public var state: Shown<ProfileState> {
        profile.shown.map {
            ProfileState(content: $0.content, badge: $0.sync.map(Badge.init), operation: $0.sync?.pendingOperation)
        }
    }

    /// Until the view goes.
    public func follow() async { await profile.follow() }

    /// Only what the person changed since the form was opened is written.
    public func save(_ opened: ProfileContent, _ fields: ProfileFields) async {
        await actions.run { try await session.profile.update(opened, to: fields.content(from: opened)) }
    }

    public func retry() async {
        await actions.run { try await session.retryAndSync(state.ready?.operation) }
    }
}

import FoodLensFFI

/// A user's profile: one record, the last writer wins per field.
public final class ProfileStore: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// The profile now, and whenever it changes.
    public var changes: AsyncThrowingStream<Profile, any Error> {
        calls.observe([.records(.profile), .queue]) { try $0.profile() }
    }

    /// The profile now.
    public func get() async throws -> Profile {
        try await calls.run { try $0.profile() }
    }

    /// Changes the profile as it is now: `update { $0.displayName = "Ana" }`.
    public func update(_ change: @escaping @Sendable (inout ProfileContent) -> Void) async throws {
        try await calls.run { core in
            let shown = try core.profile().content
            try core.updateProfile(shown: shown, to: changed(shown, change))
        }
    }

    /// Saves a form that was opened on `shown`. Only the fields that differ from it are written.
    public func update(_ shown: ProfileContent, to content: ProfileContent) async throws {
        try await calls.run { try $0.updateProfile(shown: shown, to: content) }
    }
}

/// A user's settings: one record, the last writer wins per key.
public final class SettingsStore: Sendable {
    private let calls: Calls

    init(calls: Calls) { self.calls = calls }

    /// The settings now, and whenever they change.
    public var changes: AsyncThrowingStream<Settings, any Error> {
        calls.observe([.records(.settings), .queue]) { try $0.settings() }
    }

    /// The settings now.
    public func get() async throws -> Settings {
        try await calls.run { try $0.settings() }
    }

    /// Changes the settings as they are now: `update { $0.theme = "dark" }`.
    public func update(_ change: @escaping @Sendable (inout SettingsContent) -> Void) async throws {
        try await calls.run { core in
            let shown = try core.settings().content
            try core.updateSettings(shown: shown, to: changed(shown, change))
        }
    }

    /// Saves a form that was opened on `shown`. Only the keys that differ from it are written.
    public func update(_ shown: SettingsContent, to content: SettingsContent) async throws {
        try await calls.run { try $0.updateSettings(shown: shown, to: content) }
    }
}

// The screen of settings.
import FoodLens
import FoodLensObservation
import Observation

public struct SettingsState: Equatable, Sendable {
    public let content: SettingsContent
    public let badge: Badge?
    public let paused: Bool

    /// Whether the person wants it dark, on all their phones; nil: as the phone has it.
    public var dark: Bool? {
        switch content.theme {
        case "dark": true
        case "light": false
        default: nil
        }
    }
}

@MainActor
@Observable
public final class SettingsModel {
    public let actions = Actions()
    private let session: Session
    private let settings: LiveValue<Settings>
    private let status: LiveValue<SyncStatus>

    init(_ session: Session) {
        self.session = session
        settings = LiveValue { session.settings.changes }
        status = LiveValue { session.status }
    }

    public var state: Shown<SettingsState> {
        settings.shown.and(status.shown).map {
            SettingsState(content: $0.content, badge: $0.sync.map(Badge.init), paused: $1.paused)
        }
    }

    /// Until the view goes.
    public func follow() async {
        async let status: Void = status.follow()
        await settings.follow()
        await status
    }

    /// `system`, `light` or `dark`; goes to the person's other phones, too.
    public func theme(_ theme: String) async {
        await actions.run { try await session.settings.update { $0.theme = theme } }
    }

    /// `metric` or `imperial`.
    public func units(_ units: String) async {
        await actions.run { try await session.settings.update { $0.units = units } }
    }

    public func notifications(_ on: Bool) async {
        await actions.run { try await session.settings.update { $0.notifications = on } }
    }

    /// Of this phone alone: nothing is sent or fetched meanwhile, writes go on as ever.
    public func pause(_ on: Bool) async {
        await actions.run { try await session.setPaused(on) }
    }
}

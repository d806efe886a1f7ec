// A button for what takes its time.
import SwiftUI

/// What it begins goes on when the screen goes.
struct ActionButton: View {
    private let title: String
    private let role: ButtonRole?
    private let action: @MainActor () async -> Void

    init(_ title: String, role: ButtonRole? = nil, action: @escaping @MainActor () async -> Void) {
        self.title = title
        self.role = role
        self.action = action
    }

    var body: some View {
        Button(title, role: role) { Task { await action() } }
            .buttonStyle(.bordered)
    }
}

extension View {
    /// Whether it can be pressed now.
    func enabled(_ on: Bool) -> some View { disabled(!on) }
}

/// For a control that shows what the model has, and asks it for another value.
@MainActor
func asking<Value: Sendable>(
    _ value: Value, _ ask: @escaping @MainActor @Sendable (Value) async -> Void
) -> Binding<Value> {
    Binding(get: { value }, set: { wanted in Task { await ask(wanted) } })
}

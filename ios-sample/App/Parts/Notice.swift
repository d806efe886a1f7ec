// Something that a person should not overlook.
import SwiftUI

/// A mark, words, and what can be done about it.
struct Notice<Actions: View>: View {
    private let symbol: String
    private let text: String
    private let actions: () -> Actions

    init(_ symbol: String, _ text: String, @ViewBuilder actions: @escaping () -> Actions) {
        self.symbol = symbol
        self.text = text
        self.actions = actions
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(text, systemImage: symbol)
            actions()
        }
    }
}

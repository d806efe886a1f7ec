// A screen's data once they are there.
import SampleModels
import SwiftUI

/// Before that it says that they are being read, and why they cannot be.
struct Once<Value, Content: View>: View {
    private let shown: Shown<Value>
    private let content: (Value) -> Content

    init(_ shown: Shown<Value>, @ViewBuilder content: @escaping (Value) -> Content) {
        self.shown = shown
        self.content = content
    }

    var body: some View {
        switch shown {
        case .loading: ProgressView(say(.loading))
        case .ready(let value): content(value)
        case .broken(let problem): Notice("exclamationmark.triangle", say(problem.phrase)) {}
        }
    }
}

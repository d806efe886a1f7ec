import FoodLens
import Observation

/// The newest value of one of the library's sequences, for SwiftUI: a view that reads it is drawn anew when it changes.
///
/// ```
/// @State private var allergies: LiveValue<AllergyList>  // LiveValue { session.allergies.changes }
///
/// var body: some View {
///     List(allergies.value?.entries ?? [], id: \.row) { AllergyLine($0) }
///         .task { await allergies.follow() }
/// }
/// ```
/// Nothing is read while no view follows.
@available(iOS 17.0, macOS 14.0, tvOS 17.0, watchOS 10.0, *)
@MainActor
@Observable
public final class LiveValue<Value: Sendable> {
    /// The newest value; nil before the first one. It stays when following ends.
    public private(set) var value: Value?
    /// Why the sequence ended, where it failed: ``FoodLensError/closed(reason:)`` when the session did. Nil again once
    /// following begins anew.
    public private(set) var error: FoodLensError?
    private var upToDate = 0
    @ObservationIgnored private let sequence: () -> AsyncThrowingStream<Value, any Error>

    /// Reads nothing yet.
    ///
    /// - Parameter sequence: makes the sequence, once for each ``follow()``: `LiveValue { session.status }`.
    public init(_ sequence: @escaping () -> AsyncThrowingStream<Value, any Error>) {
        self.sequence = sequence
    }

    /// Whether ``value`` may be out of date: nobody follows, or the value of now has not come yet.
    public var isStale: Bool { upToDate == 0 }

    /// Keeps ``value`` up to date until the task is cancelled (a view's `.task` is, when the view goes) or the sequence ends.
    /// Several may follow at once. What goes wrong is in ``error``.
    ///
    /// - Parameter each: looks at each value once it is in ``value``.
    public func follow(_ each: (Value) -> Void = { _ in }) async {
        var delivered = false
        defer { if delivered { upToDate -= 1 } }
        error = nil
        do {
            for try await newest in sequence() {
                value = newest
                if !delivered { upToDate += 1 }
                delivered = true
                each(newest)
            }
        } catch {
            self.error = error as? FoodLensError ?? .internal(reason: "an error that is not the library's")
        }
    }
}

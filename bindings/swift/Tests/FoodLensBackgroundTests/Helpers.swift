import Foundation

/// A value that closures share.
final class Box<T>: @unchecked Sendable {
    private let lock = NSLock()
    private var held: T

    init(_ value: T) { held = value }

    var value: T {
        get { lock.withLock { held } }
        set { lock.withLock { held = newValue } }
    }
}

/// What is to be done after a time that no test waits for.
final class Late: @unchecked Sendable {
    private let lock = NSLock()
    private var calls: [@Sendable () -> Void] = []

    var isEmpty: Bool { lock.withLock { calls.isEmpty } }

    func add(_ call: @escaping @Sendable () -> Void) { lock.withLock { calls.append(call) } }

    func come() {
        for call in lock.withLock({ calls }) { call() }
    }
}

import FoodLensFFI
import Foundation

/// What can go wrong, each with something the app can do. The reasons are for logs, not for people: they never hold
/// record content, tokens or URLs.
public enum FoodLensError: Error, Equatable, Sendable {
    /// A value was refused before anything was stored: show the field (its name on the wire) and the rule to the person.
    case invalid(field: String, rule: Rule)
    /// There is no such record, operation or conflict (it may have been deleted, synced or answered meanwhile).
    case notFound(reason: String)
    /// A record with this id is already there; update it instead.
    case alreadyExists(reason: String)
    /// The operation is not in a state that allows this (for instance discarding one that is being sent).
    case wrongState(reason: String)
    /// What was shown to the person has changed since: fetch it again and ask anew.
    case stale(reason: String)
    /// The session was closed; open a new one.
    case closed(reason: String)
    /// The device's storage is full. Nothing was stored; free space and try again.
    case storageFull(reason: String)
    /// The storage cannot be read or written now (busy, device locked, I/O error). Nothing is lost; try again later.
    case storageUnavailable(reason: String)
    /// The file, or a record in it, is damaged. It is left as it is.
    case corrupt(reason: String)
    /// The file was written by a newer version of the library and was not touched. Update the app.
    case needsNewerApp(reason: String)
    /// The file belongs to another user or server. It was not touched.
    case wrongAccount(reason: String)
    /// The configuration cannot be used: a mistake in the app.
    case config(reason: String)
    /// The legacy export as a whole cannot be read. Nothing was imported.
    case legacyFormat(reason: String)
    /// A defect of the library; report it. The next call works.
    case `internal`(reason: String)

    /// Whether the same call may succeed later without a change of its arguments.
    public var canRetry: Bool {
        switch self {
        case .storageFull, .storageUnavailable: true
        default: false
        }
    }

    init(_ error: CoreError) {
        switch error {
        case .Invalid(_, let field, let rule): self = .invalid(field: field, rule: rule)
        case .NotFound(let reason): self = .notFound(reason: reason)
        case .AlreadyExists(let reason): self = .alreadyExists(reason: reason)
        case .WrongState(let reason): self = .wrongState(reason: reason)
        case .Stale(let reason): self = .stale(reason: reason)
        case .Closed(let reason): self = .closed(reason: reason)
        case .StorageFull(let reason): self = .storageFull(reason: reason)
        case .StorageUnavailable(let reason): self = .storageUnavailable(reason: reason)
        case .Corrupt(let reason): self = .corrupt(reason: reason)
        case .NeedsNewerApp(let reason): self = .needsNewerApp(reason: reason)
        case .WrongAccount(let reason): self = .wrongAccount(reason: reason)
        case .Config(let reason): self = .config(reason: reason)
        case .LegacyFormat(let reason): self = .legacyFormat(reason: reason)
        case .Internal(let reason): self = .internal(reason: reason)
        }
    }
}

/// Runs a call of the core; what it throws leaves as a ``FoodLensError``.
func typed<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as CoreError {
        throw FoodLensError(error)
    } catch {
        // The generated code has one error of its own, private to it: a panic inside the library.
        throw FoodLensError.internal(reason: "internal error (panic)")
    }
}

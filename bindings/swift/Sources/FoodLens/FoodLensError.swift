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
    /// The session is suspended; nothing was read or stored. Call ``Session/resume()``, and this again.
    case suspended(reason: String)
    /// The device's storage is full. Nothing was stored; free space and try again.
    case storageFull(reason: String)
    /// The storage cannot be read or written now (busy, device locked, I/O error). Nothing is lost; try again later.
    case storageUnavailable(reason: String)
    /// The file, or a record in it, is damaged. It is left as it is; ``FoodLens/recover(userID:)`` sets the file aside and
    /// goes on with every unsent write that it still holds.
    case corrupt(reason: String)
    /// The file was written by a newer version of the library and was not touched. Update the app.
    case needsNewerApp(reason: String)
    /// The key does not open the user's file, which was not touched. Hand in the one that it was written with; after a
    /// re-key that was interrupted, that may be the former one. Is it lost, so is what was not sent.
    case wrongKey(reason: String)
    /// The file is encrypted and there is no key: the key provider failed (the device may be locked: try again later), there
    /// is none, or this library was built without encryption. The file was not touched.
    case keyUnavailable(reason: String)
    /// A session of this user is open, and this changes the file as a whole: close the session first.
    case sessionOpen(reason: String)
    /// There was a database of this user here, and it is gone or empty. What was not sent yet went with it; the rest
    /// comes from the server: call ``FoodLens/recover(userID:)``.
    case storeMissing(reason: String)
    /// The user has signed out since. Open a new session when they sign in again.
    case signedOut(reason: String)
    /// More waits to be sent than was shown to the person who confirmed the deletion. Nothing was deleted: show it again
    /// (``Session/signOutPreview()``).
    case unsentWork(reason: String)
    /// The file belongs to another user or server. It was not touched.
    case wrongAccount(reason: String)
    /// The configuration cannot be used: a mistake in the app.
    case config(reason: String)
    /// The legacy export as a whole cannot be read. Nothing was imported.
    case legacyFormat(reason: String)
    /// The snapshot of old data is still needed: so many records of it wait to be taken over (run the import again), or reads
    /// are on it (turn that off).
    case legacyInUse(waiting: Int, readsOn: Bool)
    /// The data to be taken over are not an anonymous user's: they have been at the server. Nothing was taken over.
    case notAnonymous(reason: String)
    /// A defect of the library; report it. The next call works.
    case `internal`(reason: String)

    /// Whether the same call may succeed later without a change of its arguments.
    public var canRetry: Bool {
        switch self {
        case .suspended, .storageFull, .storageUnavailable, .keyUnavailable: true
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
        case .Suspended(let reason): self = .suspended(reason: reason)
        case .StorageFull(let reason): self = .storageFull(reason: reason)
        case .StorageUnavailable(let reason): self = .storageUnavailable(reason: reason)
        case .Corrupt(let reason): self = .corrupt(reason: reason)
        case .NeedsNewerApp(let reason): self = .needsNewerApp(reason: reason)
        case .WrongKey(let reason): self = .wrongKey(reason: reason)
        case .KeyUnavailable(let reason): self = .keyUnavailable(reason: reason)
        case .SessionOpen(let reason): self = .sessionOpen(reason: reason)
        case .StoreMissing(let reason): self = .storeMissing(reason: reason)
        case .SignedOut(let reason): self = .signedOut(reason: reason)
        case .UnsentWork(let reason): self = .unsentWork(reason: reason)
        case .WrongAccount(let reason): self = .wrongAccount(reason: reason)
        case .Config(let reason): self = .config(reason: reason)
        case .LegacyFormat(let reason): self = .legacyFormat(reason: reason)
        case .LegacyInUse(_, let waiting, let readsOn): self = .legacyInUse(waiting: Int(waiting), readsOn: readsOn)
        case .NotAnonymous(let reason): self = .notAnonymous(reason: reason)
        case .Internal(let reason): self = .internal(reason: reason)
        }
    }
}

extension FoodLensError: LocalizedError {
    /// What the app can do about it, in a sentence for whoever writes or reads it: not translated, so not for people.
    public var recoverySuggestion: String? {
        switch self {
        case .invalid: "Show the field and the rule to the person."
        case .notFound: "Take it off the screen: it was deleted, synced or answered meanwhile."
        case .alreadyExists: "Update the record instead."
        case .wrongState: "Read the queue again; the operation has moved on."
        case .stale: "Fetch what was shown again and ask anew."
        case .closed: "Open a new session."
        case .suspended: "Resume the session and call again; nothing was read or stored."
        case .storageFull: "Free space and try again; nothing was stored."
        case .storageUnavailable: "Try again later; nothing is lost."
        case .corrupt: "Call recover; the file was left as it is."
        case .needsNewerApp: "Update the app; the file was not touched."
        case .wrongKey: "Hand in the key that the file was written with; it was not touched."
        case .keyUnavailable: "Try again when the device is unlocked; the file was not touched."
        case .sessionOpen: "Close the session first."
        case .storeMissing: "Call recover, and say that unsent edits were lost."
        case .signedOut: "Stop, and open a new session when the user signs in again."
        case .unsentWork: "Show the preview of the sign-out again; nothing was deleted."
        case .wrongAccount: "Check the user and the base URL; the file was not touched."
        case .config: "Mend the configuration: a mistake in the app."
        case .legacyFormat: "Check what was handed in; nothing was imported."
        case .legacyInUse: "Run the import again, or turn reads on the old data off."
        case .notAnonymous: "Adopt only from a user who never signed in; nothing was taken over."
        case .internal: "Report it with the reason; the next call works."
        }
    }
}

/// Runs a call of the core; what it throws leaves as a ``FoodLensError``.
func typed<T>(_ call: () throws -> T) throws -> T {
    do {
        return try call()
    } catch let error as CoreError {
        throw FoodLensError(error)
    } catch let error as FoodLensError {
        throw error  // from a call within this one
    } catch {
        // The generated code has one error of its own, private to it: a panic inside the library.
        throw FoodLensError.internal(reason: "internal error (panic)")
    }
}

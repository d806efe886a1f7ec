package dev.foodlens

import dev.foodlens.ffi.CoreException
import dev.foodlens.ffi.InternalException
import dev.foodlens.ffi.Rule

/**
 * What can go wrong, each with something the app can do. [message] is for logs, not for people: it never holds record
 * content, tokens or URLs.
 */
public sealed class FoodLensException(message: String, cause: Throwable?) : Exception(message, cause) {
    /** Whether the same call may succeed later without a change of its arguments. */
    public val canRetry: Boolean
        get() = this is Suspended || this is StorageFull || this is StorageUnavailable || this is KeyUnavailable

    /**
     * A value was refused before anything was stored: show field and rule to the person.
     *
     * @property field its name on the wire.
     * @property rule what it has to keep to.
     */
    public class Invalid internal constructor(
        public val field: String,
        public val rule: Rule,
        message: String,
        cause: Throwable,
    ) : FoodLensException(message, cause)

    /** There is no such record, operation or conflict (it may have been deleted, synced or answered meanwhile). */
    public class NotFound internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** A record with this id is already there; update it instead. */
    public class AlreadyExists internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** The operation is not in a state that allows this (for instance discarding one that is being sent). */
    public class WrongState internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** What was shown to the person has changed since: fetch it again and ask anew. */
    public class Stale internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The session was closed; open a new one. */
    public class Closed internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The session is suspended; nothing was read or stored. Call [Session.resume], and this again. */
    public class Suspended internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The device's storage is full. Nothing was stored; free space and try again. */
    public class StorageFull internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** The storage cannot be read or written now (busy, device locked, I/O error). Nothing is lost; try again later. */
    public class StorageUnavailable internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /**
     * The file, or a record in it, is damaged. It is left as it is; [FoodLens.recover] sets the file aside and goes on with
     * every unsent write that it still holds.
     */
    public class Corrupt internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The file was written by a newer version of the library and was not touched. Update the app. */
    public class NeedsNewerApp internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /**
     * The key does not open the user's file, which was not touched. Hand in the one that it was written with; after a re-key
     * that was interrupted, that may be the former one. Is it lost, so is what was not sent.
     */
    public class WrongKey internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /**
     * The file is encrypted and there is no key: the key provider failed (the device may be locked: try again later), there is
     * none, or this library was built without encryption. The file was not touched.
     */
    public class KeyUnavailable internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** A session of this user is open, and this changes the file as a whole: close the session first. */
    public class SessionOpen internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /**
     * There was a database of this user here, and it is gone or empty. What was not sent yet went with it; the rest comes from
     * the server: call [FoodLens.recover].
     */
    public class StoreMissing internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** The user has signed out since. Open a new session when they sign in again. */
    public class SignedOut internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /**
     * More waits to be sent than was shown to the person who confirmed the deletion. Nothing was deleted: show it again
     * ([Session.signOutPreview]).
     */
    public class UnsentWork internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The file belongs to another user or server. It was not touched. */
    public class WrongAccount internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** The configuration cannot be used: a mistake in the app. */
    public class Config internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)

    /** The legacy export as a whole cannot be read. Nothing was imported. */
    public class LegacyFormat internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /**
     * The snapshot of old data is still needed: records of it wait to be taken over (run the import again), or reads are on
     * it (turn that off).
     *
     * @property waiting how many records wait.
     * @property readsOn whether reads are on the snapshot.
     */
    public class LegacyInUse internal constructor(
        public val waiting: Long,
        public val readsOn: Boolean,
        message: String,
        cause: Throwable,
    ) : FoodLensException(message, cause)

    /** The data to be taken over are not an anonymous user's: they have been at the server. Nothing was taken over. */
    public class NotAnonymous internal constructor(message: String, cause: Throwable) :
        FoodLensException(message, cause)

    /** A defect of the library; report it. The next call works. */
    public class Internal internal constructor(message: String, cause: Throwable) : FoodLensException(message, cause)
}

/** Runs a call of the core; what it throws leaves as a [FoodLensException]. */
internal inline fun <T> typed(call: () -> T): T =
    try {
        call()
    } catch (e: CoreException) {
        throw e.typed()
    } catch (e: InternalException) { // a panic inside the library
        throw FoodLensException.Internal("internal error (panic)", e)
    }

internal fun CoreException.typed(): FoodLensException =
    when (this) {
        is CoreException.Invalid -> FoodLensException.Invalid(field, rule, reason, this)
        is CoreException.NotFound -> FoodLensException.NotFound(reason, this)
        is CoreException.AlreadyExists -> FoodLensException.AlreadyExists(reason, this)
        is CoreException.WrongState -> FoodLensException.WrongState(reason, this)
        is CoreException.Stale -> FoodLensException.Stale(reason, this)
        is CoreException.Closed -> FoodLensException.Closed(reason, this)
        is CoreException.Suspended -> FoodLensException.Suspended(reason, this)
        is CoreException.StorageFull -> FoodLensException.StorageFull(reason, this)
        is CoreException.StorageUnavailable -> FoodLensException.StorageUnavailable(reason, this)
        is CoreException.Corrupt -> FoodLensException.Corrupt(reason, this)
        is CoreException.NeedsNewerApp -> FoodLensException.NeedsNewerApp(reason, this)
        is CoreException.WrongKey -> FoodLensException.WrongKey(reason, this)
        is CoreException.KeyUnavailable -> FoodLensException.KeyUnavailable(reason, this)
        is CoreException.SessionOpen -> FoodLensException.SessionOpen(reason, this)
        is CoreException.StoreMissing -> FoodLensException.StoreMissing(reason, this)
        is CoreException.SignedOut -> FoodLensException.SignedOut(reason, this)
        is CoreException.UnsentWork -> FoodLensException.UnsentWork(reason, this)
        is CoreException.WrongAccount -> FoodLensException.WrongAccount(reason, this)
        is CoreException.Config -> FoodLensException.Config(reason, this)
        is CoreException.LegacyFormat -> FoodLensException.LegacyFormat(reason, this)
        is CoreException.LegacyInUse -> FoodLensException.LegacyInUse(waiting, readsOn, reason, this)
        is CoreException.NotAnonymous -> FoodLensException.NotAnonymous(reason, this)
        is CoreException.Internal -> FoodLensException.Internal(reason, this)
    }

package dev.foodlens

import dev.foodlens.ffi.CoreSignOut
import dev.foodlens.ffi.SignOutPreview
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** What is done with a user's data at the sign-out, see [Session.signOut]. */
public sealed interface SignOut {
    /** All of it stays, closed to everybody, until the user signs in again: the queue goes on then. */
    public data object KeepSealed : SignOut

    /**
     * What waits is sent first, as far as that goes; then as [KeepSealed].
     *
     * @property longest how long the sending may take.
     */
    public data class Flush(public val longest: Duration) : SignOut

    /**
     * All of it is deleted from this device. There is no way back.
     *
     * @property shown what [Session.signOutPreview] gave, and a person has seen and confirmed.
     */
    public data class Wipe(public val shown: SignOutPreview) : SignOut
}

internal fun SignOut.toCore(): CoreSignOut =
    when (this) {
        SignOut.KeepSealed -> CoreSignOut.KeepSealed
        is SignOut.Flush -> CoreSignOut.Flush(longest.toJavaDuration())
        is SignOut.Wipe -> CoreSignOut.Wipe(shown)
    }

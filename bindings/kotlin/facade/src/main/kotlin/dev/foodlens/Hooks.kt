package dev.foodlens

import dev.foodlens.ffi.ClockCallback
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.CoreAccessToken
import dev.foodlens.ffi.HookException
import dev.foodlens.ffi.KeyCallback
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.MergeCallback
import dev.foodlens.ffi.TokenCallback
import java.time.Clock
import java.time.Instant

/**
 * A token for the backend.
 *
 * @property userId the user whose token it is, as given to [FoodLens.session]. A token of another user stops the run
 *   before anything is sent.
 * @property value the bearer token, without the word `Bearer`. Not part of [toString].
 */
public class AccessToken(public val userId: String, public val value: String) {
    /** Without the token and the user. */
    override fun toString(): String = "AccessToken(…)"
}

/**
 * Gives tokens at the moment of sending. It may suspend or block, and may read the session: what it calls there runs on
 * the thread of the run itself, so that no dispatcher can be too small. When the caller of the run is cancelled, so is this.
 */
public fun interface TokenProvider {
    /**
     * A valid token of this user. [refused]: the last one was refused with 401, so a fresh one is needed. When it
     * throws, whatever it throws, the run stops and says that a sign-in is needed; nothing is lost.
     */
    public suspend fun token(userId: String, refused: Boolean): AccessToken
}

/**
 * Decides conflicts. It may suspend or block, and may read the session, as a [TokenProvider] may; no lock is held meanwhile.
 * When the caller of the run is cancelled, so is this.
 */
public fun interface MergeHook {
    /** What to do about this conflict. When it throws, whatever it throws, the conflict stays for a person. */
    public suspend fun resolve(conflict: Conflict): MergeAnswer
}

/** Gives the keys of users' files. Called on the thread that opens a session, with no lock held; it may block. */
public fun interface KeyProvider {
    /**
     * The key of this user's file: 32 random bytes that the device keeps (Android: wrapped by a key of the Keystore), not made of
     * a password; always the same, until [FoodLens.rekey] has changed it. When it throws, whatever it throws, the session is
     * not opened ([FoodLensException.KeyUnavailable]) and no file is touched.
     */
    public fun key(userId: String): ByteArray
}

// The adapters catch Throwable: the generated code catches Exception only, and an Error must not cross the border
// either. The text stays on this side, since it may hold a token or a record.

internal class TokenAdapter(private val provider: TokenProvider) : TokenCallback {
    override fun token(userId: String, refused: Boolean): CoreAccessToken =
        orFailed { onThisThread { provider.token(userId, refused) }.let { CoreAccessToken(it.userId, it.value) } }
}

internal class MergeAdapter(private val hook: MergeHook) : MergeCallback {
    override fun resolve(conflict: Conflict): MergeAnswer = orFailed { onThisThread { hook.resolve(conflict) } }
}

internal class KeyAdapter(private val keys: KeyProvider) : KeyCallback {
    override fun key(userId: String): ByteArray = orFailed { keys.key(userId) }
}

internal class ClockAdapter(private val clock: Clock) : ClockCallback {
    override fun now(): Instant = orFailed { clock.instant() }
}

internal inline fun <T> orFailed(hook: () -> T): T =
    try {
        hook()
    } catch (_: Throwable) {
        throw HookException.Failed()
    }

package dev.foodlens.sample.model

import dev.foodlens.FoodLens
import dev.foodlens.FoodLensException
import dev.foodlens.Recovery
import dev.foodlens.Session
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/**
 * The library of this phone and what the app keeps beside it; one per process, shared by the screens and by work in the
 * background.
 *
 * @param open sets the library up for a backend: it loads the native library, so it is called on [io].
 */
class Phone(
    private val saved: SavedFile,
    private val io: CoroutineDispatcher,
    private val open: (baseUrl: String) -> FoodLens,
) {
    private val lock = Mutex()
    private var library: Pair<String, FoodLens>? = null

    suspend fun saved(): Saved = withContext(io) { saved.read() }

    /** This user's data, from now on the one who is signed in. */
    suspend fun signIn(user: String): Session =
        library().session(user).also { keep { it.copy(user = user, users = (it.users + user).distinct()) } }

    /** As [signIn], where this phone's file of the user is damaged: with what could be read of it. */
    suspend fun recover(user: String): Recovery =
        library().recover(user).also { keep { it.copy(user = user, users = (it.users + user).distinct()) } }

    /** The session of who is signed in; null when nobody is. For the start of the app and for work in the background. */
    suspend fun signedIn(): Session? = saved().user?.let { library().signedInSession(it) }

    /** Nobody is signed in any more; [forget]: and nothing of the user is left here. */
    suspend fun signedOut(user: String, forget: Boolean) =
        keep { it.copy(user = null, users = if (forget) it.users - user else it.users) }

    /**
     * Another backend, whose users and data are others.
     *
     * @throws FoodLensException.Config for an address that cannot be used; the former one stays.
     */
    suspend fun useBackend(url: String) {
        lock.withLock { library = url to withContext(io) { open(url) } }
        keep { Saved(baseUrl = url) }
    }

    private suspend fun library(): FoodLens =
        lock.withLock {
            val url = saved().baseUrl
            library?.takeIf { it.first == url }?.second
                ?: withContext(io) { open(url) }.also { library = url to it }
        }

    private suspend fun keep(change: (Saved) -> Saved) =
        lock.withLock { withContext(io) { saved.write(change(saved.read())) } }
}

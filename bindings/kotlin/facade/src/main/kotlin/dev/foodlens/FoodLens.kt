package dev.foodlens

import dev.foodlens.ffi.Config
import dev.foodlens.ffi.Core
import dev.foodlens.ffi.HttpOptions
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.file.Path

/**
 * The library, set up for one backend. Keep one per process, in the `Application` or the dependency graph, and ask it for
 * a [Session] per user.
 */
public class FoodLens private constructor(private val core: Core, private val dispatcher: CoroutineDispatcher) {
    /**
     * Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives the
     * same data while one of its sessions is open, so closing one closes all.
     *
     * @throws FoodLensException among others [FoodLensException.NeedsNewerApp], [FoodLensException.Corrupt],
     *   [FoodLensException.WrongAccount]: the file is left as it is in each of these cases.
     */
    public suspend fun session(userId: String): Session =
        withContext(dispatcher) { Session(userId, Calls(typed { core.session(userId) }, dispatcher)) }

    public companion object {
        /**
         * Sets the library up. Opens no file and sends nothing.
         *
         * @param dataDir folder for the databases, made when it is not there; private to the app, not backed up.
         * @param baseUrl the backend, for instance `https://api.example.com`.
         * @param tokens gives access tokens at the moment of sending.
         * @param mergeHook decides conflicts; without one, every conflict waits for a person ([Session.conflicts]).
         * @param http limits of the built-in network stack.
         * @param transport a network stack of the app's own, instead of the built-in one.
         * @param dispatcher where everything that blocks runs.
         * @throws FoodLensException.Config for a base URL that cannot be used.
         */
        public fun open(
            dataDir: Path,
            baseUrl: String,
            tokens: TokenProvider,
            mergeHook: MergeHook? = null,
            http: HttpOptions = HttpOptions(),
            transport: HttpTransport? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): FoodLens {
            val config = Config(dataDir.toString(), baseUrl, http)
            val merge = mergeHook?.let(::MergeAdapter)
            val core =
                typed {
                    if (transport == null) {
                        Core.open(config, TokenAdapter(tokens), merge)
                    } else {
                        Core.openWithTransport(config, TokenAdapter(tokens), merge, TransportAdapter(transport))
                    }
                }
            return FoodLens(core, dispatcher)
        }
    }
}

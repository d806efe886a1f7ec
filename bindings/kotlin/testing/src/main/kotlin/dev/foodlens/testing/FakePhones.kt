package dev.foodlens.testing

import dev.foodlens.FoodLens
import dev.foodlens.MergeHook
import dev.foodlens.Session
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import java.nio.file.Files
import java.nio.file.Path
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively

/**
 * Devices with one [backend] and one [clock], each with a temporary folder of its own; the real core, no network. For one test:
 * [close] ends the sessions and removes the folders.
 *
 * @property backend all devices reach it.
 * @property clock all devices show it.
 */
public class FakePhones(
    public val clock: FakeClock = FakeClock(),
    public val backend: FakeBackend = FakeBackend(clock),
) : AutoCloseable {
    private val folder: Path = Files.createTempDirectory("foodlens-testing")
    private val open = mutableListOf<Session>()

    /**
     * The library of a device. The same [device] again is the same data, as after a restart of the app.
     *
     * @param mergeHook decides conflicts; without one, they wait for a person.
     * @param dispatcher where calls run. They block on storage, so a test's own dispatcher serves only tests without a run of
     *   sync beside other work.
     */
    public fun library(
        device: String = "phone",
        mergeHook: MergeHook? = null,
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
    ): FoodLens =
        FoodLens.open(
            folder.resolve(device),
            "https://backend.test",
            backend.tokens,
            mergeHook,
            transport = backend,
            clock = clock,
            dispatcher = dispatcher,
        )

    /** A user's data on a device; closed with the others. */
    public suspend fun session(
        userId: String = "ana",
        device: String = "phone",
        mergeHook: MergeHook? = null,
        dispatcher: CoroutineDispatcher = Dispatchers.IO,
    ): Session = library(device, mergeHook, dispatcher).session(userId).also { synchronized(open) { open += it } }

    /** Ends what [session] opened and removes the folders. */
    @OptIn(ExperimentalPathApi::class)
    override fun close() {
        synchronized(open) { open.forEach { it.close() } }
        folder.deleteRecursively()
    }
}

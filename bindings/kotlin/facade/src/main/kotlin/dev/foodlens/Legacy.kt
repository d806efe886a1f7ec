package dev.foodlens

import dev.foodlens.ffi.CoreLegacyImport
import dev.foodlens.ffi.LegacyProgress
import dev.foodlens.ffi.LegacyReport
import dev.foodlens.ffi.ProgressCallback
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext

/**
 * An import of old data, to be looked at before, watched, cancelled and run again: see [Session.legacyImport],
 * [Session.resumeLegacyImport] and [FoodLens.adopt].
 */
public class LegacyImport internal constructor(
    private val dispatcher: CoroutineDispatcher,
    private val begin: () -> CoreLegacyImport,
) {
    /**
     * What [run] would report now. Stores nothing.
     *
     * @throws FoodLensException as [run].
     */
    public suspend fun preview(): LegacyReport = withContext(dispatcher.orHookThread()) { typed { begin().use { it.preview() } } }

    /**
     * Imports, in steps of at most 200 records, each of them durable. When the caller is cancelled, it ends after its step, or
     * never begins, and the caller waits until it has. After that, a kill or an error, another run (of another import of
     * the same data, too) does what is left, and its report is that of the whole. Repeatable: what was taken over once is not
     * taken again, also when it was deleted since.
     *
     * @param progress told after every step, on the thread that imports; keep it short. When it throws, the import goes on.
     * @throws FoodLensException.LegacyFormat when the text as a whole is no export, or an import is to go on whose text was
     *   never stored to its end: nothing is imported.
     * @throws FoodLensException.NotFound when there is no snapshot to go on with, or nobody used this device under the user to
     *   adopt from.
     * @throws FoodLensException.NotAnonymous when the data of the user to adopt from have been at the server.
     */
    public suspend fun run(progress: ((LegacyProgress) -> Unit)? = null): LegacyReport {
        val told = progress?.let(::ProgressAdapter)
        return withContext(dispatcher.orHookThread()) { typed(begin) }.use { import ->
            cancellable(dispatcher, { import.cancel() }) { import.run(told) }
        }
    }
}

internal class ProgressAdapter(private val progress: (LegacyProgress) -> Unit) : ProgressCallback {
    override fun onProgress(soFar: LegacyProgress): Unit = orFailed { progress(soFar) }
}

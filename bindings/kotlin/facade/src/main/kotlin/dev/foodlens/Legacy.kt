package dev.foodlens

import dev.foodlens.ffi.CoreLegacyImport
import dev.foodlens.ffi.LegacyLinesCallback
import dev.foodlens.ffi.LegacyProgress
import dev.foodlens.ffi.LegacyRecord
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
     * What [runInPages] would report now, handed out as it is found: before an error, too. Stores nothing.
     *
     * @param lines told as [runInPages] tells it.
     * @throws FoodLensException as [run].
     */
    public suspend fun previewInPages(lines: (List<LegacyRecord>) -> Unit): LegacyReport =
        withContext(dispatcher.orHookThread()) { typed { begin().use { it.previewInPages(LinesAdapter(lines)) } } }

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
        return running { it.run(told) }
    }

    /**
     * As [run], for old data of any size: the lines of the report are handed out at its end, in order and at most 1,000 at a
     * time, and the report's `records` are empty. However many records there are, it takes no more memory beside the text.
     *
     * @param progress as [run] tells it.
     * @param lines told on the thread that imports. When it throws, the next ones come all the same.
     * @throws FoodLensException as [run].
     */
    public suspend fun runInPages(
        progress: ((LegacyProgress) -> Unit)? = null,
        lines: (List<LegacyRecord>) -> Unit,
    ): LegacyReport {
        val told = progress?.let(::ProgressAdapter)
        val handed = LinesAdapter(lines)
        return running { it.runInPages(told, handed) }
    }

    private suspend fun running(body: (CoreLegacyImport) -> LegacyReport): LegacyReport =
        withContext(dispatcher.orHookThread()) { typed(begin) }.use { import ->
            cancellable(dispatcher, { import.cancel() }) { body(import) }
        }
}

internal class ProgressAdapter(private val progress: (LegacyProgress) -> Unit) : ProgressCallback {
    override fun onProgress(soFar: LegacyProgress): Unit = orFailed { progress(soFar) }
}

internal class LinesAdapter(private val lines: (List<LegacyRecord>) -> Unit) : LegacyLinesCallback {
    override fun onLines(lines: List<LegacyRecord>): Unit = orFailed { this.lines(lines) }
}

package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.Discard
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.OverwrittenEntry
import dev.foodlens.ffi.QueueCounts
import dev.foodlens.ffi.QueueFilter
import dev.foodlens.ffi.QueuedOperation
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow

/** The durable queue of a user's writes. */
public class Queue internal constructor(private val calls: Calls) {
    /** How many operations are in which state: now, and whenever it changes. */
    public val counts: Flow<QueueCounts>
        get() = calls.observe(setOf(Topic.Queue)) { it.queueCounts() }

    /** The eldest operations, at most [limit] (1 to 500), that fit [filter]: now, and whenever the queue changes. */
    public fun changes(filter: QueueFilter = QueueFilter.UNSENT, limit: Int = PAGE): Flow<List<QueuedOperation>> =
        calls.observe(setOf(Topic.Queue)) { it.queue(filter, 0, limit.toLong()) }

    /** The operations that fit [filter], for a list that a person scrolls: in the device's order, page by page. */
    public fun pages(filter: QueueFilter = QueueFilter.UNSENT): PageSource<Long, QueuedOperation> =
        PageSource(calls, setOf(Topic.Queue)) { core, after, size ->
            val items = core.queue(filter, after ?: 0, size.toLong())
            Page(items, items.lastOrNull()?.position.takeIf { items.size == size })
        }

    /** A page of at most [limit] (1 to 500) operations in the device's order, after a position (0 to start). */
    public suspend fun list(
        filter: QueueFilter = QueueFilter.UNSENT,
        after: Long = 0,
        limit: Int = PAGE,
    ): List<QueuedOperation> = calls.run { it.queue(filter, after, limit.toLong()) }

    /**
     * Lets a parked operation go again, with its attempts forgotten. Edits of an allergy that wait behind it go with
     * it as one, under a new id. To send something else instead, edit the record.
     *
     * @throws FoodLensException.WrongState when it is not parked, or is parked by a conflict (answer that instead).
     */
    public suspend fun retry(operation: QueuedOperation): Unit =
        calls.run { it.retry(operation.position, operation.id) }

    /**
     * What [discard] would do now, to be shown before. Changes nothing.
     *
     * @throws FoodLensException.WrongState as [discard].
     */
    public suspend fun previewDiscard(operation: QueuedOperation): Discard =
        calls.run { it.previewDiscard(operation.position, operation.id) }

    /**
     * Gives an operation up: a person's decision. The record falls back to the server's copy, or goes when there is none.
     *
     * @throws FoodLensException.WrongState while it is being sent, may have reached the server, or a conflict is open.
     */
    public suspend fun discard(operation: QueuedOperation): Discard =
        calls.run { it.discard(operation.position, operation.id) }

    /**
     * One operation with its content, as JSON text that [Session.rescueImport] reads back, for a person or for support:
     * personal data, not for logs.
     *
     * @throws FoodLensException.WrongState for a receipt, which has no content any more.
     */
    public suspend fun export(operation: QueuedOperation): String =
        calls.run { it.exportOperation(operation.position, operation.id) }

    private companion object {
        const val PAGE = 100
    }
}

/** The questions that wait for a person, and what later writes replaced. */
public class Conflicts internal constructor(private val calls: Calls) {
    /** The open questions, oldest first: now, and whenever they change. */
    public val changes: Flow<List<Conflict>>
        get() = calls.observe(setOf(Topic.Conflicts)) { it.conflicts() }

    /** The open questions, oldest first. */
    public suspend fun list(): List<Conflict> = calls.run { it.conflicts() }

    /**
     * Answers a question as it was shown. False: it was answered before, or its record is no more.
     *
     * @throws FoodLensException.Stale when a side has moved on since: show it again.
     */
    public suspend fun answer(conflict: Conflict, answer: MergeAnswer): Boolean =
        calls.run { it.answer(conflict.id, conflict.revision, answer) }

    /**
     * Values that later writes replaced, for a list that a person scrolls: newest first, page by page. Its `changes` tell of
     * every change of a record.
     */
    public fun overwrittenPages(): PageSource<Long, OverwrittenEntry> =
        PageSource(calls, Collection.entries.mapTo(mutableSetOf()) { Topic.Records(it) }) { core, before, size ->
            val items = core.overwritten(before, size.toLong())
            Page(items, items.lastOrNull()?.position.takeIf { items.size == size })
        }

    /** Values that later writes replaced (the last writer wins there), newest first; [before] is a position. */
    public suspend fun overwritten(before: Long? = null, limit: Int = PAGE): List<OverwrittenEntry> =
        calls.run { it.overwritten(before, limit.toLong()) }

    /**
     * Brings a replaced value back: a new edit of that field on what is shown now, queued and visible at once. The entry
     * stays in the log.
     *
     * @throws FoodLensException.NotFound when the entry is forgotten or the record deleted.
     * @throws FoodLensException.Invalid when the value could not be entered here (any more); nothing was stored.
     */
    public suspend fun restore(entry: OverwrittenEntry): Unit = calls.run { it.restoreOverwritten(entry.position) }

    private companion object {
        const val PAGE = 100
    }
}

package dev.foodlens

import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.Discarded
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.OverwrittenEntry
import dev.foodlens.ffi.QueueCounts
import dev.foodlens.ffi.QueuedOperation
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow

/** The durable queue of a user's writes. */
public class Queue internal constructor(private val calls: Calls) {
    /** How many operations are in which state: now, and whenever it changes. */
    public val counts: Flow<QueueCounts>
        get() = calls.observe(setOf(Topic.Queue)) { it.queueCounts() }

    /**
     * A page of at most [limit] (1 to 500) operations in the device's order, after a position (0 to start). With
     * [receipts], also those that the server acknowledged lately.
     */
    public suspend fun list(after: Long = 0, limit: Int = PAGE, receipts: Boolean = false): List<QueuedOperation> =
        calls.run { it.queue(after, limit.toLong(), receipts) }

    /** Lets a parked operation go again, with its attempts forgotten. */
    public suspend fun retry(operation: QueuedOperation): Unit =
        calls.run { it.retry(operation.position, operation.id) }

    /** Gives an operation up: a person's decision. The record falls back to the server's copy. */
    public suspend fun discard(operation: QueuedOperation): Discarded =
        calls.run { it.discard(operation.position, operation.id) }

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
     * Answers a question as it was shown. False: it was answered before, nothing was done.
     *
     * @throws FoodLensException.Stale when a side has moved on since: show it again.
     */
    public suspend fun answer(conflict: Conflict, answer: MergeAnswer): Boolean =
        calls.run { it.answer(conflict.id, conflict.revision, answer) }

    /** Values that later writes replaced (the last writer wins there), newest first; [before] is a position. */
    public suspend fun overwritten(before: Long? = null, limit: Int = PAGE): List<OverwrittenEntry> =
        calls.run { it.overwritten(before, limit.toLong()) }

    private companion object {
        const val PAGE = 100
    }
}

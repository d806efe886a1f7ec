package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.Layers
import dev.foodlens.ffi.LegacyReport
import dev.foodlens.ffi.RescueReport
import dev.foodlens.ffi.SignOutPreview
import dev.foodlens.ffi.SignOutReport
import dev.foodlens.ffi.SyncReport
import dev.foodlens.ffi.SyncStatus
import dev.foodlens.ffi.Topic
import dev.foodlens.ffi.UnreadableRecord
import dev.foodlens.ffi.VerifyReport
import kotlinx.coroutines.flow.Flow
import java.nio.file.Path
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/**
 * One user's data. Reads never wait for the network, writes are durable when they return. Safe to use from any
 * coroutine; functions throw [FoodLensException].
 */
public class Session internal constructor(public val userId: String, internal val calls: Calls) : AutoCloseable {
    /** The allergies and the state of their list. */
    public val allergies: Allergies = Allergies(calls)

    /** The profile. */
    public val profile: ProfileStore = ProfileStore(calls)

    /** The settings. */
    public val settings: SettingsStore = SettingsStore(calls)

    /** Scans, meals and searches. */
    public val history: History = History(calls)

    /** The queue of writes that the server has not acknowledged. */
    public val queue: Queue = Queue(calls)

    /** Questions that only a person may answer. */
    public val conflicts: Conflicts = Conflicts(calls)

    /** Where sync stands, for a banner: now, and whenever it changes. */
    public val status: Flow<SyncStatus>
        get() = calls.observe(STATUS_TOPICS) { it.status() }

    /**
     * Syncs now: pushes what waits, pulls what is new, asks the merge hook. Network, server, tokens and hooks never make
     * it throw; [SyncReport.next] says what to do next. When the caller is cancelled, this run (and no other one) gives up its
     * request and ends, or never begins; nothing is lost.
     *
     * @param budget bounds the time spent; a request under way when it ends is given up.
     */
    public suspend fun sync(budget: Duration = 30.seconds): SyncReport =
        calls.start(budget) { it.syncRun() }

    /** Asks whatever [sync] is running to stop: it gives up the request that it waits for. Returns at once. */
    public fun cancelSync(): Unit = calls.now { it.cancelSync() }

    /**
     * Cancels a running [sync] and waits, at most [longest], until it has ended and no request of it is in flight: then
     * no lock on the database is held. False: the time was up before.
     */
    public suspend fun quiesce(longest: Duration): Boolean = calls.run { it.quiesce(longest.toJavaDuration()) }

    /** Pauses or resumes sync; kept over restarts. Writes go on as ever. */
    public suspend fun setPaused(paused: Boolean): Unit = calls.run { it.setPaused(paused) }

    /**
     * Turns the asking off (false) or on again, for a rollback in the field; kept over restarts. While it is off, every
     * question, the open ones included, is decided at once by the more cautious side: a change beats a deletion, the
     * higher severity stays, of two allergens both stay.
     */
    public suspend fun setManualMerge(ask: Boolean): Unit = calls.run { it.setManualMerge(ask) }

    /**
     * What a record is made of: the server's copy, what waits on top of it, and what is shown. One that was deleted here is
     * there until the server has acknowledged it.
     *
     * @throws FoodLensException.NotFound when there is none.
     */
    public suspend fun layers(collection: Collection, id: String): Layers = calls.run { it.layers(collection, id) }

    /**
     * Makes everything that is derived anew, compares it with what is stored, and says what does not hold: for support, and
     * for the app's own tests. Changes nothing. Reads every record, so not for every start.
     */
    public suspend fun verify(): VerifyReport = calls.run { it.verify() }

    /** Takes over an app's old data. After a kill, the same call again finishes the rest. */
    public suspend fun importLegacy(json: String): LegacyReport = calls.run { it.importLegacy(json) }

    /** Everything that this device holds of the user, as JSON text: personal data, not for logs. */
    public suspend fun exportJson(): String = calls.run { it.exportJson() }

    /**
     * As [exportJson], into [file], with little memory however much there is. A file of that name is replaced once the new one
     * is complete, and not before: what is there is never half an export. Only the app's own user may read it.
     *
     * @throws FoodLensException.StorageFull or [FoodLensException.StorageUnavailable] when the file cannot be written.
     */
    public suspend fun exportTo(file: Path): Unit = calls.run { it.exportTo(file.toString()) }

    /** Every write that the server has not acknowledged, as JSON text: personal data, not for logs. The queue stays as it is. */
    public suspend fun rescueExport(): String = calls.run { it.rescueExport() }

    /** Reads the text of [rescueExport] into this installation. Repeating it is harmless. */
    public suspend fun rescueImport(json: String): RescueReport = calls.run { it.rescueImport(json) }

    /** A person has settled a legacy record that could not be read ([unreadable]): it is forgotten. */
    public suspend fun dismissLegacy(record: UnreadableRecord): Unit =
        calls.run { it.dismissLegacy(record.entity, record.record) }

    /** The records that this version could not read, raw: personal data, not for logs. */
    public suspend fun unreadable(): List<UnreadableRecord> = calls.run { it.unreadable() }

    /** What a deletion would lose now: show it to the person before [SignOut.Wipe]. */
    public suspend fun signOutPreview(): SignOutPreview = calls.run { it.signOutPreview() }

    /**
     * Signs the user out, with or without a network: their data are sealed, sent first, or deleted. A running sync is
     * cancelled; what it would still store is refused. Every session of this user ends, and so do their flows, as with [close].
     * Once begun it goes to its end, also when the caller is cancelled.
     *
     * @throws FoodLensException.UnsentWork when a [SignOut.Wipe] was confirmed for less than there is now: nothing has
     *   happened, show the preview again.
     * @throws FoodLensException.StorageUnavailable and others of the storage: the user is signed out when the next call throws
     *   [FoodLensException.SignedOut] or [FoodLensException.Closed]; a deletion that had begun goes on at the next opening of
     *   any session.
     */
    public suspend fun signOut(how: SignOut): SignOutReport = calls.run { it.signOut(how.toCore()) }

    /**
     * Ends the session. A running sync stops at its next step; every later call, and every flow of it, throws
     * [FoodLensException.Closed]. What is queued stays queued for the next session.
     */
    override fun close(): Unit = calls.now { it.end() }

    private companion object {
        val STATUS_TOPICS = setOf(Topic.Queue, Topic.Conflicts, Topic.Status)
    }
}

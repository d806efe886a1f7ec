package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.Layers
import dev.foodlens.ffi.LegacyReport
import dev.foodlens.ffi.LegacyStatus
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
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlin.time.toJavaDuration

/**
 * One user's data. Reads never wait for the network, writes are durable when they return. Safe to use from any
 * coroutine; functions throw [FoodLensException].
 *
 * @property userId whose data these are.
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
     * Cancels a running [sync] and waits, at most [longest], until it has ended and no request of it is in flight. False: the
     * time was up before.
     */
    public suspend fun quiesce(longest: Duration): Boolean = calls.run { it.quiesce(longest.toJavaDuration()) }

    /**
     * Lets go of every file: a running [sync] is cancelled, reads and writes under way go to their end, and the database is
     * closed. Until [resume], calls throw [FoodLensException.Suspended]; flows stay and go on afterwards. For a process that
     * shares the files with another one; an app of Android needs it for nothing else. Harmless when repeated.
     *
     * @return false when the time was up before all had ended (what is left lets go when it ends), or [resume] was called.
     */
    public suspend fun suspend(longest: Duration): Boolean = calls.run { it.suspend(longest.toJavaDuration()) }

    /** Goes on after [suspend]: returns at once, flows read anew, the next call opens the files. */
    public fun resume(): Unit = calls.now { it.resume() }

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
    public suspend fun layers(collection: Collection, id: UUID): Layers = calls.run { it.layers(collection, id) }

    /**
     * Makes everything that is derived anew, compares it with what is stored, and says what does not hold: for support, and
     * for the app's own tests. Changes nothing. Reads every record, so not for every start.
     */
    public suspend fun verify(): VerifyReport = calls.run { it.verify() }

    /** Takes over an app's old data, in one call: see [legacyImport], and [LegacyImport.run] for what it throws. */
    public suspend fun importLegacy(json: String): LegacyReport = legacyImport(json).run()

    /** What [importLegacy] would report now. Stores nothing. */
    public suspend fun previewLegacy(json: String): LegacyReport = legacyImport(json).preview()

    /**
     * An import of an app's old data (JSON text of the documented form). Every readable record is stored and queued; the others
     * are kept raw, listed by [unreadable] and reported. The text is kept as long as the import.
     *
     * The records are kept as they were handed in, read-only, until [finishLegacy]: so an import goes on after a kill, without
     * the text if need be ([resumeLegacyImport]), and reads can go back to them ([setLegacyReads]). A record's id is made of
     * the user and its `legacy_id`, so that an import on two devices makes one record. Before what was imported is sent, a
     * sync first reads what the server has: what the server knows stays, gaps are filled, severities that differ are asked
     * about, with the higher one shown meanwhile.
     */
    public fun legacyImport(json: String): LegacyImport =
        LegacyImport(calls.dispatcher) { calls.now { it.legacyImport(json) } }

    /**
     * The import that was begun, from the snapshot: for an app that has the text no more. Running it when all was taken over
     * reports every record as there already.
     */
    public fun resumeLegacyImport(): LegacyImport =
        LegacyImport(calls.dispatcher) { calls.now { it.resumeLegacyImport() } }

    /** Where the import of old data stands. */
    public suspend fun legacyStatus(): LegacyStatus = calls.run { it.legacyStatus() }

    /**
     * Ends the import: the snapshot is removed; records that could not be read stay listed until they are dismissed. There is
     * no way back to reads on the old data afterwards. Harmless when repeated.
     *
     * @throws FoodLensException.LegacyInUse while records still wait to be taken over, or reads are on the snapshot.
     * @throws FoodLensException.NotFound when there was no import.
     */
    public suspend fun finishLegacy(): Unit = calls.run { it.finishLegacy() }

    /**
     * Turns reads on the snapshot on, or off again, for a rollback in the field; kept over restarts. While it is on, profile,
     * settings and history show the old data as they were handed in, and the list of allergies shows the old ones and the new
     * ones together, each with the higher severity, so that none vanishes. Writes go on as ever, to the new data: they are
     * seen when this is off again, and sync goes on. An entry of the old data that is not among the new cannot be changed
     * ([FoodLensException.NotFound]).
     *
     * @throws FoodLensException.NotFound when there is no snapshot, or not a whole one.
     */
    public suspend fun setLegacyReads(on: Boolean): Unit = calls.run { it.setLegacyReads(on) }

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

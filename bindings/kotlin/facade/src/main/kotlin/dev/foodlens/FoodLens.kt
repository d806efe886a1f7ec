package dev.foodlens

import dev.foodlens.ffi.CollectionField
import dev.foodlens.ffi.Config
import dev.foodlens.ffi.Core
import dev.foodlens.ffi.CoreSession
import dev.foodlens.ffi.HttpOptions
import dev.foodlens.ffi.LogLevel
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.nio.file.Path
import java.time.Clock
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.toJavaDuration

/**
 * The library, set up for one backend. Keep one per process, in the `Application` or the dependency graph, and ask it for
 * a [Session] per user.
 */
public class FoodLens private constructor(private val core: Core, private val dispatcher: CoroutineDispatcher) {
    /**
     * Opens a user's data, making it when this is the first time. Works offline. Every call for the same user gives the
     * same data while one of its sessions is open, so closing one closes all. What was sealed by a sign-out is there again,
     * its queue included. Damage further in than an open looks is told by the call that meets it, or by [Session.verify].
     *
     * @throws FoodLensException among others [FoodLensException.NeedsNewerApp], [FoodLensException.Corrupt],
     *   [FoodLensException.StoreMissing], [FoodLensException.WrongAccount], [FoodLensException.WrongKey],
     *   [FoodLensException.KeyUnavailable]: what is there is left as it is in each of these cases.
     * @throws FoodLensException.Invalid for a key that is not of 32 bytes.
     * @throws FoodLensException.Config for keys in a library that was built without encryption.
     */
    public suspend fun session(userId: String): Session = opened(userId) { core.session(userId) }

    /**
     * As [session], for work in the background: only where the user is signed in. A late worker opens nothing that a
     * sign-out has sealed.
     *
     * @throws FoodLensException.SignedOut when the user is not signed in here.
     * @throws FoodLensException as [session].
     */
    public suspend fun signedInSession(userId: String): Session = opened(userId) { core.signedInSession(userId) }

    /**
     * Goes on after [FoodLensException.Corrupt] or [FoodLensException.StoreMissing], from [session] or from any call of a
     * session: the damaged file is set aside beside the place where it was (renamed, never deleted, never written over), and a
     * fresh one takes its place with all that no server can give back: every unsent operation that can still be read, under
     * its key and in its order; what was parked, parked; records that could not be read and old data; the log of overwritten
     * values; [Session.setPaused] and [Session.setManualMerge]. Everything else comes by the next syncs, as on a new phone:
     * until then `complete` of the list of allergies is false, which a person should see.
     *
     * A file that is sound is left as it is, whatever made the app call; finding that out reads all of it. A session of this
     * user is closed if the file is damaged: use the one in [Recovery], and collect its flows anew. Killed at any point, the
     * next [session] or [recover] finishes it or does it again. Works offline; takes as long as reading the file, or, beside a
     * sync that does not end, half a minute.
     *
     * @throws FoodLensException as [session], and [FoodLensException.StorageUnavailable] while another process syncs or
     *   recovers this user's data: nothing has changed, and the same call may be made again.
     */
    public suspend fun recover(userId: String): Recovery =
        withContext(dispatcher.orHookThread()) {
            val found = typed { core.recover(userId) }
            val session = Session(userId, Calls(found.session, dispatcher))
            Recovery(session, found.setAside?.let(Path::of), found.salvaged, found.unreadable, found.complete)
        }

    /**
     * Deletes everything that this device holds of a user, signed in or not, what was never sent included: there is no way
     * back. [Session.signOut] shows before what would be lost. Sessions of the user end.
     *
     * @throws FoodLensException.StorageUnavailable and others of the storage: the next opening of anything goes on with it.
     */
    public suspend fun wipe(userId: String): Unit = withContext(dispatcher.orHookThread()) { typed { core.wipe(userId) } }

    /**
     * The data of an anonymous user of this device ([from]: the id under which the app opened sessions before the person signed
     * in) as an import into the account [into]. Run it after the sign-in.
     *
     * What is shown under [from] becomes new records of the account, with ids made of the account and the record, so that a
     * repetition makes no second one. Of profile and settings the account's values stay, and those that differ are in the log
     * of overwritten values ([Conflicts.overwritten]), to be brought back. Allergies are all taken over: where two records of
     * one allergen differ in severity, a person is asked and the higher one is shown; "no allergies" on either side hides
     * none. Nothing of [from] is changed or sent; its store remains.
     */
    public fun adopt(from: String, into: String): LegacyImport =
        LegacyImport(dispatcher) { core.adopt(from, into) }

    /**
     * Writes a user's database anew under another key, while no session of theirs is open; the key provider gives the present
     * key meanwhile, and the new one from then on. A plain database becomes an encrypted one. Takes room for a second copy.
     *
     * After a death on the way the database is whole, under the one key or the other: keep both until this has returned, and
     * call it again in the same way. What the new key opens already is left as it is, and so is a user without a database.
     *
     * @param newKey 32 random bytes; the array is the caller's to overwrite.
     * @throws FoodLensException.SessionOpen while a session of this user is open.
     * @throws FoodLensException.Invalid for a key that is not of 32 bytes.
     * @throws FoodLensException as [session]: the present key stays, unless the storage failed after the change itself; then,
     *   too, call it again.
     */
    public suspend fun rekey(userId: String, newKey: ByteArray): Unit =
        withContext(dispatcher.orHookThread()) { typed { core.rekey(userId, newKey) } }

    private suspend fun opened(userId: String, open: () -> CoreSession): Session =
        withContext(dispatcher.orHookThread()) { Session(userId, Calls(typed(open), dispatcher)) }

    /** Sets the library up. */
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
         * @param telemetry takes structured events about sync.
         * @param appVersion the app's own version, dotted numbers such as `2.4.0`: sent with every request, so that a backend
         *   can hold back what a faulty version writes; and another version than the last sends again what was parked.
         * @param staleAfter how old an edit that changes an allergen or a severity, removes an allergy or changes the state
         *   of the list may be when it is first sent; an older one is parked as `STALE` until a person confirms it. A new
         *   allergy always goes. Null: no limit.
         * @param historyWindow how much of the history a first restore brings: back to this age, where the backend can give
         *   the newest first. The rest comes by [History.fetchOlder]. Null: all of it.
         * @param askAbout fields that ask a person when two devices changed them, beside an allergy's allergen and severity and
         *   the state of the list, named as in the contract: `CollectionField(Collection.PROFILE, "date_of_birth")`. The write
         *   that the server received last is in effect until the question is answered.
         * @param markDir folder for the marks, which tell a database that was lost, restored from a backup or cloned from a new
         *   one: a folder that no backup and no move to another device carries along (Android: `noBackupFilesDir`). Null: beside
         *   the databases; then what is put back in place by a backup of the whole folder may pass for this device's own.
         * @param keys gives the keys of the users' files, which are encrypted then; for a library that was built with encryption.
         *   Null: files are plain.
         * @param clock for tests: the time, which measures durations, too, and so never goes back. It is asked within
         *   transactions: it must answer at once. Null: the device's time.
         * @param dispatcher where everything that blocks runs. Runs of sync and imports occupy a thread of it each; a write or a
         *   read is short.
         * @throws FoodLensException.Config for a base URL that cannot be used.
         */
        public fun open(
            dataDir: Path,
            baseUrl: String,
            tokens: TokenProvider,
            mergeHook: MergeHook? = null,
            http: HttpOptions = HttpOptions(),
            transport: HttpTransport? = null,
            telemetry: Telemetry? = null,
            appVersion: String? = null,
            staleAfter: Duration? = 90.days,
            historyWindow: Duration? = null,
            askAbout: List<CollectionField> = emptyList(),
            markDir: Path? = null,
            keys: KeyProvider? = null,
            clock: Clock? = null,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): FoodLens {
            val config =
                Config(
                    dataDir.toString(),
                    markDir?.toString(),
                    baseUrl,
                    http,
                    appVersion,
                    staleAfter?.toJavaDuration(),
                    historyWindow?.toJavaDuration(),
                    askAbout,
                )
            val (token, merge) = TokenAdapter(tokens) to mergeHook?.let(::MergeAdapter)
            val (told, key) = telemetry?.let(::TelemetryAdapter) to keys?.let(::KeyAdapter)
            val time = clock?.let(::ClockAdapter)
            val core =
                typed {
                    if (transport == null) {
                        Core.open(config, token, merge, told, key, time)
                    } else {
                        Core.openWithTransport(config, token, merge, told, key, TransportAdapter(transport), time)
                    }
                }
            return FoodLens(core, dispatcher)
        }

        /**
         * How much the library writes to the log of this process from now on; `INFO` at the start. The log is what
         * [setLogSink] says; without it logcat on Android, under the tag `FoodLens`, and none elsewhere. Its lines hold ids and
         * codes, no content.
         */
        public fun setLogLevel(level: LogLevel): Unit = typed { dev.foodlens.ffi.setLogLevel(level) }

        /** Sends the log's lines of this process to [sink] from now on; null: to where they went before. */
        public fun setLogSink(sink: LogSink?): Unit = typed { dev.foodlens.ffi.setLogSink(sink?.let(::LogAdapter)) }
    }
}

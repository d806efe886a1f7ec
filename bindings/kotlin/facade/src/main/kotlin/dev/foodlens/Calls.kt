package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.CoreSession
import dev.foodlens.ffi.CoreSyncRun
import dev.foodlens.ffi.Notice
import dev.foodlens.ffi.ObserverCallback
import dev.foodlens.ffi.Subscription
import dev.foodlens.ffi.SyncReport
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.transform
import kotlinx.coroutines.withContext
import java.util.UUID
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/** How the facade reaches the core: off the caller's thread, with typed exceptions, observed as flows. */
internal class Calls(private val core: CoreSession, val dispatcher: CoroutineDispatcher) {
    suspend fun <T> run(call: (CoreSession) -> T): T = withContext(dispatcher.orHookThread()) { now(call) }

    /**
     * Starts a run and waits for its report. When the caller is cancelled, this run (and no other one) ends, or never
     * begins, and the caller waits until it has.
     */
    suspend fun start(budget: Duration, make: (CoreSession) -> CoreSyncRun): SyncReport =
        now(make).use { run ->
            cancellable(dispatcher, { run.cancel() }) { run.start(budget.toJavaDuration()) }
        }

    /** A flow that is read page by page where blocking is allowed. */
    fun <T> reading(block: suspend FlowCollector<T>.(CoreSession) -> Unit): Flow<T> =
        flow { emitAll(flow { typed { block(core) } }.flowOn(dispatcher.orHookThread())) }

    /** On this very thread: for what does not block. */
    fun <T> now(call: (CoreSession) -> T): T = typed { call(core) }

    /**
     * The value now, and again whenever one of the topics changed it. Notices are conflated before the read and values
     * after it: a slow collector sees the newest value, never a queue of old ones.
     */
    fun <T> observe(topics: Set<Topic>, read: (CoreSession) -> T): Flow<T> =
        watch({ core, observer -> core.observe(null, observer) }, { it.topic in topics }, read)

    /** As above, for one record: what changes in others wakes nobody. */
    fun <T> observe(collection: Collection, id: UUID, read: (CoreSession) -> T): Flow<T> =
        watch({ core, observer -> core.observeRecord(collection, id, observer) }, { true }, read)

    private fun <T> watch(
        subscribe: (CoreSession, ObserverCallback) -> Subscription,
        concerned: (Notice) -> Boolean,
        read: (CoreSession) -> T,
    ): Flow<T> =
        flow { emitAll(notices(subscribe, concerned).reading(read).distinctUntilChanged().flowOn(dispatcher.orHookThread())) }
            .conflate()

    /** What cannot be read while the session is suspended is read when it is resumed: that is a notice, too. */
    private fun <T> Flow<Unit>.reading(read: (CoreSession) -> T): Flow<T> =
        transform {
            val value =
                try {
                    now(read)
                } catch (_: FoodLensException.Suspended) {
                    return@transform
                }
            emit(value)
        }

    private fun notices(
        subscribe: (CoreSession, ObserverCallback) -> Subscription,
        concerned: (Notice) -> Boolean,
    ): Flow<Unit> =
        callbackFlow {
            val observer =
                object : ObserverCallback {
                    override fun onChange(notice: Notice) {
                        if (concerned(notice)) trySend(Unit)
                    }
                }
            val subscription = now { subscribe(it, observer) }
            trySend(Unit) // the current value comes first; what changes after this line is a notice
            awaitClose { subscription.close() }
        }
            .conflate()
}

/** Waits for a call that [cancel] ends when the caller is cancelled, or that never begins then. */
internal suspend fun <T> cancellable(dispatcher: CoroutineDispatcher, cancel: () -> Unit, call: () -> T): T =
    coroutineScope {
        val hooks = Job() // none of the caller's: the run is told first, so that it knows why a hook gives up
        val running = async(dispatcher.orHookThread()) { withHooksOf(hooks) { typed(call) } }
        try {
            running.await()
        } catch (e: CancellationException) {
            running.cancel()
            typed(cancel)
            throw e
        } finally {
            hooks.cancel()
        }
    }

package dev.foodlens

import dev.foodlens.ffi.CoreSession
import dev.foodlens.ffi.Notice
import dev.foodlens.ffi.ObserverCallback
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicBoolean

/** How the facade reaches the core: off the caller's thread, with typed exceptions, observed as flows. */
internal class Calls(private val core: CoreSession, val dispatcher: CoroutineDispatcher) {
    suspend fun <T> run(call: (CoreSession) -> T): T = withContext(dispatcher) { now(call) }

    /**
     * As [run], for what takes long: when the caller is cancelled, [cancel] ends the call, and the caller waits until it
     * has. A call that has not begun by then never does, and [cancel] is not called.
     */
    suspend fun <T> runLong(cancel: (CoreSession) -> Unit, call: (CoreSession) -> T): T = coroutineScope {
        val begun = AtomicBoolean()
        val running =
            async(dispatcher) {
                begun.set(true)
                ensureActive() // cancelled on the way here: the caller may have looked at `begun` before
                now(call)
            }
        try {
            running.await()
        } catch (e: CancellationException) {
            running.cancel()
            if (begun.get()) now(cancel)
            throw e
        }
    }

    /** On this very thread: for what does not block. */
    fun <T> now(call: (CoreSession) -> T): T = typed { call(core) }

    /**
     * The value now, and again whenever one of the topics changed it. Notices are conflated before the read and values
     * after it: a slow collector sees the newest value, never a queue of old ones.
     */
    fun <T> observe(topics: Set<Topic>, read: (CoreSession) -> T): Flow<T> =
        callbackFlow {
            val observer =
                object : ObserverCallback {
                    override fun onChange(notice: Notice) {
                        if (notice.topic in topics) trySend(Unit)
                    }
                }
            val subscription = now { it.observe(null, observer) }
            trySend(Unit) // the current value comes first; what changes after this line is a notice
            awaitClose { subscription.close() }
        }
            .conflate()
            .map { now(read) }
            .distinctUntilChanged()
            .flowOn(dispatcher)
            .conflate()
}

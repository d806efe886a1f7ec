package dev.foodlens

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.withTimeout

/** Collects a flow while the body looks at what it gave so far. */
internal suspend fun <T> watching(flow: Flow<T>, body: suspend CoroutineScope.(ReceiveChannel<T>) -> Unit) =
    withTimeout(30_000) {
        coroutineScope {
            val seen = flow.produceIn(this)
            body(seen)
            seen.cancel()
        }
    }

/** The first value that fits. */
internal suspend fun <T> ReceiveChannel<T>.until(wanted: (T) -> Boolean): T {
    while (true) receive().let { if (wanted(it)) return it }
}

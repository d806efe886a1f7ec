package dev.foodlens.android

import dev.foodlens.FoodLensException
import dev.foodlens.Session
import dev.foodlens.ffi.NextStep
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.withContext
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import kotlin.time.TimeSource

/**
 * Sync in the background, free of Android: runs until the queue is empty, parked or waiting, and says what a scheduler does next.
 *
 * @param longest bounds the whole. The system stops a worker after ten minutes.
 * @param attempts after so many in a row that ended with [AfterRun.LATER], it rests until the next occasion: the periodic work, a
 *   write, a person.
 */
public class SyncRunner(
    private val longest: Duration = 8.minutes,
    private val attempts: Int = 10,
    private val time: TimeSource = TimeSource.Monotonic,
) {
    /**
     * Syncs the session that [open] gives. When the caller is cancelled (the system stops a worker at any moment), the run is
     * given up, and this waits until no request of it is in flight and no lock on the database is held. The session stays open: it
     * is the app's, too.
     *
     * @param attempt how often this work has been tried before, 0 for the first time.
     * @param open gives the session of the signed-in user, or null when there is none.
     */
    public suspend fun run(attempt: Int, open: suspend () -> Session?): AfterRun {
        val after =
            try {
                open()?.let { rounds(it) } ?: AfterRun.REST
            } catch (e: FoodLensException) {
                AfterRun.of(e)
            }
        return if (after != AfterRun.REST && attempt + 1 >= attempts) AfterRun.REST else after
    }

    private suspend fun rounds(session: Session): AfterRun {
        val begun = time.markNow()
        var held = 0L
        try {
            repeat(MOST_RUNS) {
                val left = longest - begun.elapsedNow()
                if (left <= Duration.ZERO) return AfterRun.LATER
                val next = session.sync(minOf(left, ONE_RUN)).next
                val after = AfterRun.of(next)
                val sent = next == NextStep.Done || next == NextStep.NeedsPerson
                if (after != AfterRun.AGAIN && !sent) return after
                if (sent) {
                    // What was written as the run ended has nobody to send it: a request to run meanwhile was dropped. What
                    // still waits after one more run is held back.
                    val pending = session.queue.counts.first().pending
                    if (pending <= held) return after
                    held = pending
                }
            }
            return AfterRun.LATER
        } catch (e: CancellationException) {
            withContext(NonCancellable) { session.quiesce(LAST_MOMENTS) }
            throw e
        }
    }

    private companion object {
        const val MOST_RUNS = 50
        val ONE_RUN = 2.minutes
        val LAST_MOMENTS = 5.seconds
    }
}

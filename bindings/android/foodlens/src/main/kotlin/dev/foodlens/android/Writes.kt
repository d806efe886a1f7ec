package dev.foodlens.android

import dev.foodlens.FoodLensException
import dev.foodlens.Session

/** Notices that something waits to be sent which did not before. */
internal class Writes {
    private var waiting = 0L

    /** Whether a queue with so many operations waiting needs a nudge: when they have become more, the first time included. */
    fun grown(pending: Long): Boolean = (pending > waiting).also { waiting = pending }

    /** Calls [nudge] whenever the queue has grown, until the session ends. */
    suspend fun collect(session: Session, nudge: () -> Unit) {
        try {
            session.queue.counts.collect { if (grown(it.pending)) nudge() }
        } catch (_: FoodLensException.Closed) {
            return
        } catch (_: FoodLensException.SignedOut) {
            return
        }
    }
}

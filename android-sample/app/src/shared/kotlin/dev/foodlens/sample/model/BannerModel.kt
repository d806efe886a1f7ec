package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.SyncStatus
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.map

/** The one line above every screen that says how this phone and the server stand. */
sealed interface Banner {
    /** All is sent, nothing is wrong. */
    data object UpToDate : Banner

    data object Syncing : Banner

    /** The first restore: what is shown may not be all. */
    data class Restoring(val records: Long) : Banner

    /** The server was not reached, or is in trouble: what is shown is what this phone knows. */
    data class Offline(val waiting: Long) : Banner

    data class Waiting(val waiting: Long) : Banner

    /** The person has turned sending off. */
    data class Paused(val waiting: Long) : Banner

    /** The backend holds writes back. */
    data class HeldBack(val waiting: Long) : Banner

    data class NeedsSignIn(val waiting: Long) : Banner

    companion object {
        /** What matters most: what only a person can mend, then what is under way, then what waits. */
        fun of(status: SyncStatus): Banner {
            val waiting = status.pending + status.sending
            return when {
                status.authRequired -> NeedsSignIn(waiting)
                status.paused -> Paused(waiting)
                status.running -> Syncing
                status.lastError != null -> Offline(waiting)
                status.restoring -> Restoring(status.restore?.records ?: 0)
                status.pausedByServer -> HeldBack(waiting)
                waiting > 0 -> Waiting(waiting)
                else -> UpToDate
            }
        }
    }
}

/** The banner, and the marks on the way to the queue. */
data class BannerState(val banner: Banner, val failed: Long, val questions: Long)

class BannerModel(private val session: Session, private val scope: CoroutineScope) {
    val actions = Actions(scope)

    val state: StateFlow<Shown<BannerState>> =
        session.status.map { BannerState(Banner.of(it), it.failed, it.conflicts) }.shownIn(scope)

    /** A person asked for it. */
    fun sync() = actions.run { session.sync() }
}

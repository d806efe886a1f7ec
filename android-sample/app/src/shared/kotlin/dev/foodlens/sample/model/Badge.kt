package dev.foodlens.sample.model

import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.SyncInfo
import dev.foodlens.ffi.SyncState

/** Where a record stands, for the mark beside it. */
sealed interface Badge {
    /** Handed to the library, which has not said yet that it is stored. */
    data object Saving : Badge

    /** Stored here, waits to be sent. */
    data object Waiting : Badge

    data object Syncing : Badge

    data object Synced : Badge

    data class Failed(val reason: FailureReason?) : Badge

    /** Another device changed the same: a person is asked. */
    data object Question : Badge

    companion object {
        /** A record that nobody has written yet has none. */
        fun of(sync: SyncInfo?): Badge? =
            when (sync?.state) {
                null -> null
                SyncState.SYNCED -> Synced
                SyncState.PENDING -> Waiting
                SyncState.SENDING -> Syncing
                SyncState.FAILED -> Failed(sync.lastError)
                SyncState.CONFLICT -> Question
            }
    }
}

package dev.foodlens.android

import dev.foodlens.FoodLensException
import dev.foodlens.ffi.NextStep

/** What a scheduler does after a run. */
public enum class AfterRun {
    /** Nothing, until something is written or a person acts: all is sent, or what is left waits for a person or for the app. */
    REST,

    /** Run once more, at once: there is more to do. */
    AGAIN,

    /** Come back later, with the scheduler's backoff. When exactly it makes sense, the core knows: a run before that time asks
     *  nobody and says so. */
    LATER,

    ;

    internal companion object {
        fun of(next: NextStep): AfterRun =
            when (next) {
                NextStep.Done, NextStep.NeedsSignIn, NextStep.Paused, NextStep.NeedsPerson -> REST
                NextStep.MoreWork -> AGAIN
                // Another run may be past the point at which it would have seen what this one was for.
                is NextStep.RetryAt, NextStep.AlreadyRunning -> LATER
            }

        /** A run throws for its storage alone. What a later run cannot mend either, the app hears of at its own next call. */
        fun of(error: FoodLensException): AfterRun = if (error.canRetry) LATER else REST
    }
}

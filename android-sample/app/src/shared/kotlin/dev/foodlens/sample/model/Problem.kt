package dev.foodlens.sample.model

import dev.foodlens.FoodLensException
import dev.foodlens.ffi.Rule

/** What went wrong, in the ways in which a person can do something about it. */
enum class Problem {
    EMPTY,
    TOO_LONG,
    NOT_ALLOWED,
    GONE,
    CHANGED,
    NOT_NOW,
    STORAGE_FULL,
    TRY_LATER,
    DAMAGED,
    UPDATE_APP,
    MORE_UNSENT,
    BAD_ADDRESS,
    OTHER,
    ;

    companion object {
        fun of(e: FoodLensException): Problem =
            when (e) {
                is FoodLensException.Invalid ->
                    when (e.rule) {
                        Rule.Blank -> EMPTY
                        is Rule.TooLong -> TOO_LONG
                        else -> NOT_ALLOWED
                    }
                is FoodLensException.NotFound -> GONE
                is FoodLensException.Stale -> CHANGED
                is FoodLensException.WrongState -> NOT_NOW
                is FoodLensException.StorageFull -> STORAGE_FULL
                is FoodLensException.StorageUnavailable, is FoodLensException.KeyUnavailable -> TRY_LATER
                is FoodLensException.Corrupt, is FoodLensException.StoreMissing -> DAMAGED
                is FoodLensException.NeedsNewerApp -> UPDATE_APP
                is FoodLensException.UnsentWork -> MORE_UNSENT
                is FoodLensException.Config -> BAD_ADDRESS
                else -> OTHER
            }
    }
}

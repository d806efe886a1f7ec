package dev.foodlens.sample.model

import dev.foodlens.FoodLensException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn

/** What a screen has of its data: nothing yet is not the same as an empty list, and neither is a file that cannot be read. */
sealed interface Shown<out T> {
    data object Loading : Shown<Nothing>

    data class Ready<T>(val value: T) : Shown<T>

    data class Broken(val problem: Problem) : Shown<Nothing>
}

/** The value, where there is one. */
val <T> Shown<T>.ready: T?
    get() = (this as? Shown.Ready)?.value

/** A screen's state: read while somebody looks, and five seconds longer, so that a rotation reads nothing twice. */
fun <T> Flow<T>.shownIn(scope: CoroutineScope): StateFlow<Shown<T>> =
    map<T, Shown<T>> { Shown.Ready(it) }
        .catch { e ->
            if (e !is FoodLensException) throw e
            if (!e.endsSession) emit(Shown.Broken(Problem.of(e)))
        }
        .stateIn(scope, SharingStarted.WhileSubscribed(5_000), Shown.Loading)

/** The user signed out, or another session took over: the screen is about to go. */
val FoodLensException.endsSession: Boolean
    get() = this is FoodLensException.Closed || this is FoodLensException.SignedOut

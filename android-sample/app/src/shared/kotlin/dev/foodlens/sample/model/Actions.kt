package dev.foodlens.sample.model

import dev.foodlens.FoodLensException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

/** Runs what a person asks for, and keeps what went wrong until they have seen it. */
class Actions(private val scope: CoroutineScope) {
    private val last = MutableStateFlow<Problem?>(null)

    /** The last thing that went wrong. */
    val problem: StateFlow<Problem?> = last.asStateFlow()

    fun run(action: suspend () -> Unit): Job =
        scope.launch {
            try {
                last.value = null
                action()
            } catch (e: FoodLensException) {
                if (!e.endsSession) last.value = Problem.of(e)
            }
        }

    fun dismiss() {
        last.value = null
    }
}

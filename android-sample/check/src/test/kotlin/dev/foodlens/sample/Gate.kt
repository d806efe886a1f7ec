package dev.foodlens.sample

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Runnable
import kotlin.coroutines.CoroutineContext

/** Where the library's calls run: counted, and held back while it is shut. */
internal class Gate : CoroutineDispatcher() {
    private val held = mutableListOf<Pair<CoroutineContext, Runnable>>()
    private var shut = false

    @get:Synchronized
    var calls = 0
        private set

    @Synchronized
    fun shut() {
        shut = true
    }

    @Synchronized
    fun open() {
        shut = false
        held.forEach { (context, block) -> Dispatchers.IO.dispatch(context, block) }
        held.clear()
    }

    @Synchronized
    override fun dispatch(context: CoroutineContext, block: Runnable) {
        calls++
        if (shut) held += context to block else Dispatchers.IO.dispatch(context, block)
    }
}

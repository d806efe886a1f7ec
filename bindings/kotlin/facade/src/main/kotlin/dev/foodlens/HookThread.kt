package dev.foodlens

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Job
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlin.coroutines.AbstractCoroutineContextElement
import kotlin.coroutines.ContinuationInterceptor
import kotlin.coroutines.CoroutineContext
import kotlin.coroutines.EmptyCoroutineContext

// The core calls its hooks on the thread of the run and waits. A hook that suspends gets an event loop on that thread, and
// what it asks of the library comes back to this loop: were it sent to the injected dispatcher, it could wait for the very
// thread that waits for the hook.

/** Marks a coroutine as being of a hook; calls of the library from there run on [loop]. */
private class OnHookThread(val loop: ContinuationInterceptor) : AbstractCoroutineContextElement(OnHookThread) {
    companion object : CoroutineContext.Key<OnHookThread>
}

private val jobOfRun = ThreadLocal<Job?>()

/** Makes the hooks that the core calls during [call] end with [job]. */
internal inline fun <T> withHooksOf(job: Job, call: () -> T): T {
    val before = swapJob(job)
    try {
        return call()
    } finally {
        swapJob(before)
    }
}

@PublishedApi
internal fun swapJob(job: Job?): Job? = jobOfRun.get().also { if (job == null) jobOfRun.remove() else jobOfRun.set(job) }

/** Runs a hook of the app on this thread, to its end or to that of the run. */
internal fun <T> onThisThread(hook: suspend () -> T): T =
    runBlocking(jobOfRun.get() ?: EmptyCoroutineContext) {
        val loop = checkNotNull(coroutineContext[ContinuationInterceptor]) { "runBlocking has an event loop" }
        withContext(OnHookThread(loop)) { hook() }
    }

/** Where a call that blocks runs: on this dispatcher, or, for a hook, on the thread that waits for it anyway. */
internal suspend fun CoroutineDispatcher.orHookThread(): CoroutineContext =
    currentCoroutineContext()[OnHookThread]?.loop ?: this

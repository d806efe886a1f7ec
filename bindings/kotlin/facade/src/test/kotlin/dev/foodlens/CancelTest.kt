package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.LegacyProgress
import dev.foodlens.ffi.NextStep
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds

/** Callers that are cancelled are launched unconfined: `cancel` then runs them until they wait again, on this thread. */
class CancelTest {
    private val phones = Phones()

    /** A gate that a hook of the app stands at, so that a run is under way for as long as a test wants. */
    private class Gate {
        val reached = CompletableDeferred<Unit>()
        private val opened = CountDownLatch(1)

        fun open() = opened.countDown()

        fun pass() {
            reached.complete(Unit)
            check(opened.await(30, TimeUnit.SECONDS))
        }
    }

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `cancelling the caller stops the run at its next step`(): Unit = runBlocking {
        val gate = Gate()
        val a = phones.phone("a", tokens = { user, _ ->
            gate.pass()
            AccessToken(user, phones.token)
        })
        a.allergies.add(EuAllergen.MUSTARD)
        withTimeout(30_000) {
            val run = launch(Dispatchers.Unconfined) { a.sync() }
            gate.reached.await()
            run.cancel()
            gate.open()
            run.join()
        }
        assertTrue(a.status.first().restoring, "the run went on to pull")
        assertEquals(NextStep.Done, a.sync().next)
        assertFalse(a.status.first().restoring)
    }

    @Test
    fun `a cancelled run does not wait for a request that hangs, and nothing is lost`(): Unit = runBlocking {
        val gate = Gate()
        val a = phones.phone("a", transport = {
            gate.pass()
            error("no answer")
        })
        a.allergies.add(EuAllergen.MUSTARD)
        withTimeout(30_000) {
            val run = launch(Dispatchers.Unconfined) { a.sync(10.minutes) }
            gate.reached.await()
            run.cancel()
            run.join() // the gate is still shut
        }
        assertEquals(2, a.queue.list().size)
        gate.open()
        assertTrue(a.quiesce(30.seconds))
        a.close()
        assertEquals(NextStep.Done, phones.phone("a").sync().next)
        val b = phones.phone("b")
        b.sync()
        assertEquals(1, b.allergies.list().entries.size)
    }

    @Test
    fun `a run that is cancelled before it begins does nothing, and the one before it goes on`(): Unit = runBlocking {
        val gate = Gate()
        var asked = 0
        val a = phones.phone("a", dispatcher = Dispatchers.IO.limitedParallelism(1), tokens = { user, _ ->
            asked++
            gate.pass()
            AccessToken(user, phones.token)
        })
        a.allergies.add(EuAllergen.MUSTARD)
        withTimeout(30_000) {
            val first = async(Dispatchers.Unconfined) { a.sync() }
            gate.reached.await()
            val second = launch(Dispatchers.Unconfined) { a.sync() } // the only thread is busy
            second.cancel()
            gate.open()
            val report = first.await()
            second.join()
            assertEquals(NextStep.Done, report.next)
            assertEquals(2, report.acknowledged)
        }
        assertEquals(1, asked)
    }

    @Test
    fun `a run that finds another one under way leaves it alone when it is cancelled`(): Unit = runBlocking {
        val gate = Gate()
        val a = phones.phone("a", tokens = { user, _ ->
            gate.pass()
            AccessToken(user, phones.token)
        })
        a.allergies.add(EuAllergen.MUSTARD)
        withTimeout(30_000) {
            val first = async(Dispatchers.Unconfined) { a.sync() }
            gate.reached.await()
            assertEquals(NextStep.AlreadyRunning, a.sync().next)
            launch(Dispatchers.Unconfined) { a.sync() }.cancel()
            gate.open()
            assertEquals(NextStep.Done, first.await().next)
        }
    }

    @Test
    fun `older history is fetched until the caller is cancelled, and again later`(): Unit = runBlocking {
        val gate = Gate()
        var held = false
        val old = phones.phone("old")
        old.history.addAll((0L until 600).map { HistoryContent(HistoryKind.Meal, Instant.now().minusSeconds(it * DAY)) })
        assertEquals(NextStep.Done, old.sync().next)
        val a = phones.phone("a", historyWindow = 10.days, tokens = { user, _ ->
            if (held) gate.pass()
            AccessToken(user, phones.token)
        })
        assertEquals(NextStep.Done, a.sync().next)
        val before = a.history.count()
        held = true
        withTimeout(30_000) {
            val fetching = launch(Dispatchers.Unconfined) { a.history.fetchOlder() }
            gate.reached.await()
            fetching.cancel()
            gate.open()
            fetching.join()
        }
        assertEquals(before, a.history.count())
        assertTrue(a.status.first().olderHistory)
        a.history.fetchOlder()
        assertEquals(600, a.history.count())
    }

    @Test
    fun `an import is cancelled between its steps, and goes on later`(): Unit = runBlocking {
        val a = phones.phone("a")
        val import = a.legacyImport(meals(450))
        suspend fun cancelled(import: LegacyImport, at: (LegacyProgress) -> Boolean) = withTimeout(30_000) {
            val gate = Gate()
            val run = launch(Dispatchers.Unconfined) { import.run { if (at(it)) gate.pass() } }
            gate.reached.await()
            run.cancel()
            gate.open()
            run.join()
        }
        launch {
            cancel()
            import.run()
        }.join()
        assertEquals(0, a.history.count())
        cancelled(import) { it.stored > 0 }
        assertFalse(a.legacyStatus().stored)
        expect<FoodLensException.LegacyFormat> { a.resumeLegacyImport().run() }
        cancelled(import) { it.settled > 0 }
        val status = a.legacyStatus()
        assertTrue(status.stored && status.waiting > 0 && status.imported > 0, status.toString())
        val report = a.resumeLegacyImport().run()
        assertEquals(450L to true, report.imported to report.complete)
        assertEquals(450, a.history.count())
    }

    private companion object {
        const val DAY = 86_400L
    }
}

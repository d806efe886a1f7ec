package dev.foodlens

import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.TransportException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import kotlin.io.path.Path
import kotlin.io.path.exists
import kotlin.io.path.listDirectoryEntries

/** Many at once, cancelled at any point, closed while in use. Every load is bounded and ends by itself. */
class StressTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    private fun meal(number: Int) = HistoryContent(HistoryKind.Meal, Instant.EPOCH.plusSeconds(number.toLong()), note = "$number")

    /** So many coroutines at once, on real threads. */
    private suspend fun <T> crowd(of: Int, call: suspend CoroutineScope.(Int) -> T): List<T> =
        withTimeout(60_000) { withContext(Dispatchers.Default) { (0 until of).map { async { call(it) } }.awaitAll() } }

    @Test
    fun `thousands of calls at once, none lost and none mixed up`(): Unit = runBlocking {
        val a = phones.phone("a")
        crowd(4_000) { number ->
            if (number % 4 != 0) {
                a.history.page(limit = 3).entries.size + a.queue.counts.first().pending + a.allergies.list().entries.size
            } else {
                val id = a.history.add(meal(number))
                check(a.history.get(id).content.note == "$number")
            }
        }
        assertEquals(1_000, a.history.count())
        assertEquals(1_000, a.queue.counts.first().pending)
    }

    @Test
    fun `syncs, writes and hooks that throw at once, and all is sent in the end`(): Unit = runBlocking {
        var asked = 0
        val a = phones.phone("a", tokens = { user, _ ->
            if (asked++ % 3 == 0) throw StackOverflowError("canary")
            AccessToken(user, phones.token)
        })
        crowd(300) { number ->
            if (number % 3 == 0) a.sync() else a.history.add(meal(number))
        }
        withTimeout(30_000) { while (a.sync().next != NextStep.Done) yield() }
        assertEquals(0, a.queue.counts.first().pending)
        val b = phones.phone("b")
        b.sync()
        assertEquals(200, b.history.count())
    }

    @Test
    fun `cancelled at any point, a call is whole or has not happened`(): Unit = runBlocking {
        val a = phones.phone("a")
        crowd(1_000) { number ->
            val call = launch {
                when (number % 4) {
                    0 -> a.history.add(meal(number))
                    1 -> a.history.newest().first()
                    2 -> a.sync()
                    else -> a.history.pages().load()
                }
            }
            repeat(number % 7) { yield() }
            call.cancel()
            call.join()
        }
        withTimeout(30_000) { while (a.sync().next != NextStep.Done) yield() }
        val b = phones.phone("b")
        b.sync()
        val (here, there) = a.history.page(limit = 500).entries to b.history.page(limit = 500).entries
        assertEquals(here.map { it.id to it.content }, there.map { it.id to it.content })
        assertTrue(here.size <= 250)
    }

    @Test
    fun `closed while in use, every call ends as closed or well`(): Unit = runBlocking {
        repeat(20) { round ->
            val a = phones.phone("phone-$round", transport = { throw TransportException.NotSent() })
            val ended = crowd(40) { number ->
                if (number == 20) {
                    a.close()
                    return@crowd "closed"
                }
                try {
                    when (number % 4) {
                        0 -> a.history.add(meal(number))
                        1 -> a.history.newest().take(2).toList()
                        2 -> a.sync()
                        else -> a.allergies.list()
                    }
                    "well"
                } catch (_: FoodLensException.Closed) {
                    "closed"
                }
            }
            assertEquals(40, ended.size)
            expect<FoodLensException.Closed> { a.allergies.list() }
        }
    }

    @Test
    fun `what was opened and watched is let go`(): Unit = runBlocking {
        suspend fun use(name: String) = phones.library(name).session(phones.user).use { session ->
            coroutineScope {
                val flows = listOf<suspend () -> Any?>(
                    { session.allergies.changes.first() }, { session.status.first() }, { session.queue.changes().first() },
                )
                val watchers: List<Job> = flows.map { launch { it() } }
                session.history.add(meal(1))
                session.sync()
                watchers.forEach { it.join() }
            }
        }
        repeat(5) { use("warm-$it") }
        val before = held()
        repeat(40) { use("phone-$it") }
        // The core's threads end a moment after their session, and a handle goes with the object that holds it: what is let
        // go comes down, what leaks with each session never does.
        withTimeout(30_000) {
            while (held().let { it.first > before.first + 8 || it.second > before.second + 8 }) {
                System.gc()
                yield()
            }
        }
    }

    /** Open files and threads of this process, where the system tells. */
    private fun held(): Pair<Int, Int> {
        val (files, threads) = Path("/proc/self/fd") to Path("/proc/self/task")
        if (!files.exists()) return 0 to Thread.activeCount()
        return files.listDirectoryEntries().size to threads.listDirectoryEntries().size
    }
}

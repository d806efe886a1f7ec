package dev.foodlens.android

import android.app.Notification
import android.content.Context
import android.content.ContextWrapper
import androidx.work.ListenableWorker.Result
import androidx.work.WorkerParameters
import dev.foodlens.FoodLens
import dev.foodlens.Session
import dev.foodlens.SignOut
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Happened
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.Severity
import dev.foodlens.testing.FakePhones
import dev.foodlens.testing.Fault
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.time.Instant
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours

/** The worker through every report that a run can end with, on the real core and a backend that fails on order. */
class SyncWorkerTest {
    private val phones = FakePhones()
    private val backend = phones.backend

    private inner class Host(private val open: suspend () -> Session?) : SyncHost {
        override suspend fun session() = open()
    }

    @AfterEach
    fun close() = phones.close()

    private suspend fun work(attempt: Int = 0, open: suspend () -> Session? = { phones.session() }): Result {
        val worker = FoodLensWorkerFactory(Host(open)).createWorker(context(), SyncWorker::class.java.name, WorkerParameters(attempt))
        return (worker as SyncWorker).doWork()
    }

    private suspend fun written(): Session = phones.session().also { it.settings.update { shown -> shown.copy(theme = "dark") } }

    @Test
    fun `all is sent, nothing is left to do`(): Unit = runBlocking {
        val session = written()
        assertEquals(Result.success(), work())
        assertEquals(0, session.queue.counts.first().pending)
    }

    @Test
    fun `nobody is signed in, and a host that is none`(): Unit = runBlocking {
        assertEquals(Result.success(), work { null })
        val worker = SyncWorker(context(), WorkerParameters(0))
        assertEquals(Result.success(), worker.doWork())
    }

    @Test
    fun `a late worker of a user who signed out opens nothing`(): Unit = runBlocking {
        written().signOut(SignOut.KeepSealed)
        assertEquals(Result.success(), work { phones.library().signedInSession("ana") })
        assertEquals(0, backend.requests)
    }

    @Test
    fun `no network, and a server in trouble, come again with backoff, but not for ever`(): Unit = runBlocking {
        written()
        backend.online = false
        assertEquals(Result.retry(), work())
        assertEquals(Result.success(), work(attempt = 9), "the periodic work goes on with it")
        backend.online = true
        backend.next(Fault.Status(503, retryAfterSeconds = 3_600))
        assertEquals(Result.retry(), work())
        val before = backend.requests
        assertEquals(Result.retry(), work(), "too early")
        assertEquals(before, backend.requests, "the server is not asked before its time")
    }

    @Test
    fun `a refused token waits for a person`(): Unit = runBlocking {
        written()
        backend.next(Fault.TokenExpired, Fault.TokenExpired)
        assertEquals(Result.success(), work())
        assertTrue(phones.session().status.first().authRequired)
    }

    @Test
    fun `a paused session rests`(): Unit = runBlocking {
        written().setPaused(true)
        assertEquals(Result.success(), work())
        assertEquals(0, backend.requests)
    }

    @Test
    fun `a question waits for a person`(): Unit = runBlocking {
        val session = phones.session()
        val id = session.allergies.add(EuAllergen.MILK, Severity.Mild)
        session.sync()
        backend.writeElsewhere("ana", Collection.ALLERGIES, """{"severity":"severe"}""", id)
        session.allergies.update(session.allergies.get(id)) { it.copy(severity = Severity.Moderate) }
        assertEquals(Result.success(), work())
        assertEquals(1, session.conflicts.list().size)
    }

    @Test
    fun `beside another run it comes again`(): Unit = runBlocking {
        val session = written()
        val slow = Fault.Slow()
        backend.next(slow)
        val other = async { session.sync() }
        slow.awaitRequest()
        assertEquals(Result.retry(), work())
        slow.release()
        assertEquals(NextStep.Done, other.await().next)
    }

    @Test
    fun `a run that ended early is followed by another one`(): Unit = runBlocking {
        val session = written()
        val slow = Fault.Slow()
        backend.next(slow)
        val worker = async { work() }
        slow.awaitRequest()
        session.cancelSync()
        slow.release()
        assertEquals(Result.success(), worker.await())
        assertEquals(0, session.queue.counts.first().pending)
    }

    @Test
    fun `what is written while a run comes to its end is sent, too`(@TempDir folder: Path): Unit = runBlocking {
        val session = CompletableDeferred<Session>()
        val written = AtomicBoolean()
        val library =
            FoodLens.open(
                folder, "https://backend.test", backend.tokens, transport = backend, clock = phones.clock,
                telemetry = {
                    if (it.what is Happened.RunEnded && written.compareAndSet(false, true)) {
                        runBlocking { session.await().settings.update { shown -> shown.copy(theme = "dark") } }
                    }
                },
            )
        library.session("ana").use {
            session.complete(it)
            assertEquals(Result.success(), work { it })
            assertTrue(written.get())
            assertEquals(0, it.queue.counts.first().pending)
        }
    }

    @Test
    fun `the time is up, and it comes again`(): Unit = runBlocking {
        val session = written()
        assertEquals(AfterRun.LATER, SyncRunner(longest = Duration.ZERO).run(0) { session })
    }

    @Test
    fun `a storage that fails now is tried again, one that nobody can mend here is not`(): Unit = runBlocking {
        val session = phones.session()
        session.close()
        assertEquals(Result.success(), work { session }, "closed: the app opens another one")
        assertEquals(AfterRun.REST, AfterRun.of(NextStep.NeedsSignIn))
        assertEquals(AfterRun.AGAIN, AfterRun.of(NextStep.MoreWork))
        assertEquals(AfterRun.LATER, AfterRun.of(NextStep.RetryAt(Instant.EPOCH)))
    }

    @Test
    fun `stopped by the system, it gives its request up and holds nothing`(): Unit = runBlocking {
        val session = written()
        val slow = Fault.Slow()
        backend.next(slow)
        withTimeout(30_000) {
            val job = launch { work() }
            slow.awaitRequest()
            slow.release()
            job.cancel()
            job.join()
        }
        assertTrue(session.quiesce(Duration.ZERO))
        phones.clock.advance(1.hours)
        assertEquals(Result.success(), work())
    }

    @Test
    fun `a process that was started for the work alone finds the host in its application`(): Unit = runBlocking {
        val session = written()
        val app = object : ContextWrapper(null), SyncHost {
            override fun getApplicationContext(): Context = this

            override suspend fun session() = session

            override fun syncNotification(): Notification? = null
        }
        assertEquals(Result.success(), SyncWorker(app, WorkerParameters(0)).doWork())
        assertEquals(0, session.queue.counts.first().pending)
        assertNull(FoodLensWorkerFactory(app).createWorker(app, "another.Worker", WorkerParameters(0)))
        assertThrows(IllegalStateException::class.java) { runBlocking { SyncWorker(app, WorkerParameters(0)).getForegroundInfo() } }
        assertNull(SyncHost.of(context()))
    }
}

/** A context of no app. */
internal fun context(): Context = object : ContextWrapper(null) {
    override fun getApplicationContext(): Context = this
}

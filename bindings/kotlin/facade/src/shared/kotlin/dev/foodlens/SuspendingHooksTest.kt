package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Hooks that suspend, on the smallest dispatcher that there is: its one thread waits for the hook. */
class SuspendingHooksTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    private fun one() = Dispatchers.IO.limitedParallelism(1)

    @Test
    fun `a token may be suspended for, elsewhere and for a time`(): Unit = runBlocking {
        val a = phones.phone("a", dispatcher = one(), tokens = { user, _ ->
            delay(1)
            withContext(Dispatchers.Default) { AccessToken(user, phones.token) }
        })
        a.allergies.add(EuAllergen.MUSTARD)
        assertEquals(NextStep.Done, withTimeout(30_000) { a.sync() }.next)
    }

    @Test
    fun `a hook reads the session while its run occupies the only thread`(): Unit = runBlocking {
        val a = phones.phone("a")
        val session = CompletableDeferred<Session>()
        val b = phones.phone("b", dispatcher = one(), mergeHook = { conflict ->
            val phone = session.await()
            val inside = withContext(Dispatchers.Default) { phone.allergies.list().entries.single() }
            val shown = phone.allergies.changes.first().entries.single()
            check(inside == shown && phone.history.pages().load().items.isEmpty())
            check(phone.sync().next == NextStep.AlreadyRunning)
            phone.settings.update { it.copy(theme = "dark") }
            check(conflict.id == phone.conflicts.list().single().id)
            MergeAnswer.KeepRemote
        })
        session.complete(b)
        val id = a.allergies.add(EuAllergen.MILK, Severity.Moderate)
        a.sync()
        b.sync()
        a.allergies.update(a.allergies.get(id)) { it.copy(severity = Severity.Severe) }
        b.allergies.update(b.allergies.get(id)) { it.copy(severity = Severity.Mild) }
        a.sync()
        val report = withTimeout(30_000) { b.sync() }
        assertEquals(1L to NextStep.Done, report.conflictsAnswered to report.next)
        assertEquals(Severity.Severe, b.allergies.get(id).content.severity)
        assertEquals("dark", b.settings.get().content.theme)
    }

    @Test
    fun `a hook ends with its run, and nobody is asked to sign in for that`(): Unit = runBlocking {
        val (reached, ended) = CompletableDeferred<Unit>() to CompletableDeferred<Unit>()
        var held = true
        val a = phones.phone("a", dispatcher = one(), tokens = { user, _ ->
            try {
                reached.complete(Unit)
                if (held) awaitCancellation()
                AccessToken(user, phones.token)
            } finally {
                ended.complete(Unit)
            }
        })
        a.allergies.add(EuAllergen.MUSTARD)
        withTimeout(30_000) {
            val run = launch { a.sync() }
            reached.await()
            run.cancel()
            run.join()
            ended.await()
        }
        assertFalse(a.status.first().authRequired)
        held = false
        assertEquals(NextStep.Done, a.sync().next)
    }

    @Test
    fun `two sessions wait for their tokens at once`(): Unit = runBlocking {
        val both = List(2) { CompletableDeferred<Unit>() }
        val sessions = both.indices.map { mine ->
            phones.phone("phone-$mine", tokens = { user, _ ->
                both[mine].complete(Unit)
                both[1 - mine].await()
                AccessToken(user, phones.token)
            })
        }
        val reports = withTimeout(30_000) { sessions.map { async { it.sync() } }.map { it.await() } }
        assertTrue(reports.all { it.next == NextStep.Done }, reports.toString())
    }
}

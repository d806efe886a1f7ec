package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.Conflict
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HttpResponse
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.RecordContent
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.SyncState
import dev.foodlens.ffi.TransportException
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class HooksTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a conflict is answered by a hook in Kotlin and both phones agree`(): Unit = runBlocking {
        val asked = mutableListOf<Conflict>()
        val (a, b) = clash { conflict ->
            asked += conflict
            val (ours, theirs) = conflict.local.allergy() to conflict.remote.allergy()
            MergeAnswer.Merged(RecordContent.Allergy(ours.copy(severity = theirs.severity, notes = "asked the doctor")))
        }
        val report = b.sync()
        assertEquals(NextStep.Done, report.next)
        assertEquals(1, report.conflictsRaised)
        assertEquals(1, report.conflictsAnswered)
        assertEquals(Severity.Moderate, asked.single().base.allergy().severity)
        assertEquals(Severity.Mild, asked.single().local.allergy().severity)
        assertEquals(Severity.Severe, asked.single().remote.allergy().severity)

        a.sync()
        for (phone in listOf(a, b)) {
            val entry = phone.allergies.list().entries.single()
            assertEquals(Severity.Severe, entry.content.severity)
            assertEquals("asked the doctor", entry.content.notes)
            assertEquals(SyncState.SYNCED, entry.sync.state)
        }
    }

    @Test
    fun `a hook that throws leaves the conflict to a person and the list keeps the more severe entry`() =
        deferredBy(IllegalStateException("canary"))

    @Test
    fun `a hook that fails with an Error is no different`() = deferredBy(NotImplementedError("canary"))

    private fun deferredBy(thrown: Throwable): Unit = runBlocking {
        val (_, b) = clash { throw thrown }
        assertEquals(NextStep.NeedsPerson, b.sync().next)
        val conflict = b.conflicts.list().single()
        assertTrue(conflict.deferred)
        val entry = b.allergies.list().entries.single()
        assertTrue(entry.inQuestion)
        assertEquals(Severity.Severe, entry.content.severity)

        assertTrue(b.conflicts.answer(conflict, MergeAnswer.KeepLocal))
        assertFalse(b.conflicts.answer(conflict, MergeAnswer.KeepRemote), "a second answer does nothing")
        assertEquals(NextStep.Done, b.sync().next)
        assertEquals(Severity.Mild, b.allergies.list().entries.single().content.severity)
    }

    @Test
    fun `a token provider that throws asks for a sign-in, and the next sync works`(): Unit = runBlocking {
        val failures = ArrayDeque(listOf(IllegalStateException("canary"), AssertionError("canary")))
        val a = phones.phone("a", tokens = { user, _ ->
            failures.removeFirstOrNull()?.let { throw it }
            AccessToken(user, phones.token)
        })
        a.allergies.add(EuAllergen.CELERY)
        repeat(2) {
            val report = a.sync()
            assertEquals(NextStep.NeedsSignIn, report.next)
            assertFalse(report.toString().contains("canary"))
        }
        assertEquals(NextStep.Done, a.sync().next)
        assertEquals(emptyList<Any>(), a.queue.list())
    }

    @Test
    fun `a refused token is asked for once more, as a fresh one`(): Unit = runBlocking {
        val asked = mutableListOf<Boolean>()
        val a = phones.phone("a", tokens = { user, refused ->
            asked += refused
            AccessToken(user, if (refused) phones.token else "stale")
        })
        a.allergies.add(EuAllergen.SESAME)
        assertEquals(NextStep.Done, a.sync().next)
        assertEquals(listOf(false, true), asked)
    }

    @Test
    fun `a network stack of the app's own is used`(): Unit = runBlocking {
        val seen = mutableListOf<String>()
        val a = phones.phone("a", transport = { request ->
            seen += request.url
            throw TransportException.NotSent()
        })
        a.allergies.add(EuAllergen.NUTS)
        val report = a.sync()
        assertTrue(report.next is NextStep.RetryAt, report.next.toString())
        assertTrue(seen.single().startsWith(phones.server.url))
        assertEquals(2, a.queue.list().size)
    }

    @Test
    fun `a network stack that breaks or talks nonsense loses nothing`(): Unit = runBlocking {
        val answers = listOf<() -> HttpResponse>(
            { throw StackOverflowError("canary") },
            { HttpResponse(200, null, "application/json", "not JSON".toByteArray()) },
            { HttpResponse(70_000, null, null, ByteArray(0)) },
        )
        answers.forEachIndexed { index, answer ->
            val phone = phones.phone("phone-$index", transport = { answer() })
            phone.allergies.add(EuAllergen.NUTS)
            val report = phone.sync()
            assertNotNull(report.error)
            assertFalse(report.toString().contains("canary"))
            assertEquals(2, phone.queue.list().size)
        }
    }

    @Test
    fun `a token is in the text of no object`(): Unit = runBlocking {
        assertFalse(AccessToken("u", "canary").toString().contains("canary"))
        val seen = mutableListOf<HttpRequest>()
        val a = phones.phone("a", transport = { request ->
            seen += request
            throw TransportException.NotSent()
        })
        a.allergies.add("canary")
        a.sync()
        val request = seen.single()
        val token = request.headers.single { it.name.equals("Authorization", ignoreCase = true) }
        assertEquals("Bearer ${phones.token}", token.value)
        for (text in listOf(request.toString(), request.headers.toString(), token.toString())) {
            assertFalse(text.contains(phones.token), text)
        }
        val write = HttpRequest(request.method, request.url, request.headers, "canary".toByteArray()).toString()
        assertTrue(write.contains("6 bytes") && write.contains(token.name), write)
    }

    /** Two phones that changed the same allergy: `a` has sent its severity, `b` has not yet heard of it. */
    private suspend fun clash(hook: MergeHook): Pair<Session, Session> {
        val a = phones.phone("a")
        val b = phones.phone("b", mergeHook = hook)
        val id = a.allergies.add(EuAllergen.MILK, Severity.Moderate)
        a.sync()
        b.sync()
        a.allergies.update(a.allergies.get(id)) { it.copy(severity = Severity.Severe) }
        b.allergies.update(b.allergies.get(id)) { it.copy(severity = Severity.Mild) }
        a.sync()
        return a to b
    }

    private fun RecordContent?.allergy(): AllergyContent =
        (this as RecordContent.Allergy).v1.also { assertEquals(Allergen.Eu(EuAllergen.MILK), it.allergen) }
}

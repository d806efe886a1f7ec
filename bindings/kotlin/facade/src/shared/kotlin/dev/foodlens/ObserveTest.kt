package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.MergeAnswer
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

class ObserveTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `the list comes at once, then after a local change, then after a remote one`(): Unit = runBlocking {
        val (a, b) = phones.phone("a") to phones.phone("b")
        a.allergies.add(EuAllergen.FISH)
        watching(a.allergies.changes) { seen ->
            assertEquals(1, seen.receive().entries.size)
            a.allergies.add(EuAllergen.EGGS)
            seen.until { it.entries.size == 2 }
            b.allergies.add(EuAllergen.LUPIN)
            b.sync()
            a.sync()
            val all = seen.until { it.entries.size == 3 && it.complete }
            assertTrue(all.entries.none { it.inQuestion })
        }
    }

    @Test
    fun `the status follows the queue`(): Unit = runBlocking {
        val a = phones.phone("a")
        watching(a.status) { seen ->
            val first = seen.receive()
            assertEquals(0, first.pending)
            assertTrue(first.restoring)
            a.profile.update { it.copy(country = "PT") }
            assertEquals(1, seen.receive().pending)
            a.sync()
            val last = seen.until { it.lastSuccessAt != null }
            assertEquals(0, last.pending)
            assertFalse(last.restoring)
        }
    }

    @Test
    fun `the status shows a run while it lasts`(): Unit = runBlocking {
        val release = CountDownLatch(1)
        val a = phones.phone("a", tokens = { user, _ ->
            check(release.await(30, TimeUnit.SECONDS))
            AccessToken(user, phones.token)
        })
        watching(a.status) { seen ->
            assertFalse(seen.receive().running)
            val run = async { a.sync() }
            seen.until { it.running }
            release.countDown()
            assertEquals(NextStep.Done, run.await().next)
            seen.until { !it.running }
        }
    }

    @Test
    fun `the status counts the questions`(): Unit = runBlocking {
        val (a, b) = phones.phone("a") to phones.phone("b")
        val id = a.allergies.add(EuAllergen.MILK, Severity.Moderate)
        a.sync()
        b.sync()
        a.allergies.update(a.allergies.get(id)) { it.copy(severity = Severity.Severe) }
        b.allergies.update(b.allergies.get(id)) { it.copy(severity = Severity.Mild) }
        a.sync()
        watching(b.status) { seen ->
            assertEquals(0, seen.receive().conflicts)
            b.sync()
            seen.until { it.conflicts == 1L && !it.running }
            b.conflicts.answer(b.conflicts.list().single(), MergeAnswer.KeepRemote)
            seen.until { it.conflicts == 0L }
        }
    }

    @Test
    fun `other collections do not wake a flow`(): Unit = runBlocking {
        val a = phones.phone("a")
        watching(a.settings.changes) { seen ->
            seen.receive()
            a.history.add(HistoryContent(HistoryKind.Search, Instant.EPOCH))
            a.settings.update { it.copy(language = "pt-PT") }
            assertEquals("pt-PT", seen.receive().content.language)
        }
    }
}

package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryFilter
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.OperationState
import dev.foodlens.ffi.QueueFilter
import dev.foodlens.ffi.Severity
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.time.LocalDate

/** Lists page by page, one record and the queue as flows, dates. */
class PagesTest {
    private val phones = Phones()
    private val start = Instant.parse("2026-01-01T00:00:00Z")

    @AfterEach
    fun close() = phones.close()

    private suspend fun <K : Any, T : Any> all(pages: PageSource<K, T>, size: Int): List<T> {
        val items = mutableListOf<T>()
        var page = pages.load(size = size)
        while (true) {
            items += page.items
            page = pages.load(page.next ?: return items, size)
        }
    }

    @Test
    fun `what is written between two pages makes nothing come twice or not at all`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.history.addAll((0L until 25).map { HistoryContent(HistoryKind.Meal, start.plusSeconds(it), note = "$it") })
        val pages = a.history.pages()
        val first = pages.load(size = 10)
        a.history.add(HistoryContent(HistoryKind.Meal, start.plusSeconds(100), note = "new"))
        a.history.delete(first.items[3].id)
        val second = pages.load(first.next, 10)
        val third = pages.load(second.next, 10)
        assertNull(third.next)
        val seen = (first.items + second.items + third.items).map { it.content.note }
        assertEquals((24L downTo 0).map { "$it" }, seen)
        val favourites = a.history.pages(HistoryFilter(favourites = true))
        assertEquals(Page<String, Any>(emptyList(), null), favourites.load())
    }

    @Test
    fun `pages say when they are out of date, and only then`(): Unit = runBlocking {
        val a = phones.phone("a")
        val pages = a.history.pages()
        watching(pages.changes) { seen ->
            a.settings.update { it.copy(theme = "dark") } // of another list
            val id = a.history.add(HistoryContent(HistoryKind.Meal, start))
            seen.receive()
            assertEquals(listOf(id), pages.load().items.map { it.id })
            a.history.delete(id)
            seen.receive()
        }
        // Read before anybody listened: whoever listens now cannot know what happened between.
        watching(pages.changes) { it.receive() }
    }

    @Test
    fun `the queue and the log of replaced values are read page by page`(): Unit = runBlocking {
        val a = phones.phone("a")
        repeat(7) { a.history.add(HistoryContent(HistoryKind.Meal, start.plusSeconds(it.toLong()))) }
        assertEquals(a.queue.list(), all(a.queue.pages(), 3))
        assertEquals(7, all(a.queue.pages(), 7).size)
        assertEquals(emptyList<Any>(), all(a.conflicts.overwrittenPages(), 3))
        val b = phones.phone("b")
        b.profile.update { it.copy(displayName = "B", country = "PT") }
        b.sync()
        a.profile.update { it.copy(displayName = "A", country = "ES") }
        a.sync()
        assertEquals(a.conflicts.overwritten(), all(a.conflicts.overwrittenPages(), 1))
        assertTrue(a.conflicts.overwritten().size >= 2, a.conflicts.overwritten().toString())
    }

    @Test
    fun `the queue is seen as it moves, the current state first`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.sync()
        watching(a.queue.changes()) { seen ->
            assertEquals(emptyList<Any>(), seen.receive())
            a.settings.update { it.copy(theme = "dark") }
            assertEquals(OperationState.Pending, seen.until { it.size == 1 }.single().state)
            a.sync()
            seen.until { it.isEmpty() }
        }
        assertEquals(1, a.queue.changes(QueueFilter.ACKNOWLEDGED).first().size)
    }

    @Test
    fun `one allergy is a flow, null while there is none`(): Unit = runBlocking {
        val a = phones.phone("a")
        val id = a.allergies.add(EuAllergen.FISH, Severity.Mild)
        watching(a.allergies.changes(id)) { seen ->
            assertEquals(Severity.Mild, seen.receive()?.content?.severity)
            a.allergies.add(EuAllergen.EGGS) // another one wakes nobody
            a.allergies.update(a.allergies.get(id)) { it.copy(severity = Severity.Severe) }
            assertEquals(Severity.Severe, seen.receive()?.content?.severity)
            a.allergies.remove(id)
            assertNull(seen.receive())
        }
    }

    @Test
    fun `dates are dates, and text that is none stays what it is`(): Unit = runBlocking {
        val a = phones.phone("a")
        val day = LocalDate.of(1990, 2, 28)
        a.profile.update { it.withBornOn(day) }
        assertEquals(day, a.profile.get().content.bornOn)
        assertEquals("1990-02-28", a.profile.get().content.dateOfBirth)
        val id = a.allergies.add(EuAllergen.FISH)
        a.allergies.update(a.allergies.get(id)) { it.withDiagnosedAt(day) }
        assertEquals(day, a.allergies.get(id).content.diagnosedAt)
        assertNull(a.allergies.get(id).content.withDiagnosedAt(null).diagnosedAt)
        assertNull(a.profile.get().content.copy(dateOfBirth = "spring").bornOn)
    }

    @Test
    fun `the newest of a kind are followed`(): Unit = runBlocking {
        val a = phones.phone("a")
        watching(a.history.newest(HistoryFilter(kind = HistoryKind.Scan))) { seen ->
            assertEquals(0, seen.receive().entries.size)
            a.history.addAll(listOf(HistoryKind.Meal, HistoryKind.Scan).map { HistoryContent(it, start) })
            assertEquals(listOf(HistoryKind.Scan), seen.receive().entries.map { it.content.kind })
        }
    }
}

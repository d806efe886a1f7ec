package dev.foodlens.sample

import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.sample.model.AllergiesModel
import dev.foodlens.sample.model.HistoryModel
import dev.foodlens.sample.model.QueueModel
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration

class HistoryModelTest {
    private val desk = Desk()

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `the newest come first, more as the person scrolls, and each once`() = runTest {
        val session = desk.session("a")
        session.history.addAll(scans(0 until 120))
        val model = HistoryModel(session, backgroundScope)
        val shown = mutableListOf(model.state.until { it.entries.isNotEmpty() })
        for (size in listOf(100, 120)) {
            model.more()
            shown += model.state.until { it.entries.size == size }
        }
        assertEquals(listOf(true, true, false), shown.map { it.more })
        val all = (119 downTo 0).map { "Product $it" }
        for (state in shown) assertEquals(all.take(state.entries.size), state.entries.map { it.content.productName })

        val oldest = shown.last().entries.last()
        model.delete(oldest).join()
        assertEquals(119, model.state.until { it.entries.size == 119 }.entries.size)
        model.mark(shown.last().entries.first(), true).join()
        model.onlyFavourites(true)
        assertEquals("Product 119", model.state.until { it.favourites }.entries.single().content.productName)
    }

    @Test
    fun `a search finds on this phone, also what was written a moment ago`() = runTest {
        desk.server.stop()
        val session = desk.session("a")
        session.history.addAll(scans(0 until 60))
        val model = HistoryModel(session, backgroundScope)
        model.search("crè")
        assertTrue(model.state.until { it.query == "crè" }.entries.isEmpty())
        model.add(HistoryContent(HistoryKind.Meal, desk.clock.instant(), productName = "Crème brûlée")).join()
        assertEquals("Crème brûlée", model.state.until { it.entries.isNotEmpty() }.entries.single().content.productName)
        model.search("")
        assertEquals(50, model.state.until { it.query.isEmpty() }.entries.size)
    }

    @Test
    fun `a screen costs as many calls for many rows as for few`() = runTest {
        suspend fun calls(rows: Int): Int {
            val gate = Gate()
            val session = desk.session("with-$rows", dispatcher = gate)
            session.history.addAll(scans(0 until rows))
            for (n in 0 until rows) session.allergies.add("Something $n")
            val before = gate.calls
            HistoryModel(session, backgroundScope).state.until { it.entries.size == rows }
            AllergiesModel(session, backgroundScope).state.until { it.rows.size == rows }
            QueueModel(session, backgroundScope).state.until { it.rows.size == 2 * rows + 1 } // and that there is a list
            return gate.calls - before
        }
        val (few, many) = calls(3) to calls(45)
        assertTrue(many < few + 20, "$few calls for 3 rows, $many for 45")
    }

    private fun scans(which: IntRange) =
        which.map { HistoryContent(HistoryKind.Scan, desk.clock.instant() + Duration.ofMinutes(it.toLong()), productName = "Product $it") }
}

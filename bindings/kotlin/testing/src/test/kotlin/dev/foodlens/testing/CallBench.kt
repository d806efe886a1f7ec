package dev.foodlens.testing

import dev.foodlens.Session
import dev.foodlens.code
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.produceIn
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.Timeout
import java.time.Instant
import java.util.UUID
import java.util.concurrent.TimeUnit

/** Run by `bindings/scripts/kotlin-bench`, no test of anything: what screens cost, as the median of rounds after a warm-up. */
class CallBench {
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    fun calls(): Unit = runBlocking {
        FakePhones().use { phones ->
            val session = phones.session()
            session.history.addAll((0L until 500).map(::meal))
            EuAllergen.entries.forEach { session.allergies.add(it) }
            measure("a call that reads no file (an allergen's code)", 2_000) { EuAllergen.MILK.code }
            measure("one record", 1_000) { session.allergies.get(first(session)) }
            measure("the list of 14 allergies", 500) { session.allergies.list() }
            measure("a page of 50 history records", 500) { session.history.page(limit = 50) }
            measure("the same, as a page of a list", 500) { session.history.pages().load(size = 50) }
            measure("the status", 500) { session.status.first() }
            measure("a durable write", 200) { session.history.add(meal(it.toLong())) }
            observed(session)
        }
    }

    /** From a write to the screen's next state, the write with it: the newest 50 of a list, and one record. */
    private suspend fun observed(session: Session) = coroutineScope {
        val newest = session.history.newest(limit = 50).produceIn(this)
        newest.receive()
        var newer = 10_000L
        measure("a write until the newest 50 show it", 100) {
            val id = session.history.add(meal(newer++)) // an elder one would never be among them
            while (newest.receive().entries.none { it.id == id }) continue
        }
        newest.cancel()
        val settings = session.settings.changes.produceIn(this)
        settings.receive()
        var count = 0
        measure("a write until one record shows it", 100) {
            val wanted = "language-${count++}"
            session.settings.update { it.copy(language = wanted) }
            while (settings.receive().content.language != wanted) continue
        }
        settings.cancel()
    }

    private var known: UUID? = null

    private suspend fun first(session: Session) = known ?: session.allergies.list().entries.first().id.also { known = it }

    private fun meal(number: Long) =
        HistoryContent(
            HistoryKind.Meal, Instant.EPOCH.plusSeconds(number), productName = "Soup $number", brand = "House",
            barcode = "560123456789", matchedAllergens = listOf("milk", "celery"), note = "with bread",
        )

    private suspend fun measure(what: String, times: Int, call: suspend (Int) -> Any?) {
        repeat(times) { call(it) }
        val rounds =
            List(9) {
                val begun = System.nanoTime()
                repeat(times) { call(it) }
                (System.nanoTime() - begun) / 1_000.0 / times
            }.sorted()
        println("bench: %-50s %9.1f µs (median of 9 rounds of %d; best %.1f)".format(what, rounds[4], times, rounds[0]))
    }
}

package dev.foodlens.testing

import dev.foodlens.Session
import dev.foodlens.code
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.time.Instant
import java.util.UUID

/** Run by `bindings/scripts/kotlin-bench`, no test of anything: what screens cost, as the median of rounds after a warm-up. */
class CallBench {
    @Test
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
        }
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

package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.NextStep
import dev.foodlens.quickstart.quickstart
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path

/** The lines that readers copy from the README, compiled and run as they stand; nobody listens at the backend's port. */
class QuickstartTest {
    @Test
    fun `the quick start works without a network`(@TempDir folder: Path): Unit = runBlocking {
        val shown = Channel<List<Allergen>>(Channel.UNLIMITED)
        val scope = CoroutineScope(Dispatchers.Default)
        val (session, report) = quickstart(folder, "https://127.0.0.1:1", "u", { "token" }, scope) { entries ->
            shown.trySend(entries.map { it.content.allergen })
        }
        withTimeout(30_000) {
            while (shown.receive() != listOf(Allergen.Eu(EuAllergen.PEANUTS))) continue
        }
        assertTrue(report.next is NextStep.RetryAt, report.next.toString())
        assertEquals(2, session.queue.list().size)
        scope.cancel()
        session.close()
    }
}

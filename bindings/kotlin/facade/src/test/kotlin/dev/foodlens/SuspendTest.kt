package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.NextStep
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.seconds

class SuspendTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a suspended session says so and goes on afterwards`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.FISH)
        assertTrue(a.suspend(30.seconds))
        assertTrue(expect<FoodLensException.Suspended> { a.allergies.list() }.canRetry)
        expect<FoodLensException.Suspended> { a.sync() }
        a.resume()
        assertEquals(1, a.allergies.list().entries.size)
        assertEquals(NextStep.Done, a.sync().next)
    }

    @Test
    fun `flows stay and go on with the resume, those begun meanwhile, too`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.FISH)
        watching(a.allergies.changes) { before ->
            assertEquals(1, before.receive().entries.size)
            assertTrue(a.suspend(30.seconds))
            watching(a.allergies.changes) { begunMeanwhile ->
                a.resume()
                assertEquals(1, begunMeanwhile.receive().entries.size)
                a.allergies.add(EuAllergen.EGGS)
                begunMeanwhile.until { it.entries.size == 2 }
            }
            before.until { it.entries.size == 2 }
        }
    }
}

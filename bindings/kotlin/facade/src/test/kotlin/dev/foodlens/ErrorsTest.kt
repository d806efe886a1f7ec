package dev.foodlens

import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.ListState
import dev.foodlens.ffi.Rule
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.test.StandardTestDispatcher
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Assertions.fail
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.UUID

class ErrorsTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `text over the limit names the field and the rule, and stores nothing`(): Unit = runBlocking {
        val a = phones.phone("a")
        val refused = expect<FoodLensException.Invalid> {
            a.allergies.add(AllergyContent(Allergen.Eu(EuAllergen.MILK), notes = "canary".repeat(1_000)))
        }
        assertEquals("notes", refused.field)
        assertEquals(Rule.TooLong(4_000), refused.rule)
        assertFalse(refused.toString().contains("canary"))
        assertEquals(emptyList<Any>(), a.allergies.list().entries)
        assertEquals(emptyList<Any>(), a.queue.list())
    }

    @Test
    fun `what is not there is not found`(): Unit = runBlocking {
        val a = phones.phone("a")
        val unknown = UUID.randomUUID()
        expect<FoodLensException.NotFound> { a.allergies.get(unknown) }
        assertNull(a.allergies.getOrNull(unknown))
    }

    @Test
    fun `none cannot be confirmed while the list holds some`(): Unit = runBlocking {
        val a = phones.phone("a")
        val id = a.allergies.add("kiwi")
        assertEquals(Rule.ListNotEmpty, expect<FoodLensException.Invalid> { a.allergies.confirmNone() }.rule)
        a.allergies.remove(id)
        a.allergies.confirmNone()
        assertEquals(ListState.CONFIRMED_NONE, a.allergies.list().state)
        a.allergies.setUnknown()
        assertEquals(ListState.UNKNOWN, a.allergies.list().state)
    }

    @Test
    fun `a panic inside the library is a typed error and the next call works`(): Unit = runBlocking {
        val a = phones.phone("a")
        expect<FoodLensException.Internal> { a.calls.run { it.panicForTest() } }
        a.allergies.add(EuAllergen.MOLLUSCS)
        assertEquals(1, a.allergies.list().entries.size)
    }

    @Test
    fun `a closed session says so, and a new one has everything`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.use { it.allergies.add(EuAllergen.SOYBEANS) }
        expect<FoodLensException.Closed> { a.allergies.list() }
        expect<FoodLensException.Closed> { a.sync() }
        a.close()
        assertEquals(1, phones.phone("a").allergies.list().entries.size)
    }

    @Test
    fun `clear text to another machine is a mistake of the app`(@TempDir folder: Path) {
        val refused = expect<FoodLensException.Config> {
            FoodLens.open(folder, "http://example.com", { user, _ -> AccessToken(user, "t") })
        }
        assertTrue(refused.message!!.startsWith("configuration: base_url"), refused.message)
    }

    @Test
    fun `keys are asked for, checked, and never ignored by a library without encryption`(): Unit = runBlocking {
        phones.library("a").session("anonymous").close()
        var key: () -> ByteArray = { ByteArray(32) }
        val asked = mutableListOf<String>()
        val library = phones.library("a", keys = {
            asked += it
            key()
        })
        expect<FoodLensException.Config> { library.session(phones.user) }
        assertEquals(listOf(phones.user), asked)
        key = { ByteArray(31) }
        for (call in listOf<suspend () -> Any>(
            { library.session(phones.user) },
            { library.signedInSession(phones.user) },
            { library.adopt("anonymous", phones.user).run() },
            { library.recover(phones.user) },
        )) {
            val refused = expect<FoodLensException.Invalid> { call() }
            assertEquals("key" to Rule.Form("32 bytes"), refused.field to refused.rule)
        }
        key = { throw AssertionError("locked") }
        assertTrue(expect<FoodLensException.KeyUnavailable> { library.session(phones.user) }.canRetry)
        val plain = phones.library("b")
        assertEquals("key", expect<FoodLensException.Invalid> { plain.rekey(phones.user, ByteArray(33)) }.field)
        expect<FoodLensException.Config> { plain.rekey(phones.user, ByteArray(32)) }
    }

    @Test
    fun `the dispatcher is the app's choice`(@TempDir folder: Path) = runTest {
        val foodLens = FoodLens.open(
            folder,
            "https://example.com",
            { _, _ -> fail("nothing is sent") },
            dispatcher = StandardTestDispatcher(testScheduler),
        )
        foodLens.session("u").use { session ->
            session.allergies.add(EuAllergen.GLUTEN)
            assertEquals(1, session.allergies.list().entries.size)
        }
    }
}

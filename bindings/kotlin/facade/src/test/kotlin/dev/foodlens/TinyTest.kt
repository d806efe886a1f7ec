package dev.foodlens

import dev.foodlens.ffi.*
import org.junit.jupiter.api.Assertions.*
import org.junit.jupiter.api.Test
import java.time.Instant

class TinyTest {
    @Test
    fun `hook and panic`() {
        Tiny.open(object : Hook { override fun ask(what: String): String { if (what == "x") error("host"); return "$what!" } }).use { t ->
            assertEquals("a!", t.ask("a"))
            val e = assertThrows(TinyException.App::class.java) { t.ask("x") }
            println(e.reason + " " + e.message)
            assertThrows(TinyException.Bad::class.java) { t.bad() }
            val p = assertThrows(InternalException::class.java) { t.boom() }
            println(p.message)
            assertEquals(Instant.ofEpochSecond(3, 5), t.row(Instant.ofEpochSecond(3, 5)).at)
        }
    }
}

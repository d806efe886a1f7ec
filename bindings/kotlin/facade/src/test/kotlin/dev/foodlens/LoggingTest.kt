package dev.foodlens

import dev.foodlens.ffi.LogLevel
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue

/** The log of the process goes to the app's sink, and what the sink throws goes nowhere. */
class LoggingTest {
    private val phones = Phones()

    @AfterEach
    fun close() {
        FoodLens.setLogSink(null)
        phones.close()
    }

    @Test
    fun `the sink has a line of each run, without token, user and content`(): Unit = runBlocking {
        val lines = ConcurrentLinkedQueue<Pair<LogLevel, String>>()
        FoodLens.setLogSink { level, line ->
            lines += level to line
            error("a sink that fails")
        }
        val a = phones.phone("a")
        a.allergies.add("canary")
        val report = a.sync()
        assertEquals(listOf(LogLevel.INFO), lines.filter { report.runId in it.second }.map { it.first })
        for (secret in listOf("canary", phones.user, phones.token)) assertFalse(lines.any { secret in it.second }, secret)
        FoodLens.setLogSink(null)
        val late = a.sync()
        assertFalse(lines.any { late.runId in it.second })
    }
}

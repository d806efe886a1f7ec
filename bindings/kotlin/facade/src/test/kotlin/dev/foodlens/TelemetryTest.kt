package dev.foodlens

import com.sun.jna.Native
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.FailureReason
import dev.foodlens.ffi.Happened
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.Kind
import dev.foodlens.ffi.NextStep
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Instant
import java.util.concurrent.CopyOnWriteArrayList

class TelemetryTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `a run tells its requests and how it ended, without content`(): Unit = runBlocking {
        val events = CopyOnWriteArrayList<TelemetryEvent>()
        val a = phones.phone("a", telemetry = { events += it })
        a.allergies.add("canary")
        val report = a.sync()
        assertTrue(events.all { it.userId == phones.user && it.runId == report.runId })
        assertEquals(Happened.RunStarted, events.first().what)
        val ended = events.last().what as Happened.RunEnded
        assertEquals(report, ended.report)
        assertFalse(ended.duration.isNegative)
        val batch = events.map { it.what }.filterIsInstance<Happened.Request>().single { it.endpoint == "batch" }
        assertEquals(2, batch.operations)
        assertEquals(200, batch.status)
        assertTrue(batch.sentBytes > 0 && batch.receivedBytes > 0)
        for (event in events) {
            val text = event.toString()
            assertFalse(listOf("canary", phones.user, phones.token).any { it in text }, text)
        }
    }

    @Test
    fun `a parked operation is told with its reason`(): Unit = runBlocking {
        val parked = CopyOnWriteArrayList<Happened.OperationParked>()
        val a = phones.phone("a", telemetry = { event -> (event.what as? Happened.OperationParked)?.let { parked += it } })
        a.sync()
        a.history.add(HistoryContent(HistoryKind.Scan, Instant.EPOCH))
        phones.server.fault("""{"endpoint":"batch","times":1,"fault":"status","status":422}""")
        val report = a.sync()
        assertEquals(NextStep.NeedsPerson, report.next)
        val told = parked.single()
        assertEquals(a.queue.list().single().id, told.operation)
        assertEquals(Collection.HISTORY to Kind.CREATE, told.collection to told.kind)
        assertEquals(FailureReason.REFUSED, told.reason)
    }

    @Test
    fun `a sink that throws, an Error too, hurts no run and hears the next event`(): Unit = runBlocking {
        // What gets as far as JNA is printed with its text.
        val (escaped, printing) = CopyOnWriteArrayList<Throwable>() to Native.getCallbackExceptionHandler()
        Native.setCallbackExceptionHandler { _, thrown -> escaped += thrown }
        val failures = listOf(IllegalStateException("canary"), NotImplementedError("canary"), StackOverflowError("canary"))
        failures.forEachIndexed { index, failure ->
            val told = CopyOnWriteArrayList<Happened>()
            val phone = phones.phone("phone-$index", telemetry = {
                told += it.what
                throw failure
            })
            phone.allergies.add(EuAllergen.CELERY)
            val report = phone.sync()
            assertEquals(NextStep.Done, report.next)
            assertEquals(emptyList<Any>(), phone.queue.list())
            assertTrue(told.size > 2 && told.last() is Happened.RunEnded, told.toString())
        }
        Native.setCallbackExceptionHandler(printing)
        assertEquals(emptyList<Throwable>(), escaped)
    }
}

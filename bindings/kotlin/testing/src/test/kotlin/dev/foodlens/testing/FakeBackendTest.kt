package dev.foodlens.testing

import dev.foodlens.AccessToken
import dev.foodlens.FoodLens
import dev.foodlens.HttpHeader
import dev.foodlens.HttpRequest
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Method
import dev.foodlens.ffi.NextStep
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.SyncReport
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds

/** Each fault does to a device what its name says, and the clock is the device's. */
class FakeBackendTest {
    private val phones = FakePhones()
    private val backend = phones.backend

    @AfterEach
    fun close() = phones.close()

    private suspend fun afterFault(fault: Fault): SyncReport {
        val phone = phones.session()
        assertEquals(NextStep.Done, phone.sync().next)
        phone.settings.update { it.copy(theme = "dark") }
        backend.next(fault)
        return phone.sync()
    }

    private suspend fun thenAllIsSent(duplicates: Long = 0) {
        phones.clock.advance(1.hours)
        val phone = phones.session()
        val report = phone.sync()
        assertEquals(NextStep.Done to duplicates, report.next to report.duplicates)
        assertEquals("""{"theme":"dark"}""", backend.stored("ana", Collection.SETTINGS))
    }

    @Test
    fun `without a network nothing is sent, and a time to come back is named`(): Unit = runBlocking {
        val report = afterFault(Fault.Offline)
        assertTrue((report.next as NextStep.RetryAt).v1 > phones.clock.instant(), report.toString())
        assertNull(backend.stored("ana", Collection.SETTINGS))
        thenAllIsSent()
    }

    @Test
    fun `what was lost on the way is sent again`(): Unit = runBlocking {
        assertTrue(afterFault(Fault.LostOnTheWay).next is NextStep.RetryAt)
        assertNull(backend.stored("ana", Collection.SETTINGS))
        thenAllIsSent()
    }

    @Test
    fun `what took effect without an answer takes effect once`(): Unit = runBlocking {
        assertTrue(afterFault(Fault.CommittedThenSilent).next is NextStep.RetryAt)
        assertEquals("""{"theme":"dark"}""", backend.stored("ana", Collection.SETTINGS))
        thenAllIsSent(duplicates = 1)
    }

    @Test
    fun `a portal's page is no success`(): Unit = runBlocking {
        assertTrue(afterFault(Fault.Portal).next is NextStep.RetryAt)
        thenAllIsSent()
    }

    @Test
    fun `a server in trouble says when to come back`(): Unit = runBlocking {
        val report = afterFault(Fault.Status(503, retryAfterSeconds = 120))
        assertEquals(phones.clock.instant().plusSeconds(120), (report.next as NextStep.RetryAt).v1)
        thenAllIsSent()
    }

    @Test
    fun `a token that expired is asked for anew, and twice refused is a sign-in`(): Unit = runBlocking {
        assertEquals(NextStep.Done, afterFault(Fault.TokenExpired).next)
        backend.next(Fault.TokenExpired, Fault.TokenExpired)
        assertEquals(NextStep.NeedsSignIn, phones.session().sync().next)
        assertTrue(phones.session().status.first().authRequired)
    }

    @Test
    fun `expireTokens refuses every token given before, and none given after`(): Unit = runBlocking {
        fun ask(token: String) = backend.execute(whatItCan(token)).status
        val before = List(2) { backend.token("ana") } + backend.token("ben")
        assertEquals(listOf(200L, 200L, 200L), before.map(::ask))
        backend.expireTokens()
        assertEquals(listOf(401L, 401L, 401L), before.map(::ask))
        assertEquals(200L, ask(backend.token("ana")))
        assertEquals(401L, ask("nobody gave this"))
    }

    @Test
    fun `a token that expires under a device costs one request, and what waits is sent`(): Unit = runBlocking {
        val phone = phones.session()
        phone.sync()
        suspend fun requestsOf(theme: String): Int {
            val before = backend.requests
            phone.settings.update { it.copy(theme = theme) }
            assertEquals(NextStep.Done, phone.sync().next)
            assertEquals("""{"theme":"$theme"}""", backend.stored("ana", Collection.SETTINGS))
            return backend.requests - before
        }
        val usual = requestsOf("light")
        backend.expireTokens()
        assertEquals(usual + 1, requestsOf("dark"))
        assertEquals(usual, requestsOf("system"))
    }

    @Test
    fun `an app that has no other token is asked to sign in, and loses nothing`(@TempDir folder: Path): Unit = runBlocking {
        val only = backend.token("ana")
        val library =
            FoodLens.open(folder, "https://backend.test", { user, _ -> AccessToken(user, only) }, transport = backend, clock = phones.clock)
        library.session("ana").use { phone ->
            assertEquals(NextStep.Done, phone.sync().next)
            phone.settings.update { it.copy(theme = "dark") }
            backend.expireTokens()
            assertEquals(NextStep.NeedsSignIn, phone.sync().next)
            assertNull(backend.stored("ana", Collection.SETTINGS))
            assertEquals(1, phone.queue.counts.first().pending)
        }
    }

    private fun whatItCan(token: String): HttpRequest =
        HttpRequest(Method.GET, "https://backend.test/v1/me/capabilities", listOf(HttpHeader("authorization", "Bearer $token")), null)

    @Test
    fun `what another device was faster with is a question`(): Unit = runBlocking {
        val phone = phones.session()
        val id = phone.allergies.add(EuAllergen.MILK, Severity.Mild)
        phone.sync()
        backend.writeElsewhere("ana", Collection.ALLERGIES, """{"severity":"life_threatening"}""", id)
        phone.allergies.update(phone.allergies.get(id)) { it.copy(severity = Severity.Moderate) }
        assertEquals(NextStep.NeedsPerson, phone.sync().next)
        assertEquals(id, phone.conflicts.list().single().recordId)
        assertEquals(Severity.LifeThreatening, phone.allergies.list().entries.single().content.severity)
        backend.deleteElsewhere("ana", Collection.ALLERGIES, id)
        assertEquals(emptyList<Any>(), backend.ids("ana", Collection.ALLERGIES))
    }

    @Test
    fun `a conflict by order has the backend's copy beside it`(): Unit = runBlocking {
        val phone = phones.session()
        val id = phone.allergies.add(EuAllergen.MILK, Severity.Mild)
        phone.sync()
        phone.allergies.update(phone.allergies.get(id)) { it.copy(severity = Severity.Severe) }
        val requests = backend.requests
        backend.next(Fault.Conflict)
        phone.sync()
        assertTrue(backend.requests > requests)
        assertEquals(Severity.Severe, phone.allergies.list().entries.single().content.severity)
    }

    @Test
    fun `a slow answer leaves time to look, and the clock stands still meanwhile`(): Unit = runBlocking {
        val phone = phones.session()
        val slow = Fault.Slow()
        backend.next(slow)
        val run = async { phone.sync(1.seconds) }
        slow.awaitRequest()
        assertTrue(phone.status.first { it.running }.running)
        slow.release()
        run.await()
        phones.clock.advance(2.days)
        assertEquals(NextStep.Done, phone.sync().next)
        assertEquals(phones.clock.instant(), phone.status.first { !it.running }.lastSuccessAt)
    }

    @Test
    fun `two devices of one user see what the other wrote`(): Unit = runBlocking {
        val (a, b) = phones.session(device = "a") to phones.session(device = "b")
        a.allergies.add(EuAllergen.FISH)
        a.sync()
        b.sync()
        assertEquals(a.allergies.list().entries.map { it.id }, b.allergies.list().entries.map { it.id })
        val other = phones.session("ben", "c")
        other.sync()
        assertEquals(0, other.allergies.list().entries.size)
    }
}

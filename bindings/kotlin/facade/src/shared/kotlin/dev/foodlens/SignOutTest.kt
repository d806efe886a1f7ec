package dev.foodlens

import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import java.time.Instant
import kotlin.io.path.ExperimentalPathApi
import kotlin.io.path.deleteRecursively
import kotlin.time.Duration.Companion.seconds

/** Signing out: sealed, sent first, or deleted; and who hears of it. */
class SignOutTest {
    private val phones = Phones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `what is sealed is there again at the next sign-in, and no late worker is let in before`(): Unit = runBlocking {
        phones.server.stop()
        val library = phones.library("a")
        expect<FoodLensException.SignedOut> { library.signedInSession(phones.user) }
        val a = library.session(phones.user)
        a.allergies.add(EuAllergen.MILK)
        val preview = a.signOutPreview()
        assertEquals(2L to 0L, preview.unsent to preview.failed)
        assertEquals(0, preview.conflicts)
        assertNotNull(preview.oldestUnsentAt)
        val report = a.signOut(SignOut.KeepSealed)
        assertEquals(preview, report.left)
        assertNull(report.lastRun)
        expect<FoodLensException.Closed> { a.allergies.list() }
        expect<FoodLensException.SignedOut> { library.signedInSession(phones.user) }
        library.session(phones.user).use { again ->
            assertEquals(2, again.queue.list().size)
            library.signedInSession(phones.user).use { assertEquals(1, it.allergies.list().entries.size) }
        }
    }

    @Test
    fun `what waits is sent first, as far as that goes`(): Unit = runBlocking {
        val a = phones.phone("a")
        a.allergies.add(EuAllergen.MILK)
        val sent = a.signOut(SignOut.Flush(30.seconds))
        assertEquals(2L to 0L, sent.lastRun?.acknowledged to sent.left.unsent)
        phones.server.stop()
        val b = phones.phone("b")
        b.allergies.add(EuAllergen.FISH)
        assertEquals(2, b.signOut(SignOut.Flush(30.seconds)).left.unsent)
    }

    @Test
    fun `no more is deleted than a person has confirmed`(): Unit = runBlocking {
        val library = phones.library("a")
        val a = library.session(phones.user)
        a.allergies.add(EuAllergen.MILK)
        val shown = a.signOutPreview()
        a.history.add(HistoryContent(HistoryKind.Meal, Instant.EPOCH))
        expect<FoodLensException.UnsentWork> { a.signOut(SignOut.Wipe(shown)) }
        assertEquals(3, a.queue.list().size)
        val now = a.signOutPreview()
        assertEquals(now, a.signOut(SignOut.Wipe(now)).left)
        library.session(phones.user).use {
            assertEquals(0, it.queue.list().size)
            it.allergies.add(EuAllergen.EGGS)
            library.wipe(phones.user)
            expect<FoodLensException.Closed> { it.allergies.list() }
        }
        expect<FoodLensException.SignedOut> { library.signedInSession(phones.user) }
        library.session(phones.user).use { assertEquals(0, it.history.count()) }
    }

    @Test
    fun `flows end with the session, however it ends`(): Unit = runBlocking {
        val ends = listOf<suspend (Session) -> Unit>(
            { it.close() },
            { it.signOut(SignOut.KeepSealed) },
            { it.signOut(SignOut.Wipe(it.signOutPreview())) },
        )
        ends.forEachIndexed { number, end ->
            val a = phones.phone("$number")
            val id = a.history.add(HistoryContent(HistoryKind.Meal, Instant.EPOCH))
            withTimeout(30_000) {
                listOf(a.status, a.allergies.changes, a.history.newest(), a.history.changes(id)).map { flow ->
                    val first = CompletableDeferred<Unit>()
                    val collecting = launch {
                        expect<FoodLensException.Closed> { flow.onEach { first.complete(Unit) }.collect() }
                    }
                    first.await()
                    collecting
                }.also { end(a) }.forEach { it.join() }
            }
        }
    }

    @Test
    fun `a sign-out elsewhere shuts out whoever has the data open`(): Unit = runBlocking {
        val (here, there) = phones.library("a") to phones.library("a")
        val (a, other) = here.session(phones.user) to there.session(phones.user)
        a.signOut(SignOut.KeepSealed)
        expect<FoodLensException.SignedOut> { other.allergies.add(EuAllergen.MILK) }
        other.close()
    }

    @OptIn(ExperimentalPathApi::class)
    @Test
    fun `a database that is gone is not taken for a new one`(): Unit = runBlocking {
        val marked = phones.library("a", markDir = phones.folder.resolve("marks"))
        val unmarked = phones.library("b")
        listOf(marked, unmarked).forEach { library -> library.session(phones.user).close() }
        listOf("a", "b").forEach { phones.folder.resolve(it).deleteRecursively() }
        expect<FoodLensException.StoreMissing> { marked.session(phones.user) }
        val recovery = marked.recover(phones.user)
        assertNull(recovery.setAside)
        assertFalse(recovery.complete)
        recovery.session.close()
        unmarked.session(phones.user).close()
    }
}

package dev.foodlens.android

import androidx.work.BackoffPolicy
import androidx.work.NetworkType
import androidx.work.OutOfQuotaPolicy
import androidx.work.PeriodicWorkRequest
import androidx.work.WorkManager
import dev.foodlens.testing.FakePhones
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes

/** What is enqueued, and when. */
class FoodLensSyncTest {
    private val phones = FakePhones()
    private val scope = CoroutineScope(Dispatchers.Default + Job())
    private val enqueued = WorkManager.getInstance(context()).enqueued.also { it.clear() }

    @AfterEach
    fun close() {
        scope.cancel()
        phones.close()
    }

    @Test
    fun `one call schedules the periodic work, and each local write is followed by one`(): Unit = runBlocking {
        val session = phones.session()
        val following = FoodLensSync.schedule(context(), session, scope, every = 2.hours)
        val periodic = enqueued.getValue("dev.foodlens.sync.periodic") as PeriodicWorkRequest
        assertEquals(Duration.ofHours(2), periodic.interval)
        assertEquals(NetworkType.CONNECTED, periodic.constraints?.requiredNetworkType)
        assertEquals(BackoffPolicy.EXPONENTIAL to Duration.ofSeconds(30), periodic.backoff)

        repeat(2) {
            session.settings.update { shown -> shown.copy(theme = "dark $it") }
            withTimeout(30_000) { while (enqueued.remove("dev.foodlens.sync.once") == null) yield() }
            session.sync()
        }
        session.close()
        withTimeout(30_000) { following.join() }
        assertTrue(scope.coroutineContext[Job]?.isActive == true, "the end of a session is no failure")
    }

    @Test
    fun `more often than the system allows is a mistake`(): Unit = runBlocking {
        val session = phones.session()
        assertThrows(IllegalArgumentException::class.java) { FoodLensSync.schedule(context(), session, scope, every = 14.minutes) }
        assertFalse("dev.foodlens.sync.periodic" in enqueued)
    }

    @Test
    fun `a person's sync goes first where it may, and all of it can be ended`() {
        FoodLensSync.now(context(), expedited = true)
        assertEquals(OutOfQuotaPolicy.RUN_AS_NON_EXPEDITED_WORK_REQUEST, enqueued.getValue("dev.foodlens.sync.now").expedited)
        enqueued.clear()
        FoodLensSync.now(context(), expedited = false)
        assertEquals(null, enqueued.getValue("dev.foodlens.sync.now").expedited)
        FoodLensSync.soon(context())
        assertEquals(null, enqueued.getValue("dev.foodlens.sync.once").expedited)
        FoodLensSync.cancel(context())
        assertTrue(enqueued.isEmpty())
    }

    @Test
    fun `a nudge follows a queue that has grown, and no other change`() {
        val writes = Writes()
        val nudged = listOf(0L, 1, 1, 3, 2, 0, 1).map { writes.grown(it) }
        assertEquals(listOf(false, true, false, true, false, false, true), nudged)
    }

    @Test
    fun `online is told once, and again after it was lost`() {
        val online = Online()
        val nudged = listOf(false, true, true, false, true).map { online.changed(it) }
        assertEquals(listOf(false, true, false, false, true), nudged)
    }
}

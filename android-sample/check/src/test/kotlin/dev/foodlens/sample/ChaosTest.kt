package dev.foodlens.sample

import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.Banner
import dev.foodlens.sample.model.BannerModel
import dev.foodlens.sample.model.HistoryModel
import dev.foodlens.sample.model.QueueModel
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.Duration

/** Against `foodlens-server --chaos`: bad days end, and what was written arrives. */
class ChaosTest {
    private val desk = Desk("--chaos", "drop=0.2,error=0.2", "--chaos-seed", "7")

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `on a bad day nothing is lost, and the banner says where it stands`() = runTest {
        val session = desk.session("a")
        val banner = BannerModel(session, backgroundScope)
        val history = HistoryModel(session, backgroundScope)
        repeat(12) { history.add(HistoryContent(HistoryKind.Meal, desk.clock.instant(), productName = "Soup $it")).join() }
        val seen = mutableSetOf<Banner>()
        var rounds = 0
        do {
            banner.sync().join()
            seen += banner.state.until { it.banner != Banner.Syncing }.banner
            desk.clock.forward(Duration.ofHours(1))
        } while (Banner.UpToDate !in seen && rounds++ < 60)
        assertTrue(Banner.UpToDate in seen, seen.toString())
        assertTrue(seen.any { it is Banner.Offline }, "the day was no bad one: $seen")
        assertTrue(QueueModel(session, backgroundScope).state.until { true }.rows.isEmpty())
        val shown = history.state.until { state -> state.entries.all { Badge.of(it.sync) == Badge.Synced } }
        assertEquals(12, shown.entries.size)
    }
}

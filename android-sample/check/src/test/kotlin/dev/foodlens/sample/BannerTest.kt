package dev.foodlens.sample

import dev.foodlens.AccessToken
import dev.foodlens.TokenProvider
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.RestoreProgress
import dev.foodlens.sample.model.Banner
import dev.foodlens.sample.model.BannerModel
import dev.foodlens.sample.model.DevTokens
import dev.foodlens.sample.model.SettingsModel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.Duration

class BannerTest {
    private val desk = Desk()

    @AfterEach
    fun close() = desk.close()

    @Test
    fun `what matters most is said`() = runTest {
        val session = desk.session("a")
        session.sync()
        val calm = session.status.first()
        val waits = calm.copy(pending = 2, sending = 1)
        val cases =
            listOf(
                calm to Banner.UpToDate,
                waits to Banner.Waiting(3),
                calm.copy(running = true) to Banner.Syncing,
                waits.copy(lastError = "no route") to Banner.Offline(3),
                calm.copy(lastError = "no route") to Banner.Offline(0),
                calm.copy(restoring = true, restore = RestoreProgress(7, null)) to Banner.Restoring(7),
                calm.copy(restoring = true, lastError = "no route") to Banner.Offline(0),
                waits.copy(pausedByServer = true) to Banner.HeldBack(3),
                waits.copy(paused = true, lastError = "no route") to Banner.Paused(3),
                waits.copy(authRequired = true, running = true, paused = true) to Banner.NeedsSignIn(3),
            )
        for ((status, banner) in cases) assertEquals(banner, Banner.of(status), status.toString())
    }

    @Test
    fun `a sign-in that has run out is asked for, and what waits goes after it`() = runTest {
        var signedIn = false
        val good = DevTokens("test-secret")
        val tokens = TokenProvider { user, refused -> if (signedIn) good.token(user, refused) else AccessToken(user, "expired") }
        val session = desk.session("a", tokens)
        val model = BannerModel(session, backgroundScope)
        session.allergies.add(EuAllergen.FISH)
        model.sync().join()
        assertEquals(Banner.NeedsSignIn(2), model.state.until { it.banner is Banner.NeedsSignIn }.banner)
        signedIn = true
        desk.clock.forward(Duration.ofMinutes(5))
        model.sync().join()
        assertEquals(Banner.UpToDate, model.state.until { it.banner == Banner.UpToDate }.banner)
    }

    @Test
    fun `a pause keeps what is written here, and going on sends it`() = runTest {
        val session = desk.session("a")
        session.sync()
        val (banner, settings) = BannerModel(session, backgroundScope) to SettingsModel(session, backgroundScope)
        settings.pause(true).join()
        settings.theme("dark").join()
        banner.sync().join()
        assertEquals(Banner.Paused(1), banner.state.until { it.banner == Banner.Paused(1) }.banner)
        assertEquals("dark" to true, settings.state.until { it.content.theme == "dark" }.let { it.content.theme to it.paused })
        settings.pause(false).join()
        banner.sync().join()
        assertEquals(Banner.UpToDate, banner.state.until { it.banner == Banner.UpToDate }.banner)
    }
}

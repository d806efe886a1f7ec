package dev.foodlens.testing

import java.time.Clock
import java.time.Instant
import java.time.ZoneId
import java.time.ZoneOffset
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * A clock that stands still until a test moves it; from any thread.
 *
 * @param start what it shows first.
 */
public class FakeClock(start: Instant = Instant.parse("2026-01-01T12:00:00Z")) : Clock() {
    @Volatile private var now = start

    /** Moves on. */
    @Synchronized
    public fun advance(by: Duration) {
        require(!by.isNegative()) { "this clock goes forward" }
        now += by.toJavaDuration()
    }

    /** What it shows. */
    override fun instant(): Instant = now

    /** UTC: no test depends on where it runs. */
    override fun getZone(): ZoneId = ZoneOffset.UTC

    /** This clock, whatever the zone: an instant has none. */
    override fun withZone(zone: ZoneId): Clock = this
}

package dev.foodlens

import dev.foodlens.ffi.CoreTelemetryEvent
import dev.foodlens.ffi.Happened
import dev.foodlens.ffi.TelemetryCallback
import java.time.Instant

/**
 * Something that happened in a run of sync: ids, counts, codes and durations only, no token, no URL, no record content.
 *
 * @property userId whose run it is. Often an e-mail address, and so not part of [toString].
 * @property runId the run, as in its report and in the logs.
 * @property at when, device time.
 * @property what one of [Happened]: a run began, a request ended, an operation was parked, a run ended.
 */
public class TelemetryEvent(
    public val userId: String,
    public val runId: String,
    public val at: Instant,
    public val what: Happened,
) {
    /** Without the user. */
    override fun toString(): String = "TelemetryEvent(runId=$runId, at=$at, what=$what)"
}

/** Takes events for the app's own monitoring. */
public fun interface Telemetry {
    /**
     * Something happened. Called on the thread that syncs, with no lock held; keep it short. When it throws, whatever it
     * throws, the run goes on.
     */
    public fun onEvent(event: TelemetryEvent)
}

internal class TelemetryAdapter(private val telemetry: Telemetry) : TelemetryCallback {
    override fun onEvent(event: CoreTelemetryEvent): Unit =
        orFailed { telemetry.onEvent(TelemetryEvent(event.userId, event.runId, event.at, event.what)) }
}

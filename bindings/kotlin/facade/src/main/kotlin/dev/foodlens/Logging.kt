package dev.foodlens

import dev.foodlens.ffi.LogCallback
import dev.foodlens.ffi.LogLevel

/** Takes the log's lines, see [FoodLens.setLogSink]. */
public fun interface LogSink {
    /**
     * A line, and how bad it is (never `OFF`). Called from any thread, and while the library holds locks of its own: return at
     * once, and call nothing of the library. What it throws is ignored.
     */
    public fun onLine(level: LogLevel, line: String)
}

internal class LogAdapter(private val sink: LogSink) : LogCallback {
    override fun onLine(level: LogLevel, line: String): Unit = orFailed { sink.onLine(level, line) }
}

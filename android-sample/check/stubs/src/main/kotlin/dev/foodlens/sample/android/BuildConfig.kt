package dev.foodlens.sample.android

internal object BuildConfig {
    val DEBUG: Boolean = true
    const val VERSION_NAME: String = "0.1.0"
}

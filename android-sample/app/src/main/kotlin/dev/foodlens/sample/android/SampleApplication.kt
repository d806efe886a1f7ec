package dev.foodlens.sample.android

import android.app.Application
import dev.foodlens.Session
import dev.foodlens.android.FoodLensAndroid
import dev.foodlens.android.FoodLensSync
import dev.foodlens.android.SyncHost
import dev.foodlens.ffi.HttpOptions
import dev.foodlens.sample.model.DevTokens
import dev.foodlens.sample.model.Phone
import dev.foodlens.sample.model.SavedFile
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob

/** Holds the one library of the process, for the screens and for work in the background, also when no screen is there. */
class SampleApplication : Application(), SyncHost {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private var following: Job? = null

    val phone: Phone by lazy {
        val saved = SavedFile(noBackupFilesDir.toPath().resolve("sample.properties"))
        Phone(saved, Dispatchers.IO) { url ->
            // Clear text to this phone itself, where `adb reverse` brings the reference server.
            FoodLensAndroid.open(
                this,
                url,
                DevTokens(),
                appVersion = BuildConfig.VERSION_NAME,
                http = HttpOptions(allowLoopbackHttp = BuildConfig.DEBUG),
            )
        }
    }

    override suspend fun session(): Session? = phone.signedIn()

    /** Periodic work, and work soon after each write, for the user who is here now. */
    @Synchronized
    fun follow(session: Session) {
        following?.cancel()
        following = FoodLensSync.schedule(this, session, scope)
    }
}

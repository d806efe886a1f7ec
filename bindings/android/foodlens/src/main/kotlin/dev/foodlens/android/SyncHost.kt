package dev.foodlens.android

import android.app.Notification
import android.content.Context
import dev.foodlens.Session

/**
 * Where background work finds the app's session. The `Application` implements it, so that it works in a process that the system
 * started for the work alone; or it is handed to a [FoodLensWorkerFactory].
 */
public interface SyncHost {
    /**
     * The session of the user who is signed in, or null when nobody is. Open it with
     * [dev.foodlens.FoodLens.signedInSession], so that a late worker opens nothing that a sign-out has sealed, from the one library
     * that the process has.
     */
    public suspend fun session(): Session?

    /** Shown while a person's "sync now" runs, on Android 11 and older, which ask for it. Null: such a sync is not expedited there. */
    public fun syncNotification(): Notification? = null

    /** The id of [syncNotification]. */
    public val syncNotificationId: Int
        get() = 0xF00D

    /** Finds it. */
    public companion object {
        /** The host of this app; null when its `Application` is none. */
        public fun of(context: Context): SyncHost? = context.applicationContext as? SyncHost
    }
}

package androidx.work

import android.content.Context

// Stubs: as in Workers.kt. It keeps what is enqueued, by name, with WorkManager's own rules for a name that is taken.

public enum class ExistingWorkPolicy { REPLACE, KEEP, APPEND, APPEND_OR_REPLACE }

public enum class ExistingPeriodicWorkPolicy { REPLACE, KEEP, UPDATE, CANCEL_AND_REENQUEUE }

public interface Operation

public class WorkManager private constructor() {
    public val enqueued: MutableMap<String, WorkRequest> = sortedMapOf()

    @Synchronized
    public fun enqueueUniqueWork(name: String, policy: ExistingWorkPolicy, request: OneTimeWorkRequest): Operation? {
        if (policy != ExistingWorkPolicy.KEEP || name !in enqueued) enqueued[name] = request
        return null
    }

    @Synchronized
    public fun enqueueUniquePeriodicWork(
        name: String,
        policy: ExistingPeriodicWorkPolicy,
        request: PeriodicWorkRequest,
    ): Operation? {
        if (policy != ExistingPeriodicWorkPolicy.KEEP || name !in enqueued) enqueued[name] = request
        return null
    }

    @Synchronized
    public fun cancelUniqueWork(name: String): Operation? {
        enqueued.remove(name)
        return null
    }

    public companion object {
        private val only = WorkManager()

        @JvmStatic
        @Suppress("UNUSED_PARAMETER")
        public fun getInstance(context: Context): WorkManager = only
    }
}

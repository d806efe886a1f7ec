package dev.foodlens.android

import android.content.Context
import android.os.Build
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequest
import androidx.work.OutOfQuotaPolicy
import androidx.work.PeriodicWorkRequest
import androidx.work.WorkManager
import dev.foodlens.Session
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import kotlin.time.Duration
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import kotlin.time.toJavaDuration
import java.time.Duration as JavaDuration

/**
 * Sync by WorkManager, which stays as the app has set it up. The system decides when work runs: "every hour" is a wish, and a
 * sleeping phone waits for hours.
 */
public object FoodLensSync {
    /**
     * All of it in one call, whenever a session was opened (also at a start of the process for work alone, then from
     * [SyncHost.session]): syncs every so often, and soon after each local write.
     *
     * @param scope as long as the process: what is written while it lasts is followed by a sync.
     * @param every how often; at least 15 minutes, which is the system's own bound.
     * @return ends when the session does. Cancelling it leaves the periodic work: for that there is [cancel].
     */
    public fun schedule(context: Context, session: Session, scope: CoroutineScope, every: Duration = 1.hours): Job {
        require(every >= 15.minutes) { "at least 15 minutes" }
        val work =
            PeriodicWorkRequest.Builder(SyncWorker::class.java, every.toJavaDuration())
                .setConstraints(online())
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, BACKOFF)
                .build()
        WorkManager.getInstance(context)
            .enqueueUniquePeriodicWork(PERIODIC, ExistingPeriodicWorkPolicy.UPDATE, work)
        return scope.launch { Writes().collect(session) { soon(context) } }
    }

    /** Syncs when there is a network, once, however often this is called until then. */
    public fun soon(context: Context) {
        WorkManager.getInstance(context).enqueueUniqueWork(ONCE, ExistingWorkPolicy.KEEP, once().build())
    }

    /**
     * A person asked for it: as [soon], before other work. On Android 11 and older this needs [SyncHost.syncNotification]; without
     * it, and when the app's quota is used up, it is ordinary work.
     */
    public fun now(context: Context) {
        val allowed = Build.VERSION.SDK_INT >= Build.VERSION_CODES.S || SyncHost.of(context)?.syncNotification() != null
        now(context, allowed)
    }

    internal fun now(context: Context, expedited: Boolean) {
        val work = once()
        if (expedited) work.setExpedited(OutOfQuotaPolicy.RUN_AS_NON_EXPEDITED_WORK_REQUEST)
        WorkManager.getInstance(context).enqueueUniqueWork(NOW, ExistingWorkPolicy.KEEP, work.build())
    }

    /** Ends all of it, for instance at a sign-out. What is queued stays queued. */
    public fun cancel(context: Context) {
        val manager = WorkManager.getInstance(context)
        for (name in listOf(PERIODIC, ONCE, NOW)) manager.cancelUniqueWork(name)
    }

    private fun once() =
        OneTimeWorkRequest.Builder(SyncWorker::class.java)
            .setConstraints(online())
            .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, BACKOFF)

    private fun online() = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

    private const val PERIODIC = "dev.foodlens.sync.periodic"
    private const val ONCE = "dev.foodlens.sync.once"
    private const val NOW = "dev.foodlens.sync.now"
    private val BACKOFF = JavaDuration.ofSeconds(30)
}

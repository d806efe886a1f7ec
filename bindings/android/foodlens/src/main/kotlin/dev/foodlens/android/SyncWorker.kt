package dev.foodlens.android

import android.content.Context
import androidx.work.CoroutineWorker
import androidx.work.ForegroundInfo
import androidx.work.WorkerParameters

/** Lets WorkManager run a [SyncRunner]. The constructor of two parameters is the one that WorkManager calls by itself. */
public class SyncWorker internal constructor(
    context: Context,
    parameters: WorkerParameters,
    private val host: SyncHost?,
    private val runner: SyncRunner,
) : CoroutineWorker(context, parameters) {
    /** As WorkManager makes it: the app's `Application` is the [SyncHost]. */
    public constructor(context: Context, parameters: WorkerParameters) :
        this(context, parameters, SyncHost.of(context), SyncRunner())

    /** Syncs. Never fails: a failure would end the chain of work for good. */
    override suspend fun doWork(): Result =
        when (runner.run(runAttemptCount) { host?.session() }) {
            AfterRun.REST -> Result.success()
            AfterRun.AGAIN, AfterRun.LATER -> Result.retry()
        }

    /** Of a person's "sync now" on Android 11 and older. */
    override suspend fun getForegroundInfo(): ForegroundInfo {
        val notification = checkNotNull(host?.syncNotification()) { "expedited without a notification" }
        return ForegroundInfo(host.syncNotificationId, notification)
    }
}

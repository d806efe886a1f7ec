package dev.foodlens.android

import android.content.Context
import androidx.work.ListenableWorker
import androidx.work.WorkerFactory
import androidx.work.WorkerParameters

/**
 * Makes [SyncWorker]s for an app that configures WorkManager itself, for instance one of several in a `DelegatingWorkerFactory`.
 * Without it, the `Application` has to be the [SyncHost].
 *
 * @param host where workers find the session.
 */
public class FoodLensWorkerFactory(private val host: SyncHost) : WorkerFactory() {
    /** A [SyncWorker] with the host of this factory; null for every other class. */
    override fun createWorker(
        appContext: Context,
        workerClassName: String,
        workerParameters: WorkerParameters,
    ): ListenableWorker? =
        if (workerClassName == SyncWorker::class.java.name) {
            SyncWorker(appContext, workerParameters, host, SyncRunner())
        } else {
            null
        }
}

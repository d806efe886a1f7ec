package androidx.work

import android.app.Notification
import android.content.Context

// Stubs: the signatures of work-runtime that the adapters use, see the README beside.

public class WorkerParameters(public val runAttemptCount: Int = 0)

public class ForegroundInfo(public val notificationId: Int, public val notification: Notification)

public abstract class ListenableWorker(private val appContext: Context, private val parameters: WorkerParameters) {
    public fun getApplicationContext(): Context = appContext

    public val runAttemptCount: Int get() = parameters.runAttemptCount

    public abstract class Result private constructor(private val name: String) {
        private class Named(name: String) : Result(name)

        override fun toString(): String = name

        public companion object {
            private val SUCCESS: Result = Named("success")
            private val RETRY: Result = Named("retry")
            private val FAILURE: Result = Named("failure")

            @JvmStatic
            public fun success(): Result = SUCCESS

            @JvmStatic
            public fun retry(): Result = RETRY

            @JvmStatic
            public fun failure(): Result = FAILURE
        }
    }
}

public abstract class CoroutineWorker(appContext: Context, params: WorkerParameters) : ListenableWorker(appContext, params) {
    public abstract suspend fun doWork(): Result

    public open suspend fun getForegroundInfo(): ForegroundInfo = throw IllegalStateException("no foreground info")
}

public abstract class WorkerFactory {
    public abstract fun createWorker(appContext: Context, workerClassName: String, workerParameters: WorkerParameters): ListenableWorker?
}

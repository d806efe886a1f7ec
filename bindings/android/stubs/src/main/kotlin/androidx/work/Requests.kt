package androidx.work

import java.time.Duration

// Stubs: as in Workers.kt. What was set can be read back.

public enum class NetworkType { NOT_REQUIRED, CONNECTED }

public enum class BackoffPolicy { EXPONENTIAL, LINEAR }

public enum class OutOfQuotaPolicy { RUN_AS_NON_EXPEDITED_WORK_REQUEST, DROP_WORK_REQUEST }

public class Constraints private constructor(public val requiredNetworkType: NetworkType) {
    public class Builder {
        private var network = NetworkType.NOT_REQUIRED

        public fun setRequiredNetworkType(networkType: NetworkType): Builder = apply { network = networkType }

        public fun build(): Constraints = Constraints(network)
    }
}

public abstract class WorkRequest(
    public val worker: Class<out ListenableWorker>,
    public val constraints: Constraints?,
    public val backoff: Pair<BackoffPolicy, Duration>?,
    public val expedited: OutOfQuotaPolicy?,
) {
    public abstract class Builder<B : Builder<B, W>, W : WorkRequest>(protected val worker: Class<out ListenableWorker>) {
        protected var constraints: Constraints? = null
        protected var backoff: Pair<BackoffPolicy, Duration>? = null
        protected var expedited: OutOfQuotaPolicy? = null

        @Suppress("UNCHECKED_CAST")
        private fun me() = this as B

        public fun setConstraints(constraints: Constraints): B = me().also { this.constraints = constraints }

        public fun setBackoffCriteria(backoffPolicy: BackoffPolicy, duration: Duration): B =
            me().also { backoff = backoffPolicy to duration }

        public fun setExpedited(policy: OutOfQuotaPolicy): B = me().also { expedited = policy }

        public abstract fun build(): W
    }
}

public class OneTimeWorkRequest private constructor(
    worker: Class<out ListenableWorker>,
    constraints: Constraints?,
    backoff: Pair<BackoffPolicy, Duration>?,
    expedited: OutOfQuotaPolicy?,
) : WorkRequest(worker, constraints, backoff, expedited) {
    public class Builder(workerClass: Class<out ListenableWorker>) : WorkRequest.Builder<Builder, OneTimeWorkRequest>(workerClass) {
        override fun build(): OneTimeWorkRequest = OneTimeWorkRequest(worker, constraints, backoff, expedited)
    }
}

public class PeriodicWorkRequest private constructor(
    worker: Class<out ListenableWorker>,
    public val interval: Duration,
    constraints: Constraints?,
    backoff: Pair<BackoffPolicy, Duration>?,
) : WorkRequest(worker, constraints, backoff, null) {
    public class Builder(workerClass: Class<out ListenableWorker>, private val repeatInterval: Duration) :
        WorkRequest.Builder<Builder, PeriodicWorkRequest>(workerClass) {
        override fun build(): PeriodicWorkRequest = PeriodicWorkRequest(worker, repeatInterval, constraints, backoff)
    }
}

package dev.foodlens.testing

import kotlinx.coroutines.CompletableDeferred
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** What goes wrong with a request, see [FakeBackend.next]. */
public sealed interface Fault {
    /** No network: nothing leaves the device. */
    public data object Offline : Fault

    /** The request takes effect, and the answer never arrives: the outcome is unknown to the device. */
    public data object CommittedThenSilent : Fault

    /** The connection breaks before the request takes effect: the outcome is unknown to the device. */
    public data object LostOnTheWay : Fault

    /** The token is refused, as an expired one is. */
    public data object TokenExpired : Fault

    /** Each write of a record that asks a person is a conflict: another device was first. */
    public data object Conflict : Fault

    /** A hotel's or a train's portal answers in the place of the backend, with 200 and a page. */
    public data object Portal : Fault

    /**
     * Another answer in the place of the right one.
     *
     * @property code the HTTP status, for instance 503.
     * @property retryAfterSeconds what the header `Retry-After` says; null: there is none.
     */
    public data class Status(public val code: Int, public val retryAfterSeconds: Int? = null) : Fault

    /**
     * The request reaches the backend, and its answer takes until [release]: for the moment between, and for what an app does
     * in it. A request that nobody releases is answered after a minute.
     */
    public class Slow : Fault {
        private val arrived = CompletableDeferred<Unit>()
        private val released = CountDownLatch(1)

        /** Waits until the request has arrived. */
        public suspend fun awaitRequest(): Unit = arrived.await()

        /** Lets the answer go. */
        public fun release(): Unit = released.countDown()

        internal fun hold() {
            arrived.complete(Unit)
            released.await(60, TimeUnit.SECONDS)
        }
    }
}

package dev.foodlens.testing

import app.cash.turbine.test
import app.cash.turbine.turbineScope
import dev.foodlens.Session
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.Severity
import dev.foodlens.ffi.SyncState
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.combine
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.seconds

/** What the screen shows of the allergies. */
internal data class AllergiesState(val rows: List<Row> = emptyList(), val banner: Banner = Banner.NONE) {
    data class Row(val severity: Severity?, val badge: SyncState)

    enum class Banner { NONE, OFFLINE, SIGN_IN }
}

/** As an app has it, without Android: a `ViewModel` would take `viewModelScope` for [scope]. */
internal class AllergiesViewModel(private val session: Session, private val scope: CoroutineScope) {
    val state: StateFlow<AllergiesState> =
        combine(session.allergies.changes, session.status) { list, status ->
            val banner =
                when {
                    status.authRequired -> AllergiesState.Banner.SIGN_IN
                    status.lastError != null -> AllergiesState.Banner.OFFLINE
                    else -> AllergiesState.Banner.NONE
                }
            AllergiesState(list.entries.map { AllergiesState.Row(it.content.severity, it.sync.state) }, banner)
        }.stateIn(scope, SharingStarted.Eagerly, AllergiesState())

    fun add(allergen: EuAllergen, severity: Severity) = scope.launch { session.allergies.add(allergen, severity) }

    fun refresh() = scope.launch { session.sync() }
}

/**
 * How an app tests a view model: the real core in a temporary folder, a backend that fails on order, no network and no
 * sleeping. Turbine waits for each state; states may be left out when two changes come close together, so each wait names
 * what it is for.
 */
class ViewModelExampleTest {
    private val phones = FakePhones()

    @AfterEach
    fun close() = phones.close()

    @Test
    fun `an allergy is there at once, waits without a network, and is synced later`() = runTest {
        val scope = CoroutineScope(coroutineContext + Job())
        val model = AllergiesViewModel(phones.session(), scope)
        phones.backend.online = false
        model.state.test(timeout = 30.seconds) {
            suspend fun until(wanted: (AllergiesState) -> Boolean): AllergiesState {
                while (true) awaitItem().let { if (wanted(it)) return it }
            }
            model.add(EuAllergen.PEANUTS, Severity.LifeThreatening)
            val added = until { it.rows.isNotEmpty() }
            assertEquals(AllergiesState.Row(Severity.LifeThreatening, SyncState.PENDING), added.rows.single())

            val offline = model.refresh()
            until { it.banner == AllergiesState.Banner.OFFLINE }
            offline.join() // beside a run that has not ended yet, the next one would do nothing

            phones.backend.online = true
            phones.clock.advance(1.hours)
            model.refresh()
            val synced = until { it.banner == AllergiesState.Banner.NONE && it.rows.all { row -> row.badge == SyncState.SYNCED } }
            assertEquals(1, synced.rows.size)
            cancelAndIgnoreRemainingEvents()
        }
        scope.cancel()
    }

    @Test
    fun `a token that is refused for good asks for a sign-in`() = runTest {
        val scope = CoroutineScope(coroutineContext + Job())
        val model = AllergiesViewModel(phones.session(), scope)
        turbineScope(timeout = 30.seconds) {
            val states = model.state.testIn(scope)
            phones.backend.next(Fault.TokenExpired, Fault.TokenExpired)
            model.refresh()
            while (states.awaitItem().banner != AllergiesState.Banner.SIGN_IN) continue
            states.cancelAndIgnoreRemainingEvents()
        }
        scope.cancel()
    }
}

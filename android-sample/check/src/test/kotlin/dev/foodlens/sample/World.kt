package dev.foodlens.sample

import dev.foodlens.Session
import dev.foodlens.ffi.Allergy
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.HistoryVerdict
import dev.foodlens.ffi.Severity
import dev.foodlens.sample.model.Screens
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import java.time.Duration

/** Ana's phone after a day with everything in it, and phones of people with less; all of it from the core. */
internal class World : AutoCloseable {
    val desk = Desk()
    val scope = CoroutineScope(Dispatchers.Default + Job())
    lateinit var ana: Screens
    lateinit var fresh: Screens
    lateinit var unsaid: Screens
    lateinit var none: Screens
    val others = Others(this)

    suspend fun build() {
        val (a, b) = desk.session("a") to desk.session("b")
        before(a)
        sync(a, b)
        twoDevices(a, b)
        refused(a)
        desk.clock.forward(Duration.ofMinutes(10))
        val c = desk.session("c")
        unsaid = Screens(desk.session("d", of = "ben").also { it.sync() }, scope)
        none = Screens(desk.session("e", of = "cara").also { it.sync() }.also { it.allergies.confirmNone() }.also { it.sync() }, scope)
        others.build()
        desk.server.stop()
        others.offline()
        a.allergies.add(EuAllergen.FISH)
        a.history.add(meal("Lentil soup", HistoryVerdict.Safe))
        a.profile.update { it.copy(country = "PT") }
        a.settings.update { it.copy(units = "metric") }
        a.sync()
        ana = Screens(a, scope)
        fresh = Screens(c, scope)
    }

    /** All that the server knows. */
    private suspend fun before(a: Session) {
        a.allergies.add(EuAllergen.PEANUTS, Severity.LifeThreatening)
        desk.clock.forward(Duration.ofMinutes(1))
        a.allergies.add(EuAllergen.MILK, Severity.Moderate)
        a.history.addAll(
            listOf(
                scan("Oat biscuits", HistoryVerdict.Danger).copy(matchedAllergens = listOf("peanuts", "milk"), brand = "Miller"),
                scan("Sesame bar", HistoryVerdict.Warning).copy(matchedAllergens = listOf("sesame"), favourite = true),
                scan("Sparkling water", HistoryVerdict.Unknown).copy(note = "No label"),
            ),
        )
        a.profile.update { it.copy(displayName = "Ana", dateOfBirth = "1990-05-17", diets = listOf("vegetarian")) }
        a.settings.update { it.copy(theme = "system", notifications = true) }
    }

    /** Both change one allergy, and both write another one anew. */
    suspend fun twoDevices(a: Session, b: Session) {
        val milk = { list: List<Allergy> -> list.single { it.content.severity == Severity.Moderate } }
        val (here, there) = milk(a.allergies.list().entries) to milk(b.allergies.list().entries)
        b.allergies.update(there) { it.copy(severity = Severity.Severe) }
        a.allergies.update(here) { it.copy(severity = Severity.Mild) }
        sync(b, a)
        desk.clock.forward(Duration.ofMinutes(1)) // in the order of time, lest the pictures be in any order
        b.allergies.add(EuAllergen.SESAME, Severity.Severe)
        desk.clock.forward(Duration.ofMinutes(1))
        a.allergies.add(EuAllergen.SESAME, Severity.Mild)
        sync(b, a, b, a)
    }

    suspend fun refused(a: Session) {
        desk.clock.forward(Duration.ofMinutes(1))
        a.allergies.add("Kiwi", Severity.Moderate)
        desk.server.fault("""{"endpoint":"batch","times":1,"fault":"status","status":422}""")
        a.sync()
    }

    private suspend fun sync(vararg sessions: Session) {
        for (session in sessions) session.sync()
    }

    private fun scan(name: String, verdict: HistoryVerdict): HistoryContent {
        desk.clock.forward(Duration.ofMinutes(5))
        return HistoryContent(HistoryKind.Scan, desk.clock.instant(), productName = name, verdict = verdict)
    }

    private fun meal(name: String, verdict: HistoryVerdict) = scan(name, verdict).copy(kind = HistoryKind.Meal)

    override fun close() {
        scope.cancel()
        others.close()
        desk.close()
    }
}

package dev.foodlens.sample

import dev.foodlens.Session
import dev.foodlens.ffi.Allergen
import dev.foodlens.ffi.AllergyContent
import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.EuAllergen
import dev.foodlens.ffi.HistoryContent
import dev.foodlens.ffi.HistoryKind
import dev.foodlens.ffi.Severity
import dev.foodlens.sample.model.Account
import dev.foodlens.sample.model.AllergiesState
import dev.foodlens.sample.model.Badge
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.model.Screens
import dev.foodlens.testing.FakePhones
import kotlinx.coroutines.Dispatchers
import java.time.Duration
import java.util.UUID

/** People with one thing each to be seen, in the same world. */
internal class Others(private val world: World) : AutoCloseable {
    private val desk = world.desk
    private val newer = FakePhones()
    lateinit var asked: Screens
    lateinit var refused: Screens
    lateinit var saving: AllergiesState
    lateinit var paused: Screens
    lateinit var unread: Screens
    lateinit var broken: Screens

    suspend fun build() {
        val (one, two) = desk.session("f", of = "eva") to desk.session("g", of = "eva")
        one.allergies.add(EuAllergen.MILK, Severity.Moderate)
        one.sync()
        two.sync()
        world.twoDevices(one, two)
        asked = Screens(one, world.scope)

        val dan = desk.session("h", of = "dan")
        dan.allergies.add(EuAllergen.NUTS, Severity.LifeThreatening)
        dan.sync()
        world.refused(dan)
        refused = Screens(dan, world.scope)

        saving = beingSaved()
        paused = Screens(desk.session("j", of = "gil").also { it.setPaused(true) }, world.scope)
        unread = Screens(fromNewerVersion(), world.scope)
        broken = Screens(withBrokenRow(), world.scope)
    }

    /** What is written once the server is gone. */
    suspend fun offline() {
        desk.clock.forward(Duration.ofMinutes(1))
        refused.session.allergies.add(EuAllergen.LUPIN)
    }

    /** As it is on the screen before the library has said that it is stored. */
    private suspend fun beingSaved(): AllergiesState {
        val gate = Gate()
        val session = desk.session("i", dispatcher = gate, of = "finn")
        session.allergies.add(EuAllergen.CELERY, Severity.Mild)
        session.sync()
        val model = Screens(session, world.scope).allergies
        model.state.until { state -> state.rows.any { it.badge == Badge.Synced } }
        gate.shut()
        val adding = model.add(AllergyContent(Allergen.Custom("Strawberries"), Severity.Moderate))
        val seen = model.state.until { state -> state.rows.any { it.badge == Badge.Saving } }
        gate.open()
        adding.join()
        return seen
    }

    /** Written by a version of the app that knows more than this one. */
    private suspend fun fromNewerVersion() =
        newer.session().also { phone ->
            val backend = newer.backend
            val milk = """{"allergen":{"code":"milk"},"severity":"grave","notes":"Carries a pen"}"""
            backend.writeElsewhere("ana", Collection.ALLERGIES, milk, UUID(1, 1))
            for (n in 2L..3) backend.writeElsewhere("ana", Collection.ALLERGIES, """{"severity":"mild"}""", UUID(1, n))
            phone.sync()
        }

    /** One row of the history was hit by a failing memory. */
    private suspend fun withBrokenRow(): Session {
        val meals = listOf("Lentil soup", "Broken bread").map { HistoryContent(HistoryKind.Meal, desk.clock.instant(), productName = it) }
        desk.session("l", of = "hal").use { it.history.addAll(meals) }
        desk.damage("l") { bytes ->
            bytes.toString(Charsets.ISO_8859_1).replace("\"Broken bread\"", "\"Broken bread#").toByteArray(Charsets.ISO_8859_1)
        }
        return desk.session("l", of = "hal")
    }

    /** The app on a phone whose file was damaged while it was closed. */
    suspend fun damaged(name: String, damage: (ByteArray) -> ByteArray): SampleModel {
        desk.session(name).use { it.allergies.add(EuAllergen.PEANUTS, Severity.Severe) }
        desk.damage(name, damage)
        val model = SampleModel(desk.phone(name), world.scope, Dispatchers.IO)
        model.state.firstOf { it is Account.SignedOut }
        model.signIn(desk.user)
        model.state.firstOf { it is Account.Damaged || it is Account.SignedIn }
        return model
    }

    override fun close() = newer.close()
}

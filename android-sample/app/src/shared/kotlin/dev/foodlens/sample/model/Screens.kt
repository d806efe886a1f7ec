package dev.foodlens.sample.model

import dev.foodlens.Session
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job

/** The view models of one user's screens, over one session; they end with it. */
class Screens(val session: Session, parent: CoroutineScope) {
    private val scope = CoroutineScope(parent.coroutineContext + SupervisorJob(parent.coroutineContext.job))
    val user: String = session.userId
    val way = Way()
    val banner = BannerModel(session, scope)
    val allergies = AllergiesModel(session, scope)
    val history = HistoryModel(session, scope)
    val profile = ProfileModel(session, scope)
    val queue = QueueModel(session, scope)
    val questions = QuestionsModel(session, scope)
    val settings = SettingsModel(session, scope)

    fun end() = scope.cancel()
}

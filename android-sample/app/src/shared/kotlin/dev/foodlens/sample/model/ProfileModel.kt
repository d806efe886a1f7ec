package dev.foodlens.sample.model

import dev.foodlens.Session
import dev.foodlens.ffi.Profile
import dev.foodlens.ffi.ProfileContent
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.map

data class ProfileState(val content: ProfileContent, val badge: Badge?, val shown: Profile)

class ProfileModel(private val session: Session, scope: CoroutineScope) {
    val actions = Actions(scope)

    val state: StateFlow<Shown<ProfileState>> =
        session.profile.changes.map { ProfileState(it.content, Badge.of(it.sync), it) }.shownIn(scope)

    /** Only what the person changed since the form was opened is written. */
    fun save(opened: ProfileContent, to: ProfileContent) = actions.run { session.profile.update(opened, to) }

    fun retry() = actions.run {
        session.retry(state.value.ready?.shown?.sync?.pendingOperation)
        session.sync()
    }
}

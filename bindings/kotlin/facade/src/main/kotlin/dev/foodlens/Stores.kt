package dev.foodlens

import dev.foodlens.ffi.Collection
import dev.foodlens.ffi.Profile
import dev.foodlens.ffi.ProfileContent
import dev.foodlens.ffi.Settings
import dev.foodlens.ffi.SettingsContent
import dev.foodlens.ffi.Topic
import kotlinx.coroutines.flow.Flow

/** A user's profile: one record, the last writer wins per field. */
public class ProfileStore internal constructor(private val calls: Calls) {
    /** The profile now, and whenever it changes. */
    public val changes: Flow<Profile>
        get() = calls.observe(setOf(Topic.Records(Collection.PROFILE), Topic.Queue)) { it.profile() }

    /** The profile now. */
    public suspend fun get(): Profile = calls.run { it.profile() }

    /** Changes the profile as it is now: `update { it.copy(displayName = "Ana") }`. */
    public suspend fun update(change: (ProfileContent) -> ProfileContent): Unit =
        calls.run { core -> core.profile().content.let { core.updateProfile(it, change(it)) } }

    /** Saves a form that was opened on [shown]. Only the fields that differ from it are written. */
    public suspend fun update(shown: ProfileContent, to: ProfileContent): Unit =
        calls.run { it.updateProfile(shown, to) }
}

/** A user's settings: one record, the last writer wins per key. */
public class SettingsStore internal constructor(private val calls: Calls) {
    /** The settings now, and whenever they change. */
    public val changes: Flow<Settings>
        get() = calls.observe(setOf(Topic.Records(Collection.SETTINGS), Topic.Queue)) { it.settings() }

    /** The settings now. */
    public suspend fun get(): Settings = calls.run { it.settings() }

    /** Changes the settings as they are now: `update { it.copy(theme = "dark") }`. */
    public suspend fun update(change: (SettingsContent) -> SettingsContent): Unit =
        calls.run { core -> core.settings().content.let { core.updateSettings(it, change(it)) } }

    /** Saves a form that was opened on [shown]. Only the keys that differ from it are written. */
    public suspend fun update(shown: SettingsContent, to: SettingsContent): Unit =
        calls.run { it.updateSettings(shown, to) }
}

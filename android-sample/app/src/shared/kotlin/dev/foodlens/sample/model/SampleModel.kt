package dev.foodlens.sample.model

import dev.foodlens.FoodLensException
import dev.foodlens.Recovery
import dev.foodlens.Session
import dev.foodlens.SignOut
import dev.foodlens.ffi.SignOutPreview
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.SharingStarted
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flatMapLatest
import kotlinx.coroutines.flow.flowOf
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.stateIn
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import kotlin.time.Duration.Companion.seconds

/** Who is here. */
sealed interface Account {
    data object Starting : Account

    /** [left]: what a sign-out has left sealed on this phone. */
    data class SignedOut(val saved: Saved, val left: SignOutPreview? = null, val problem: Problem? = null) : Account

    /** This phone's file of [user] cannot be read. Nothing was done to it. */
    data class Damaged(val saved: Saved, val user: String, val problem: Problem? = null) : Account

    /** It was set aside; [found]: what could be read of it, and the session to go on with. */
    data class Recovered(val found: Recovery) : Account

    /** [leaving]: what a deletion would lose, shown before anything is done. */
    data class SignedIn(
        val saved: Saved,
        val screens: Screens,
        val leaving: SignOutPreview? = null,
        val problem: Problem? = null,
    ) : Account
}

/**
 * The app: who is signed in, and their screens. An Android `ViewModel` hands in its scope.
 *
 * @param signedIn is told of each session that the screens get, for instance to schedule its sync.
 */
class SampleModel(
    private val phone: Phone,
    private val scope: CoroutineScope,
    private val io: CoroutineDispatcher,
    private val signedIn: (Session) -> Unit = {},
) {
    private val account = MutableStateFlow<Account>(Account.Starting)
    private val oneAtATime = Mutex()
    val state: StateFlow<Account> = account.asStateFlow()

    /** Whether the user wants it dark, on all their phones; null: as the phone has it. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val dark: StateFlow<Boolean?> =
        account.flatMapLatest { screens(it)?.settings?.state ?: flowOf(Shown.Loading) }
            .map { DARK[it.ready?.content?.theme] }
            .stateIn(scope, SharingStarted.WhileSubscribed(5_000), null)

    /** The language that the user wants, a BCP 47 tag; null: as the phone has it. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val language: StateFlow<String?> =
        account.flatMapLatest { screens(it)?.settings?.state ?: flowOf(Shown.Loading) }
            .map { it.ready?.content?.language }
            .stateIn(scope, SharingStarted.WhileSubscribed(5_000), null)

    /** Whether there is a step back that the app takes, and not the phone. */
    @OptIn(ExperimentalCoroutinesApi::class)
    val canGoBack: StateFlow<Boolean> =
        account.flatMapLatest { screens(it)?.way?.taken ?: flowOf(emptyList()) }
            .map { it.size > 1 }
            .stateIn(scope, SharingStarted.WhileSubscribed(5_000), false)

    init {
        act {
            val saved = phone.saved()
            if (saved.user == null) account.value = Account.SignedOut(saved) else enter(saved.user) { phone.signedIn() }
        }
    }

    fun back() = here()?.screens?.way?.back() ?: false

    /** The phone has come online. */
    fun online() {
        here()?.screens?.banner?.sync()
    }

    fun signIn(user: String) = act { if (user.isNotBlank()) enter(user.trim()) { phone.signIn(it) } }

    /** Another user of this phone: the one before stays signed in to the backend, and their queue waits, unseen. */
    fun switchTo(user: String) = act {
        leave()
        enter(user) { phone.signIn(it) }
    }

    /** A person has seen that the file is damaged, at the start or on a screen. One that is sound is left as it is. */
    fun recover() = act {
        val user = here()?.screens?.user ?: (account.value as? Account.Damaged)?.user ?: return@act
        leave()
        account.value = Account.Damaged(phone.saved(), user)
        val found = phone.recover(user)
        if (found.setAside == null && found.complete) show(found.session) else account.value = Account.Recovered(found)
    }

    /** The person has read what was found. */
    fun goOn() = act { (account.value as? Account.Recovered)?.let { show(it.found.session) } }

    /** The damaged file stays as it is. */
    fun somebodyElse() = act { account.value = Account.SignedOut(phone.saved()) }

    fun useBackend(url: String) = act {
        phone.useBackend(url.trim())
        leave()
        account.value = Account.SignedOut(phone.saved())
    }

    /** Shows what a deletion would lose. */
    fun askToSignOut() = act {
        val here = here() ?: return@act
        account.value = here.copy(leaving = here.screens.session.signOutPreview(), problem = null)
    }

    fun stay() = act { here()?.let { account.value = it.copy(leaving = null, problem = null) } }

    fun keepAndSignOut() = signOut { SignOut.KeepSealed }

    fun sendAndSignOut() = signOut { SignOut.Flush(20.seconds) }

    /** Of what was shown and no more: a write that came since is shown first. */
    fun deleteAndSignOut() = signOut { here -> here.leaving?.let { SignOut.Wipe(it) } }

    private fun signOut(how: (Account.SignedIn) -> SignOut?) = act {
        val here = here() ?: return@act
        val chosen = how(here) ?: return@act
        try {
            val report = here.screens.session.signOut(chosen)
            here.screens.end()
            phone.signedOut(here.screens.user, forget = chosen is SignOut.Wipe)
            account.value = Account.SignedOut(phone.saved(), report.left.takeIf { chosen !is SignOut.Wipe })
        } catch (e: FoodLensException.UnsentWork) {
            account.value = here.copy(leaving = here.screens.session.signOutPreview(), problem = Problem.of(e))
        }
    }

    private suspend fun enter(user: String, open: suspend (String) -> Session?) {
        try {
            open(user)?.let { show(it) }
        } catch (e: FoodLensException) {
            if (Problem.of(e) != Problem.DAMAGED) throw e
            account.value = Account.Damaged(phone.saved(), user)
        }
    }

    private suspend fun show(session: Session) {
        signedIn(session)
        account.value = Account.SignedIn(phone.saved(), Screens(session, scope))
    }

    private suspend fun leave() {
        val here = here() ?: return
        account.value = Account.Starting
        here.screens.end()
        withContext(io) { here.screens.session.close() }
    }

    private fun here(): Account.SignedIn? = account.value as? Account.SignedIn

    private fun screens(of: Account): Screens? = (of as? Account.SignedIn)?.screens

    private fun act(action: suspend () -> Unit) =
        scope.launch {
            oneAtATime.withLock {
                try {
                    action()
                } catch (e: FoodLensException) {
                    val problem = Problem.of(e)
                    account.value =
                        when (val now = account.value) {
                            is Account.SignedIn -> now.copy(problem = problem)
                            is Account.SignedOut -> now.copy(problem = problem)
                            is Account.Damaged -> now.copy(problem = problem)
                            is Account.Recovered, Account.Starting -> Account.SignedOut(phone.saved(), problem = problem)
                        }
                }
            }
        }

    private companion object {
        val DARK = mapOf("dark" to true, "light" to false)
    }
}

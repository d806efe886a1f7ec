package androidx.lifecycle

import android.app.Application

// The ViewModel itself is the real one: the desktop's Compose brings it.
open class AndroidViewModel(@Suppress("unused") private val application: Application) : ViewModel()

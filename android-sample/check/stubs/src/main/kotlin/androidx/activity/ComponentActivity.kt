@file:Suppress("UNUSED_PARAMETER", "UnusedReceiverParameter")

package androidx.activity

import android.app.Activity
import androidx.lifecycle.ViewModel

open class ComponentActivity : Activity()

fun ComponentActivity.enableEdgeToEdge(): Unit = throw UnsupportedOperationException()

inline fun <reified M : ViewModel> ComponentActivity.viewModels(): Lazy<M> = throw UnsupportedOperationException()

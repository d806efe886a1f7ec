package dev.foodlens.sample.android

import android.app.Application
import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.BackHandler
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import dev.foodlens.android.ConnectivityNudge
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.ui.LocalPhrases
import dev.foodlens.sample.ui.SampleApp
import dev.foodlens.sample.ui.SampleTheme
import kotlinx.coroutines.Dispatchers

/** Holds the app's model over rotations, and tells it when the phone comes online. */
internal class MainViewModel(application: Application) : AndroidViewModel(application) {
    private val app = application as SampleApplication
    val model = SampleModel(app.phone, viewModelScope, Dispatchers.IO, app::follow)
    private val nudge = ConnectivityNudge(application) { model.online() }

    override fun onCleared() = nudge.close()
}

/** The one activity. Everything else is in the sources that the desktop compiles, too. */
class MainActivity : ComponentActivity() {
    private val holder: MainViewModel by viewModels()

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        enableEdgeToEdge()
        val phrases = AndroidPhrases(resources, packageName)
        setContent {
            val dark by holder.model.dark.collectAsState()
            val canGoBack by holder.model.canGoBack.collectAsState()
            SampleTheme(dark = dark ?: isSystemInDarkTheme()) {
                CompositionLocalProvider(LocalPhrases provides phrases) {
                    BackHandler(canGoBack) { holder.model.back() }
                    SampleApp(holder.model)
                }
            }
        }
    }
}

package dev.foodlens.sample.android

import android.app.Application
import android.content.res.Configuration
import android.content.res.Resources
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
import androidx.compose.runtime.remember
import androidx.lifecycle.AndroidViewModel
import androidx.lifecycle.viewModelScope
import dev.foodlens.android.ConnectivityNudge
import dev.foodlens.sample.model.SampleModel
import dev.foodlens.sample.ui.LocalPhrases
import dev.foodlens.sample.ui.SampleApp
import dev.foodlens.sample.ui.SampleTheme
import kotlinx.coroutines.Dispatchers
import java.util.Locale

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
        setContent {
            val dark by holder.model.dark.collectAsState()
            val language by holder.model.language.collectAsState()
            val phrases = remember(language) { AndroidPhrases(resources(language), packageName) }
            val canGoBack by holder.model.canGoBack.collectAsState()
            SampleTheme(dark = dark ?: isSystemInDarkTheme()) {
                CompositionLocalProvider(LocalPhrases provides phrases) {
                    BackHandler(canGoBack) { holder.model.back() }
                    SampleApp(holder.model)
                }
            }
        }
    }

    /** The app's texts in the language that the user has chosen on any phone; without a choice, as this phone has it. */
    private fun resources(language: String?): Resources {
        if (language == null) return resources
        val wanted = Configuration(resources.configuration).apply { setLocale(Locale.forLanguageTag(language)) }
        return createConfigurationContext(wanted).resources
    }
}

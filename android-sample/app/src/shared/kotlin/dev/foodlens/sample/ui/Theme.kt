package dev.foodlens.sample.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.text.font.FontFamily

private val Light =
    lightColorScheme(
        primary = Color(0xFF1B6B4A),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFD5F2E1),
        onPrimaryContainer = Color(0xFF00210F),
        secondaryContainer = Color(0xFFD9E7DD),
        tertiaryContainer = Color(0xFFFFE3B5),
        onTertiaryContainer = Color(0xFF2B1B00),
        background = Color(0xFFF8FAF6),
        surface = Color(0xFFF8FAF6),
        surfaceVariant = Color(0xFFDCE5DD),
        surfaceContainer = Color(0xFFECF1EA),
        surfaceContainerHighest = Color(0xFFE7EEE7),
        error = Color(0xFFB3261E),
    )

private val Dark =
    darkColorScheme(
        primary = Color(0xFF8AD8AE),
        onPrimary = Color(0xFF003921),
        primaryContainer = Color(0xFF005233),
        onPrimaryContainer = Color(0xFFD5F2E1),
        tertiaryContainer = Color(0xFF5B4300),
        onTertiaryContainer = Color(0xFFFFE3B5),
        secondaryContainer = Color(0xFF35493D),
        background = Color(0xFF101512),
        surface = Color(0xFF101512),
        surfaceVariant = Color(0xFF3C4841),
        surfaceContainer = Color(0xFF1A211D),
        surfaceContainerHighest = Color(0xFF232C27),
    )

/** [font]: another than the system's, null: the system's. */
@Composable
fun SampleTheme(dark: Boolean, font: FontFamily? = null, content: @Composable () -> Unit) =
    MaterialTheme(
        colorScheme = if (dark) Dark else Light,
        typography = if (font == null) Typography() else Typography().inFont(font),
        content = content,
    )

private fun Typography.inFont(font: FontFamily) =
    Typography(
        headlineSmall = headlineSmall.copy(fontFamily = font),
        titleLarge = titleLarge.copy(fontFamily = font),
        titleMedium = titleMedium.copy(fontFamily = font),
        titleSmall = titleSmall.copy(fontFamily = font),
        bodyLarge = bodyLarge.copy(fontFamily = font),
        bodyMedium = bodyMedium.copy(fontFamily = font),
        bodySmall = bodySmall.copy(fontFamily = font),
        labelLarge = labelLarge.copy(fontFamily = font),
        labelMedium = labelMedium.copy(fontFamily = font),
        labelSmall = labelSmall.copy(fontFamily = font),
    )

package dev.foodlens.sample.ui

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import dev.foodlens.sample.model.listed

/** A text, of one line or of at most [lines] seen at once. */
@Composable
fun Field(label: Phrase, value: String, lines: Int = 1, onChange: (String) -> Unit) =
    OutlinedTextField(
        value,
        onChange,
        Modifier.fillMaxWidth(),
        label = { Text(say(label)) },
        singleLine = lines == 1,
        maxLines = lines,
    )

/** Several texts with commas between them; a comma that was just typed stays. */
@Composable
fun ListField(label: Phrase, values: List<String>, onChange: (List<String>) -> Unit) {
    var typed by remember { mutableStateOf(values.joinToString()) }
    if (listed(typed) != values) typed = values.joinToString()
    Field(label, typed) {
        typed = it
        onChange(listed(it))
    }
}

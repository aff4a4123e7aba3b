package org.tacita.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Check
import androidx.compose.material.icons.filled.Close
import androidx.compose.material.icons.filled.Send
import androidx.compose.material3.Button
import androidx.compose.material3.FilledIconButton
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.TextRange
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.TextFieldValue
import androidx.compose.ui.unit.dp
import org.tacita.app.parts.mirrored
import org.tacita.app.words.words
import org.tacita.bindings.ConversationState
import org.tacita.bindings.ConversationView
import org.tacita.kit.model.ConversationModel
import org.tacita.kit.model.ConversationModelState

/** What stands below the messages: a field to write in, or what has to be answered first. */
@Composable
internal fun Composer(state: ConversationModelState, conversation: ConversationView, model: ConversationModel) {
    Surface(color = MaterialTheme.colorScheme.surface, tonalElevation = 2.dp) {
        when {
            conversation.state == ConversationState.REQUEST -> Request(nameOf(conversation), model)
            conversation.blocked -> Asking(words.blockedDetail(nameOf(conversation))) {
                OutlinedButton(model::unblock) { Text(words.unblock) }
            }
            conversation.state == ConversationState.LEFT -> Unit
            else -> Writing(state, model)
        }
    }
}

@Composable
private fun Request(name: String, model: ConversationModel) {
    Asking(words.requestDetail(name)) {
        OutlinedButton(model::decline) { Text(words.decline) }
        Button(model::accept) { Text(words.accept) }
    }
}

@Composable
private fun Asking(text: String, buttons: @Composable () -> Unit) {
    Column(Modifier.fillMaxWidth().padding(16.dp)) {
        Text(text, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
        FlowRow(Modifier.fillMaxWidth().padding(top = 4.dp), Arrangement.spacedBy(12.dp, Alignment.End)) { buttons() }
    }
}

@Composable
private fun Writing(state: ConversationModelState, model: ConversationModel) {
    // The field has its own text, so that typing never waits for the model; what the model puts there replaces it.
    var field by remember { mutableStateOf(TextFieldValue(state.draft, TextRange(state.draft.length))) }
    LaunchedEffect(state.draft) {
        if (state.draft != field.text) field = TextFieldValue(state.draft, TextRange(state.draft.length))
    }
    val isEditing = state.editing != null
    Column(Modifier.fillMaxWidth().padding(horizontal = 12.dp, vertical = 8.dp)) {
        if (isEditing) {
            Row(verticalAlignment = Alignment.CenterVertically) {
                Text(words.editing, Modifier.weight(1f), style = MaterialTheme.typography.labelLarge)
                IconButton({ model.edit(null) }) { Icon(Icons.Filled.Close, words.cancel) }
            }
        }
        Row(verticalAlignment = Alignment.Bottom) {
            OutlinedTextField(
                field,
                {
                    val isOther = it.text != field.text
                    field = it
                    if (isOther) model.write(it.text)
                },
                Modifier.weight(1f),
                placeholder = { Text(words.message) },
                shape = RoundedCornerShape(24.dp),
                maxLines = 6,
                keyboardOptions = KeyboardOptions(KeyboardCapitalization.Sentences),
            )
            Spacer(Modifier.width(8.dp))
            FilledIconButton(model::send, Modifier.padding(bottom = 4.dp), enabled = field.text.isNotBlank()) {
                if (isEditing) Icon(Icons.Filled.Check, words.save) else Icon(Icons.Filled.Send, words.send, Modifier.mirrored())
            }
        }
    }
}

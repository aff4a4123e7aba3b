package org.tacita.app.screens

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Button
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.unit.dp
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.kit.model.AppModel

/** The passphrase that is asked for at the start: set, changed, taken away. */
@Composable
fun AppLockScreen(model: AppModel, hasLock: Boolean, back: () -> Unit) {
    var current by remember { mutableStateOf("") }
    var new by remember { mutableStateOf("") }
    var again by remember { mutableStateOf("") }
    var isAsked by remember { mutableStateOf(false) }
    val isBusy = isAsked && model.problem.shown() == null
    val set: (String) -> Unit = {
        isAsked = true
        model.dismissProblem()
        model.setLock(current, it, back)
    }
    Page(words.appLock, back) {
        ProblemBanner(model)
        Explanation(words.appLockDetail)
        Column(Modifier.fillMaxWidth().padding(20.dp)) {
            if (hasLock) Secret(current, words.currentPassphrase) { current = it }
            Secret(new, words.newPassphrase) { new = it }
            Secret(again, words.newPassphraseAgain) { again = it }
            if (again.isNotEmpty() && again != new) Banner(words.passphrasesDiffer, Tone.Note)
            Spacer(Modifier.height(12.dp))
            val isWhole = new.isNotEmpty() && new == again && (current.isNotEmpty() || !hasLock)
            Button({ set(new) }, Modifier.fillMaxWidth(), enabled = isWhole && !isBusy) {
                Text(if (isBusy) words.oneMoment else if (hasLock) words.changePassphrase else words.setPassphrase)
            }
            if (hasLock) {
                Spacer(Modifier.height(8.dp))
                OutlinedButton({ set("") }, Modifier.fillMaxWidth(), enabled = current.isNotEmpty() && !isBusy) {
                    Text(words.removePassphrase)
                }
            }
        }
    }
}

@Composable
private fun Secret(value: String, label: String, change: (String) -> Unit) {
    OutlinedTextField(
        value,
        change,
        Modifier.fillMaxWidth().padding(vertical = 4.dp),
        label = { Text(label) },
        singleLine = true,
        visualTransformation = PasswordVisualTransformation(),
        keyboardOptions = KeyboardOptions(autoCorrect = false, keyboardType = KeyboardType.Password),
    )
}

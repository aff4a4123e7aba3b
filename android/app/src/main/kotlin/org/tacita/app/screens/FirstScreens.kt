package org.tacita.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardCapitalization
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.input.PasswordVisualTransformation
import androidx.compose.ui.text.input.VisualTransformation
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import kotlinx.coroutines.delay
import org.tacita.app.LocalPlatform
import org.tacita.app.Navigator
import org.tacita.app.parts.Confirm
import org.tacita.app.parts.LeftToRight
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.Title
import org.tacita.app.words.words
import org.tacita.bindings.ClientException
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.AppState

/** While the store is opened. */
@Composable
fun OpeningScreen() {
    Surface(Modifier.fillMaxSize()) {
        Box(Modifier.fillMaxSize(), Alignment.Center) {
            CircularProgressIndicator(Modifier.semantics { contentDescription = "" })
        }
    }
}

/** The first screen of all: which relay, under which name. */
@Composable
fun WelcomeScreen(state: AppState.Welcome, model: AppModel, navigator: Navigator) {
    var link by remember { mutableStateOf("") }
    // An invitation that another app has opened waits until there is an account.
    navigator.opened?.takeIf { it.startsWith("tacita://relay/") }?.let { opened ->
        LaunchedEffect(opened) {
            link = opened
            navigator.opened = null
        }
    }
    var name by remember { mutableStateOf("") }
    var isScanning by remember { mutableStateOf(false) }
    val scanner = LocalPlatform.current.scanner
    First(words.appName, words.welcome, model) {
        Field(name, { name = it }, words.yourName, words.yourNameDetail)
        Field(link, { link = it.trim() }, words.relayLink, words.relayLinkDetail, KeyboardType.Uri)
        if (scanner != null && isScanning) {
            scanner {
                link = it
                isScanning = false
            }
        } else if (scanner != null) {
            TextButton({ isScanning = true }) { Text(words.scanCode) }
        }
        Spacer(Modifier.height(16.dp))
        Primary(words.createAccount, name.isNotBlank() && link.isNotBlank(), state.busy) { model.createAccount(link, name) }
        if (state.busy) Note(words.creatingAccount)
    }
}

/** The recovery secret, and proof that it was written down. */
@Composable
fun SecretScreen(state: AppState.Secret, model: AppModel) {
    var isWritten by remember { mutableStateOf(false) }
    val typed = remember(state.asked) { mutableStateListOf(*Array(state.asked.size) { "" }) }
    if (!isWritten) {
        First(words.recoverySecret, words.recoverySecretDetail, model) {
            Surface(shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceVariant) {
                LeftToRight {
                    FlowRow(
                        Modifier.fillMaxWidth().padding(16.dp),
                        horizontalArrangement = Arrangement.spacedBy(20.dp, Alignment.CenterHorizontally),
                    ) { state.groups.forEachIndexed { index, group -> Group(index, group) } }
                }
            }
            Spacer(Modifier.height(12.dp))
            Note(words.recoverySecretWarning)
            Spacer(Modifier.height(12.dp))
            Primary(words.wroteItDown) { isWritten = true }
        }
    } else {
        First(words.confirmSecret, words.confirmSecretDetail, model) {
            state.asked.forEachIndexed { index, group ->
                Field(
                    typed[index], { typed[index] = it }, words.groupNumber((group + 1).toULong()), null,
                    KeyboardType.Ascii, KeyboardCapitalization.Characters,
                )
            }
            if (state.wrong) Note(words.secretDiffers, isError = true)
            Spacer(Modifier.height(12.dp))
            Primary(words.confirm, typed.all { it.isNotBlank() }) { model.confirmSecret(typed.toList()) }
            TextButton({ isWritten = false }, Modifier.fillMaxWidth()) { Text(words.showAgain) }
        }
    }
}

@Composable
private fun Group(index: Int, group: String) {
    Row(Modifier.padding(vertical = 6.dp), verticalAlignment = Alignment.CenterVertically) {
        Text(
            "${index + 1}",
            Modifier.widthIn(min = 26.dp).padding(end = 8.dp),
            style = MaterialTheme.typography.labelMedium,
            color = MaterialTheme.colorScheme.onSurfaceVariant,
            textAlign = TextAlign.End,
        )
        Text(group, style = MaterialTheme.typography.titleMedium, fontFamily = FontFamily.Monospace)
    }
}

/** The app lock. */
@Composable
fun LockScreen(state: AppState.Locked, model: AppModel) {
    var passphrase by remember { mutableStateOf("") }
    var left by remember(state) { mutableStateOf(state.retryAfter.toInt()) }
    var isErasing by remember { mutableStateOf(false) }
    LaunchedEffect(state) {
        while (left > 0) {
            delay(1000)
            left--
        }
    }
    val unlock = {
        model.unlock(passphrase)
        passphrase = ""
    }
    First(words.appName, words.lockedDetail, model) {
        Field(
            passphrase, { passphrase = it }, words.passphrase, null, KeyboardType.Password,
            isSecret = true, done = { if (left == 0 && passphrase.isNotEmpty() && !state.busy) unlock() },
        )
        if (state.wrong) Note(if (left > 0) words.wrongPassphraseWait(left.toULong()) else words.wrongPassphrase, isError = true)
        Spacer(Modifier.height(12.dp))
        Primary(words.unlock, passphrase.isNotEmpty() && left == 0, state.busy, unlock)
        TextButton({ isErasing = true }, Modifier.fillMaxWidth()) { Text(words.forgotPassphrase) }
    }
    if (isErasing) {
        Confirm(words.eraseTitle, words.eraseDetail, words.eraseEverything, { isErasing = false }, model::erase)
    }
}

/** A store that cannot be opened, and what to do. */
@Composable
fun UnusableScreen(problem: ClientException, model: AppModel) {
    var isErasing by remember { mutableStateOf(false) }
    First(words.unusableTitle, words.problem(problem), model) {
        Primary(words.tryAgain, act = model::open)
        // A key that is gone does not come back: the user decides what becomes of what it opened.
        if (problem is ClientException.VaultFailed || problem is ClientException.WrongKey) {
            TextButton({ isErasing = true }, Modifier.fillMaxWidth()) { Text(words.eraseEverything) }
        }
    }
    if (isErasing) {
        Confirm(words.eraseTitle, words.eraseLostDetail, words.eraseEverything, { isErasing = false }, model::erase)
    }
}

@Composable
private fun First(title: String, text: String, model: AppModel, content: @Composable ColumnScope.() -> Unit) {
    Surface(Modifier.fillMaxSize()) {
        Column(
            Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(24.dp),
            Arrangement.Center,
            Alignment.CenterHorizontally,
        ) {
            Column(Modifier.widthIn(max = 480.dp)) {
                Title { Text(title, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineMedium) }
                Spacer(Modifier.height(12.dp))
                Text(text, style = MaterialTheme.typography.bodyLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
                Spacer(Modifier.height(20.dp))
                ProblemBanner(model)
                content()
            }
        }
    }
}

@Composable
private fun Field(
    value: String,
    change: (String) -> Unit,
    label: String,
    detail: String?,
    keyboard: KeyboardType = KeyboardType.Text,
    capitals: KeyboardCapitalization = KeyboardCapitalization.None,
    isSecret: Boolean = false,
    done: (() -> Unit)? = null,
) {
    OutlinedTextField(
        value,
        change,
        Modifier.fillMaxWidth().padding(vertical = 6.dp),
        label = { Text(label) },
        supportingText = detail?.let { { Text(it) } },
        singleLine = true,
        visualTransformation = if (isSecret) PasswordVisualTransformation() else VisualTransformation.None,
        keyboardOptions = KeyboardOptions(capitals, autoCorrect = false, keyboard, if (done == null) ImeAction.Next else ImeAction.Done),
        keyboardActions = KeyboardActions(onDone = done?.let { { it() } }),
    )
}

@Composable
private fun Primary(label: String, enabled: Boolean = true, busy: Boolean = false, act: () -> Unit) {
    Button(act, Modifier.fillMaxWidth(), enabled && !busy) {
        Text(if (busy) words.oneMoment else label, Modifier.padding(vertical = 4.dp))
    }
}

@Composable
private fun Note(text: String, isError: Boolean = false) {
    val color = if (isError) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurfaceVariant
    Text(text, Modifier.padding(vertical = 4.dp), color, style = MaterialTheme.typography.bodyMedium)
}

package org.tacita.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Button
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.LeftToRight
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.QrCode
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.Verification
import org.tacita.kit.model.ContactModel

/** The safety number: to compare by eye or to scan. */
@Composable
fun SafetyScreen(model: ContactModel, back: () -> Unit) {
    val state = model.state.shown()
    var isScanning by remember { mutableStateOf(false) }
    Page(words.safetyNumber, back) {
        ProblemBanner(model)
        val conversation = state.conversation ?: return@Page
        val safety = state.safety ?: return@Page
        val name = nameOf(conversation)
        when (safety.verification) {
            Verification.ALARM -> Banner(words.alarmDetail(name), Tone.Error, words.dismissAlarm to model::dismissAlarm)
            Verification.VERIFIED -> Banner(words.verifiedDetail(name), Tone.Quiet)
            Verification.UNVERIFIED -> Explanation(words.safetyNumberDetail(name))
        }
        val scanner = LocalPlatform.current.scanner
        if (isScanning && scanner != null) {
            scanner {
                isScanning = false
                model.scan(it)
            }
            return@Page
        }
        Column(Modifier.fillMaxWidth().padding(20.dp), horizontalAlignment = Alignment.CenterHorizontally) {
            QrCode(safety.qr, words.safetyCode(name))
            Spacer(Modifier.height(20.dp))
            LeftToRight { Digits(safety.digits) }
            Spacer(Modifier.height(20.dp))
            if (scanner != null) {
                Button({ isScanning = true }, Modifier.fillMaxWidth()) { Text(words.scanTheirCode) }
                Spacer(Modifier.height(8.dp))
            }
            when (safety.verification) {
                Verification.UNVERIFIED ->
                    OutlinedButton({ model.setVerified(true) }, Modifier.fillMaxWidth()) { Text(words.markVerified) }
                Verification.VERIFIED ->
                    OutlinedButton({ model.setVerified(false) }, Modifier.fillMaxWidth()) { Text(words.markUnverified) }
                Verification.ALARM -> Unit
            }
        }
    }
}

/** Twelve groups of five. */
@Composable
private fun Digits(digits: String) {
    val groups = digits.filter(Char::isDigit).chunked(5)
    FlowRow(
        Modifier.fillMaxWidth().semantics(mergeDescendants = true) { contentDescription = groups.joinToString(", ") },
        horizontalArrangement = Arrangement.spacedBy(20.dp, Alignment.CenterHorizontally),
        maxItemsInEachRow = 4,
    ) {
        for (group in groups) {
            Text(
                group,
                Modifier.padding(vertical = 4.dp),
                style = MaterialTheme.typography.titleMedium,
                fontFamily = FontFamily.Monospace,
            )
        }
    }
}

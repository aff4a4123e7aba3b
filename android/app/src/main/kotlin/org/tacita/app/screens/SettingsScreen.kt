package org.tacita.app.screens

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Delete
import androidx.compose.material.icons.filled.Email
import androidx.compose.material.icons.filled.Face
import androidx.compose.material.icons.filled.Info
import androidx.compose.material.icons.filled.List
import androidx.compose.material.icons.filled.Lock
import androidx.compose.material.icons.filled.Share
import androidx.compose.material.icons.filled.Warning
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform
import org.tacita.app.Place
import org.tacita.app.Switch
import org.tacita.app.parts.Avatar
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Confirm
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.Line
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.SwitchLine
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.PrivacySettings
import org.tacita.bindings.RelayState
import org.tacita.bindings.StoreHealth
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.SettingsModel

/** What can be set, by its parts. */
@Composable
fun SettingsScreen(model: SettingsModel, hasLock: Boolean, back: () -> Unit, go: (Place) -> Unit) {
    val state = model.state.shown()
    Page(words.settings, back) {
        ProblemBanner(model)
        if (state.health == StoreHealth.CHECKING) Banner(words.storeIsChecked, Tone.Quiet)
        val name = state.profile?.name.orEmpty()
        Row(
            Modifier.fillMaxWidth().clickable(role = Role.Button) { go(Place.Profile) }.padding(20.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Avatar(name, state.profile?.picture, 64.dp)
            Spacer(Modifier.width(16.dp))
            Column(Modifier.weight(1f)) {
                Text(name, style = MaterialTheme.typography.titleLarge)
                Text(words.profileDetail, color = MaterialTheme.colorScheme.onSurfaceVariant)
            }
        }
        Line(words.privacy, words.privacyDetail, Icons.Filled.Face) { go(Place.Privacy) }
        Line(words.appLock, if (hasLock) words.isOn else words.isOff, Icons.Filled.Lock) { go(Place.AppLock) }
        Line(words.storage, state.storage?.let { words.bytes(it.totalBytes) }, Icons.Filled.List) { go(Place.Storage) }
        val relay = state.relays?.firstOrNull()
        Line(words.relays, relay?.let { words.relayState(it.state) }, Icons.Filled.Email) { go(Place.Relays) }
        Line(words.invitations, words.invitationsShort, Icons.Filled.Share) { go(Place.Invitations) }
        Line(words.about, null, Icons.Filled.Info) { go(Place.About) }
        Line(words.deleteAccount, null, Icons.Filled.Delete, MaterialTheme.colorScheme.error) { go(Place.DeleteAccount) }
    }
}

/** What contacts are told, and what other apps can see. */
@Composable
fun PrivacyScreen(model: SettingsModel, back: () -> Unit) {
    val state = model.state.shown()
    Page(words.privacy, back) {
        ProblemBanner(model)
        val privacy = state.privacy ?: return@Page
        val set: (PrivacySettings) -> Unit = model::setPrivacy
        SwitchLine(words.readReceipts, words.readReceiptsDetail, privacy.readReceipts) { set(privacy.copy(readReceipts = it)) }
        SwitchLine(words.deliveryReceipts, words.deliveryReceiptsDetail, privacy.deliveryReceipts) {
            set(privacy.copy(deliveryReceipts = it))
        }
        SwitchLine(words.typingIndicator, words.typingIndicatorDetail, privacy.typing) { set(privacy.copy(typing = it)) }
        LocalPlatform.current.secureScreen?.let { SystemSwitch(words.secureScreen, words.secureScreenDetail, it) }
    }
}

@Composable
private fun SystemSwitch(title: String, detail: String, switch: Switch) {
    var isOn by remember { mutableStateOf(switch.isOn) }
    SwitchLine(title, detail, isOn) {
        switch.isOn = it
        isOn = it
    }
}

/** The relays, and what each can see. */
@Composable
fun RelaysScreen(model: SettingsModel, own: String, back: () -> Unit) {
    val state = model.state.shown()
    Page(words.relays, back) {
        ProblemBanner(model)
        for (relay in state.relays.orEmpty()) {
            val isBad = relay.state == RelayState.WRONG_KEY
            Line(
                relay.address,
                listOfNotNull(words.yourRelay.takeIf { relay.address == own }, words.relayState(relay.state)).joinToString(" · "),
                if (isBad) Icons.Filled.Warning else Icons.Filled.Email,
                if (isBad) MaterialTheme.colorScheme.error else MaterialTheme.colorScheme.onSurface,
            )
        }
        LocalPlatform.current.connection?.let { SystemSwitch(words.stayConnected, words.stayConnectedDetail, it) }
        Explanation(words.relaySees)
        Explanation(words.relayDoesNotSee)
    }
}

/** What this is. */
@Composable
fun AboutScreen(back: () -> Unit) {
    Page(words.about, back) {
        Line(words.appName, words.version(AppVersion))
        Explanation(words.aboutDetail)
    }
}

/** The end of the account. */
@Composable
fun DeleteAccountScreen(model: AppModel, back: () -> Unit) {
    var isAsked by remember { mutableStateOf(false) }
    var isQueued by remember { mutableStateOf(false) }
    Page(words.deleteAccount, back) {
        ProblemBanner(model)
        if (isQueued) Banner(words.deletionQueued, Tone.Note, words.eraseEverything to model::erase)
        Explanation(words.deleteAccountDetail)
        Line(words.deleteAccount, null, Icons.Filled.Delete, MaterialTheme.colorScheme.error) { isAsked = true }
    }
    if (isAsked) {
        Confirm(
            words.deleteAccountTitle, words.deleteAccountDetail, words.deleteAccount, { isAsked = false },
        ) { model.deleteAccount { isQueued = true } }
    }
}

/** The version that the kit and the core are of. */
internal const val AppVersion = "0.1.0"

package org.tacita.app

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.key
import androidx.compose.runtime.remember
import org.tacita.app.parts.model
import org.tacita.app.parts.shown
import org.tacita.app.screens.AboutScreen
import org.tacita.app.screens.AppLockScreen
import org.tacita.app.screens.ContactScreen
import org.tacita.app.screens.ConversationListScreen
import org.tacita.app.screens.ConversationScreen
import org.tacita.app.screens.DeleteAccountScreen
import org.tacita.app.screens.InvitationsScreen
import org.tacita.app.screens.LockScreen
import org.tacita.app.screens.NewContactScreen
import org.tacita.app.screens.OpeningScreen
import org.tacita.app.screens.PrivacyScreen
import org.tacita.app.screens.ProfileScreen
import org.tacita.app.screens.RelaysScreen
import org.tacita.app.screens.SafetyScreen
import org.tacita.app.screens.SecretScreen
import org.tacita.app.screens.SettingsScreen
import org.tacita.app.screens.StorageScreen
import org.tacita.app.screens.UnusableScreen
import org.tacita.app.screens.WelcomeScreen
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.AppState
import org.tacita.kit.model.ContactModel
import org.tacita.kit.model.ConversationListModel
import org.tacita.kit.model.ConversationModel
import org.tacita.kit.model.InviteModel
import org.tacita.kit.model.SettingsModel

/** The whole app: the screen that its model's state asks for. */
@Composable
fun App(model: AppModel, navigator: Navigator) {
    Surface(color = MaterialTheme.colorScheme.background) {
        when (val state = model.state.shown()) {
            AppState.Opening -> OpeningScreen()
            is AppState.Locked -> LockScreen(state, model)
            is AppState.Unusable -> UnusableScreen(state.problem, model)
            is AppState.Welcome -> {
                // Where the account of before was deleted is no place for the next one to begin.
                LaunchedEffect(navigator) { navigator.home() }
                WelcomeScreen(state, model, navigator)
            }
            is AppState.Secret -> SecretScreen(state, model)
            is AppState.Ready -> key(state.client) { Screens(state, model, navigator) }
        }
    }
}

@Composable
private fun Screens(state: AppState.Ready, app: AppModel, navigator: Navigator) {
    val client = state.client
    val (back, go) = navigator::back to navigator::go
    // One for the list as long as the app is open: coming back to it finds it as it was.
    val list = model(client) { ConversationListModel(client) }
    navigator.opened?.let { link ->
        LaunchedEffect(link) {
            navigator.start(Place.NewContact(link))
            navigator.opened = null
        }
    }
    val place = remember(navigator.here) { navigator.here }
    when (place) {
        Place.List -> ConversationListScreen(list, app::lock.takeIf { state.hasLock }, go)
        is Place.Conversation -> {
            val model = model(client, place) { ConversationModel(client, place.id, place.at) }
            ConversationScreen(place.id, place.at, model, back, go)
        }
        is Place.Contact -> {
            val model = model(client, place.id) { ContactModel(client, place.id) }
            ContactScreen(place.id, model, back, navigator::home, go)
        }
        is Place.Safety -> SafetyScreen(model(client, place.id) { ContactModel(client, place.id) }, back)
        is Place.NewContact -> {
            val model = model(client, place) { InviteModel(client).apply { place.link?.let(::enter) } }
            NewContactScreen(model, back, go, navigator::start)
        }
        Place.Invitations -> InvitationsScreen(model(client) { InviteModel(client) }, back)
        is Setting -> SettingScreens(place, state, app, back, go)
    }
}

@Composable
private fun SettingScreens(place: Setting, state: AppState.Ready, app: AppModel, back: () -> Unit, go: (Place) -> Unit) {
    val model = model(state.client) { SettingsModel(state.client) }
    when (place) {
        Place.Settings -> SettingsScreen(model, state.hasLock, back, go)
        Place.Profile -> ProfileScreen(model, back)
        Place.Privacy -> PrivacyScreen(model, back)
        Place.Storage -> StorageScreen(model, { System.currentTimeMillis().toULong() }, back)
        Place.Relays -> RelaysScreen(model, state.account.relay, back)
        Place.AppLock -> AppLockScreen(app, state.hasLock, back)
        Place.DeleteAccount -> DeleteAccountScreen(app, back)
        Place.About -> AboutScreen(back)
    }
}

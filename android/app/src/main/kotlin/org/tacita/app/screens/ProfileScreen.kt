package org.tacita.app.screens

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.Button
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform
import org.tacita.app.parts.Avatar
import org.tacita.app.parts.Explanation
import org.tacita.app.parts.Page
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.ProfileView
import org.tacita.kit.model.SettingsModel

/** The user's own name and picture. */
@Composable
fun ProfileScreen(model: SettingsModel, back: () -> Unit) {
    val state = model.state.shown()
    Page(words.profile, back) {
        ProblemBanner(model)
        state.profile?.let { Fields(it, model) }
    }
}

@Composable
private fun Fields(profile: ProfileView, model: SettingsModel) {
    var name by remember(profile.revision) { mutableStateOf(profile.name) }
    var picture by remember(profile.revision) { mutableStateOf(profile.picture) }
    val choose = LocalPlatform.current.choosePicture
    Column(Modifier.fillMaxWidth().padding(20.dp), horizontalAlignment = Alignment.CenterHorizontally) {
        Avatar(name, picture, 96.dp)
        Row {
            if (choose != null) TextButton({ choose { picture = it } }) { Text(words.choosePicture) }
            if (picture != null) TextButton({ picture = null }) { Text(words.removePicture) }
        }
        OutlinedTextField(name, { name = it }, Modifier.fillMaxWidth(), label = { Text(words.yourName) }, singleLine = true)
        Spacer(Modifier.height(12.dp))
        val isOther = name.trim() != profile.name || picture !== profile.picture
        Button({ model.setProfile(name, picture) }, Modifier.fillMaxWidth(), enabled = isOther && name.isNotBlank()) {
            Text(words.save)
        }
    }
    Explanation(words.profileExplained)
}

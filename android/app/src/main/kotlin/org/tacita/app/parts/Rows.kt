package org.tacita.app.parts

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.selection.toggleable
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.Icon
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.tacita.app.words.words

/** A line of a list of things that can be gone to, done or read. */
@Composable
fun Line(
    title: String,
    detail: String? = null,
    icon: ImageVector? = null,
    color: Color = LocalContentColor.current,
    act: (() -> Unit)? = null,
) {
    val modifier = if (act == null) Modifier else Modifier.clickable(role = Role.Button, onClick = act)
    Row(
        modifier.fillMaxWidth().heightIn(min = 56.dp).padding(horizontal = 20.dp, vertical = 10.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        if (icon != null) {
            Icon(icon, null, tint = if (color == LocalContentColor.current) MaterialTheme.colorScheme.primary else color)
            Spacer(Modifier.width(18.dp))
        }
        Labels(title, detail, Modifier.weight(1f), color)
    }
}

/** A line that is switched on and off. */
@Composable
fun SwitchLine(title: String, detail: String?, on: Boolean, switch: (Boolean) -> Unit) {
    Row(
        Modifier.fillMaxWidth().toggleable(on, role = Role.Switch, onValueChange = switch)
            .heightIn(min = 56.dp).padding(horizontal = 20.dp, vertical = 10.dp),
        verticalAlignment = Alignment.CenterVertically,
    ) {
        Labels(title, detail, Modifier.weight(1f))
        Spacer(Modifier.width(16.dp))
        Switch(on, onCheckedChange = null)
    }
}

@Composable
private fun Labels(title: String, detail: String?, modifier: Modifier, color: Color = LocalContentColor.current) {
    Column(modifier) {
        Text(title, style = MaterialTheme.typography.bodyLarge, color = color)
        if (detail != null) {
            Text(detail, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
    }
}

/** What the lines below it have in common. */
@Composable
fun Heading(text: String) {
    Text(
        text,
        Modifier.padding(start = 20.dp, end = 20.dp, top = 20.dp, bottom = 4.dp).semantics { heading() },
        style = MaterialTheme.typography.titleSmall,
        color = MaterialTheme.colorScheme.primary,
    )
}

/** Sentences that explain a screen. */
@Composable
fun Explanation(text: String) {
    Text(
        text,
        Modifier.padding(horizontal = 20.dp, vertical = 8.dp),
        style = MaterialTheme.typography.bodyMedium,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

/** Asks before something that cannot be taken back. */
@Composable
fun Confirm(title: String, text: String, doIt: String, dismiss: () -> Unit, act: () -> Unit) {
    AlertDialog(
        onDismissRequest = dismiss,
        title = { Title { Text(title) } },
        text = { Text(text) },
        confirmButton = {
            TextButton({
                dismiss()
                act()
            }) { Text(doIt, color = MaterialTheme.colorScheme.error) }
        },
        dismissButton = { TextButton(dismiss) { Text(words.cancel) } },
    )
}

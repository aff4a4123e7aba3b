package org.tacita.app.parts

import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import org.tacita.app.LocalPlatform

/** A contact's picture, or the first letter of its name on a colour of its own. */
@Composable
fun Avatar(name: String, picture: ByteArray?, size: Dp = 48.dp) {
    val platform = LocalPlatform.current
    val image = remember(picture) { picture?.let(platform::decode) }
    Box(Modifier.size(size).clip(CircleShape).clearAndSetSemantics {}, Alignment.Center) {
        if (image != null) {
            Image(image, null, Modifier.size(size), contentScale = ContentScale.Crop)
        } else {
            Box(Modifier.size(size).background(colorOf(name)), Alignment.Center) {
                // A letter in a circle does not grow with the font: the circle does not either.
                val letter = with(LocalDensity.current) { (size * 0.42f).toSp() }
                Text(
                    firstLetter(name),
                    color = Color.White,
                    fontSize = letter,
                    lineHeight = letter,
                    fontWeight = FontWeight.Medium,
                    style = MaterialTheme.typography.titleMedium,
                )
            }
        }
    }
}

private fun firstLetter(name: String): String =
    name.codePoints().filter(Character::isLetterOrDigit).findFirst().let { first ->
        if (first.isPresent) String(Character.toChars(Character.toUpperCase(first.asInt))) else "?"
    }

/** White is readable on each of them. */
private val COLORS = listOf(
    0xFF3F5F9E, 0xFF8A4B6B, 0xFF2F6E62, 0xFF8A5A1B, 0xFF5B4B9A, 0xFF9A4040, 0xFF3D6B8A, 0xFF556B2F,
).map(::Color)

private fun colorOf(name: String): Color = COLORS[Math.floorMod(name.hashCode(), COLORS.size)]

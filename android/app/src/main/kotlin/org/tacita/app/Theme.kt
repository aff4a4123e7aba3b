package org.tacita.app

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.unit.dp

/** Colours and shapes of every screen: ink and night, with one warm accent. */
@Composable
fun TacitaTheme(dark: Boolean = isSystemInDarkTheme(), content: @Composable () -> Unit) {
    MaterialTheme(colorScheme = if (dark) Night else Day, shapes = Rounded, content = content)
}

private val Rounded = Shapes(
    small = RoundedCornerShape(10.dp),
    medium = RoundedCornerShape(16.dp),
    large = RoundedCornerShape(22.dp),
)

private val Day = lightColorScheme(
    primary = Color(0xFF2E4A7D),
    onPrimary = Color(0xFFFFFFFF),
    primaryContainer = Color(0xFFDAE4FF),
    onPrimaryContainer = Color(0xFF0A1C3F),
    secondary = Color(0xFF56607A),
    onSecondary = Color(0xFFFFFFFF),
    secondaryContainer = Color(0xFFDDE3F4),
    onSecondaryContainer = Color(0xFF161C2C),
    tertiary = Color(0xFF8A5A1B),
    onTertiary = Color(0xFFFFFFFF),
    tertiaryContainer = Color(0xFFFFE2BF),
    onTertiaryContainer = Color(0xFF2E1A00),
    error = Color(0xFFB3261E),
    onError = Color(0xFFFFFFFF),
    errorContainer = Color(0xFFFBDDDA),
    onErrorContainer = Color(0xFF410E0B),
    background = Color(0xFFFAFAFD),
    onBackground = Color(0xFF1A1C22),
    surface = Color(0xFFFAFAFD),
    onSurface = Color(0xFF1A1C22),
    surfaceVariant = Color(0xFFE4E7F0),
    onSurfaceVariant = Color(0xFF484D5A),
    outline = Color(0xFF747A88),
    outlineVariant = Color(0xFFCBD0DC),
    surfaceTint = Color(0xFF2E4A7D),
)

private val Night = darkColorScheme(
    primary = Color(0xFFAFC6FF),
    onPrimary = Color(0xFF12305F),
    primaryContainer = Color(0xFF2B467A),
    onPrimaryContainer = Color(0xFFDAE4FF),
    secondary = Color(0xFFBFC7DC),
    onSecondary = Color(0xFF293144),
    secondaryContainer = Color(0xFF333B4E),
    onSecondaryContainer = Color(0xFFDBE2F6),
    tertiary = Color(0xFFF3BE7C),
    onTertiary = Color(0xFF4A2A00),
    tertiaryContainer = Color(0xFF5C3B0C),
    onTertiaryContainer = Color(0xFFFFE2BF),
    error = Color(0xFFF2B8B5),
    onError = Color(0xFF601410),
    errorContainer = Color(0xFF7A2420),
    onErrorContainer = Color(0xFFFBDDDA),
    background = Color(0xFF111318),
    onBackground = Color(0xFFE3E5EC),
    surface = Color(0xFF111318),
    onSurface = Color(0xFFE3E5EC),
    surfaceVariant = Color(0xFF282C36),
    onSurfaceVariant = Color(0xFFC3C8D4),
    outline = Color(0xFF8D93A1),
    outlineVariant = Color(0xFF434854),
    surfaceTint = Color(0xFFAFC6FF),
)

package org.tacita.app.words

import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.staticCompositionLocalOf
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.time.format.FormatStyle
import java.util.Locale
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationView
import org.tacita.bindings.MessageBody

/** The words of the language that the screens are in. */
val LocalWords = staticCompositionLocalOf { wordsOf(Locale.ROOT) }

val words: Words
    @Composable @ReadOnlyComposable
    get() = LocalWords.current

/** How a language writes numbers, sizes and times. */
abstract class Formats(private val locale: Locale) {
    val appName: String = "Tacita"

    /** The time of day. */
    fun clock(ms: ULong): String = DateTimeFormatter.ofLocalizedTime(FormatStyle.SHORT).withLocale(locale).format(at(ms))

    /** The day, in words where they are shorter. */
    fun day(ms: ULong): String = DateTimeFormatter.ofLocalizedDate(FormatStyle.MEDIUM).withLocale(locale).format(at(ms))

    /** The time of day if it is today's, else the day. */
    fun shortTime(ms: ULong): String = when {
        ms == 0uL -> ""
        at(ms).toLocalDate() == LocalDate.now() -> clock(ms)
        else -> DateTimeFormatter.ofLocalizedDate(FormatStyle.SHORT).withLocale(locale).format(at(ms))
    }

    fun isSameDay(one: ULong, other: ULong): Boolean = at(one).toLocalDate() == at(other).toLocalDate()

    /** A size, in the unit that makes it short. */
    fun bytes(bytes: ULong): String {
        val unit = UNITS.lastOrNull { bytes >= it.second } ?: return String.format(locale, "%d B", bytes.toLong())
        val number = bytes.toDouble() / unit.second.toDouble()
        return String.format(locale, if (number < 10) "%.1f %s" else "%.0f %s", number, unit.first)
    }

    protected fun number(count: ULong): String = String.format(locale, "%,d", count.toLong())

    private fun at(ms: ULong) = Instant.ofEpochMilli(ms.toLong()).atZone(ZoneId.systemDefault())

    private companion object {
        val UNITS = listOf("KB" to 1_000uL, "MB" to 1_000_000uL, "GB" to 1_000_000_000uL)
    }
}

/** A message in one line. */
fun Words.bodyShort(body: MessageBody): String = when (body) {
    is MessageBody.Text -> body.text.lineSequence().firstOrNull { it.isNotBlank() }.orEmpty()
    is MessageBody.Missing -> missing
    is MessageBody.Undecryptable -> undecryptable(body.count.toULong())
    is MessageBody.NeedsNewerVersion -> needsNewerVersion
    is MessageBody.Damaged -> damaged
}

/** What becomes of an invitation, by its kind. */
fun Words.invitationState(invitation: InvitationView): String = when (invitation.kind) {
    InvitationKind.PERSONAL -> personalState(invitation.state)
    InvitationKind.PUBLIC -> publicState(invitation.state)
}

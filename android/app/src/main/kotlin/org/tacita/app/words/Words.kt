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
import org.tacita.bindings.ClientException
import org.tacita.bindings.Delivery
import org.tacita.bindings.InvitationKind
import org.tacita.bindings.InvitationState
import org.tacita.bindings.ListFilter
import org.tacita.bindings.MessageBody
import org.tacita.bindings.QueueReason
import org.tacita.bindings.RelayState
import org.tacita.bindings.Repair
import org.tacita.bindings.UndecryptableCause
import org.tacita.bindings.Verification

/** The words of the language that the screens are in. */
val LocalWords = staticCompositionLocalOf<Words> { English }

val words: Words
    @Composable @ReadOnlyComposable
    get() = LocalWords.current

/** The words of a language: its own if there are any, else English ones. */
fun wordsOf(locale: Locale): Words = when (locale.language) {
    "de" -> German
    "ja" -> Japanese
    else -> English
}

/** Everything that screens say. A language that leaves one out does not compile. */
abstract class Words(private val locale: Locale) {
    val appName: String = "Tacita"

    // Everywhere.
    abstract val back: String
    abstract val close: String
    abstract val cancel: String
    abstract val save: String
    abstract val delete: String
    abstract val more: String
    abstract val copy: String
    abstract val edit: String
    abstract val confirm: String
    abstract val tryAgain: String
    abstract val oneMoment: String
    abstract val isOn: String
    abstract val isOff: String

    // The first screens.
    abstract val welcome: String
    abstract val yourName: String
    abstract val yourNameDetail: String
    abstract val relayLink: String
    abstract val relayLinkDetail: String
    abstract val createAccount: String
    abstract val creatingAccount: String
    abstract val recoverySecret: String
    abstract val recoverySecretDetail: String
    abstract val recoverySecretWarning: String
    abstract val wroteItDown: String
    abstract val confirmSecret: String
    abstract val confirmSecretDetail: String
    abstract fun groupNumber(number: Int): String
    abstract val secretDiffers: String
    abstract val showAgain: String
    abstract val lockedDetail: String
    abstract val passphrase: String
    abstract val unlock: String
    abstract val wrongPassphrase: String
    abstract fun wrongPassphraseWait(seconds: Int): String
    abstract val forgotPassphrase: String
    abstract val eraseTitle: String
    abstract val eraseDetail: String
    abstract val eraseLostDetail: String
    abstract val eraseEverything: String
    abstract val unusableTitle: String

    // Notifications.
    abstract val messagesChannel: String
    abstract val somethingCame: String

    // The list.
    abstract val search: String
    abstract val searchMessages: String
    abstract val nothingFound: String
    abstract val nothingFoundDetail: String
    abstract val lockNow: String
    abstract val settings: String
    abstract val newContact: String
    abstract val conversations: String
    abstract fun requests(count: UInt): String
    abstract fun archive(count: UInt): String
    abstract fun emptyTitle(filter: ListFilter): String
    abstract fun emptyDetail(filter: ListFilter): String
    abstract fun relayOffline(waiting: UInt): String
    abstract val relayWrongKey: String
    abstract val noName: String
    abstract val typing: String
    abstract fun draft(text: String): String
    abstract val wantsToWrite: String
    abstract val waitsForAnswer: String
    abstract val nothingYet: String
    abstract val blocked: String
    abstract val muted: String
    abstract val pinned: String
    abstract fun unread(count: UInt): String
    abstract val pin: String
    abstract val unpin: String
    abstract val mute: String
    abstract val unmute: String
    abstract val putIntoArchive: String
    abstract val unarchive: String
    abstract val accept: String
    abstract val decline: String

    // A conversation.
    abstract val contact: String
    abstract val verified: String
    abstract val notVerified: String
    abstract val alarmShort: String
    abstract fun alarm(name: String): String
    abstract val waitsForAnswerDetail: String
    abstract fun hasLeft(name: String): String
    abstract val retryNow: String
    abstract val noMessages: String
    abstract val noMessagesDetail: String
    abstract val toNewest: String
    abstract val newMessages: String
    abstract val fromYou: String
    abstract val fromThem: String
    abstract val missing: String
    abstract val missingDetail: String
    abstract fun undecryptable(count: UInt): String
    abstract fun undecryptableCause(cause: UndecryptableCause): String
    abstract fun repair(repair: Repair): String
    abstract val needsNewerVersion: String
    abstract val needsNewerVersionDetail: String
    abstract val damaged: String
    abstract val damagedDetail: String
    abstract val dontSend: String
    abstract val deleteHere: String
    abstract val editing: String
    abstract val message: String
    abstract val send: String
    abstract fun requestDetail(name: String): String
    abstract fun blockedDetail(name: String): String
    abstract val unblock: String
    abstract fun delivery(delivery: Delivery): String
    abstract fun queueReason(reason: QueueReason): String

    // A contact.
    abstract fun callsThemselves(name: String): String
    abstract val nickname: String
    abstract val nicknameDetail: String
    abstract val safetyNumber: String
    abstract fun verification(verification: Verification): String
    abstract fun safetyNumberDetail(name: String): String
    abstract fun verifiedDetail(name: String): String
    abstract fun alarmDetail(name: String): String
    abstract val dismissAlarm: String
    abstract fun safetyCode(name: String): String
    abstract val scanTheirCode: String
    abstract val markVerified: String
    abstract val markUnverified: String
    abstract val conversation: String
    abstract val mutedDetail: String
    abstract val archived: String
    abstract val archivedDetail: String
    abstract val export: String
    abstract val exportDetail: String
    abstract fun exportWarning(folder: String): String
    abstract fun exported(folder: String): String
    abstract val blockDetail: String
    abstract val deleteContact: String
    abstract fun deleteContactTitle(name: String): String
    abstract val deleteContactDetail: String

    // New contacts.
    abstract val inviteTab: String
    abstract val acceptTab: String
    abstract val invitePerson: String
    abstract val invitePersonDetail: String
    abstract val invitePublic: String
    abstract val invitePublicDetail: String
    abstract val invitations: String
    abstract fun invitationsDetail(count: Int): String
    abstract val invitationsShort: String
    abstract val invitationsExplained: String
    abstract val noInvitations: String
    abstract fun invitationKind(kind: InvitationKind): String
    abstract fun invitationState(kind: InvitationKind, state: InvitationState): String
    abstract val invitationCode: String
    abstract val copyLink: String
    abstract val shareLink: String
    abstract val revoke: String
    abstract val revokeTitle: String
    abstract val revokeDetail: String
    abstract val revocationQueued: String
    abstract val acceptDetail: String
    abstract val invitationLink: String
    abstract val paste: String
    abstract val scanCode: String
    abstract val ownInvitation: String
    abstract val knownContact: String
    abstract val openConversation: String
    abstract fun asksRelay(relay: String): String
    abstract val acceptInvitation: String

    // Settings.
    abstract val profile: String
    abstract val profileDetail: String
    abstract val profileExplained: String
    abstract val choosePicture: String
    abstract val removePicture: String
    abstract val privacy: String
    abstract val privacyDetail: String
    abstract val readReceipts: String
    abstract val readReceiptsDetail: String
    abstract val deliveryReceipts: String
    abstract val deliveryReceiptsDetail: String
    abstract val typingIndicator: String
    abstract val typingIndicatorDetail: String
    abstract val secureScreen: String
    abstract val secureScreenDetail: String
    abstract val appLock: String
    abstract val appLockDetail: String
    abstract val currentPassphrase: String
    abstract val newPassphrase: String
    abstract val newPassphraseAgain: String
    abstract val passphrasesDiffer: String
    abstract val setPassphrase: String
    abstract val changePassphrase: String
    abstract val removePassphrase: String
    abstract val storage: String
    abstract val storeIsChecked: String
    abstract fun messagesStored(count: ULong): String
    abstract fun diskFree(bytes: ULong): String
    abstract val storedMessages: String
    abstract val storedIndex: String
    abstract val storedPictures: String
    abstract val storedOther: String
    abstract val storedFree: String
    abstract val cleanUp: String
    abstract fun olderThan(months: Int): String
    abstract val cleanUpTitle: String
    abstract fun cleanUpDetail(months: Int): String
    abstract fun cleaned(count: ULong): String
    abstract val relays: String
    abstract val yourRelay: String
    abstract fun relayState(state: RelayState): String
    abstract val relaySees: String
    abstract val relayDoesNotSee: String
    abstract val about: String
    abstract fun version(version: String): String
    abstract val aboutDetail: String
    abstract val deleteAccount: String
    abstract val deleteAccountTitle: String
    abstract val deleteAccountDetail: String
    abstract val deletionQueued: String

    /** What went wrong, and what to do next. */
    abstract fun problem(problem: ClientException): String

    /** A message in one line. */
    fun bodyShort(body: MessageBody): String = when (body) {
        is MessageBody.Text -> body.text.lineSequence().firstOrNull { it.isNotBlank() }.orEmpty()
        is MessageBody.Missing -> missing
        is MessageBody.Undecryptable -> undecryptable(body.count)
        is MessageBody.NeedsNewerVersion -> needsNewerVersion
        is MessageBody.Damaged -> damaged
    }

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

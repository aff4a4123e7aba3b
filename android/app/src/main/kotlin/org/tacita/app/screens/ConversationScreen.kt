package org.tacita.app.screens

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.KeyboardArrowDown
import androidx.compose.material.icons.filled.Warning
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.SmallFloatingActionButton
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.derivedStateOf
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import org.tacita.app.Place
import org.tacita.app.parts.Avatar
import org.tacita.app.parts.BackButton
import org.tacita.app.parts.Banner
import org.tacita.app.parts.Empty
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.Tone
import org.tacita.app.parts.shown
import org.tacita.app.words.words
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationState
import org.tacita.bindings.ConversationView
import org.tacita.bindings.Delivery
import org.tacita.bindings.Direction
import org.tacita.bindings.MessageView
import org.tacita.bindings.QueueReason
import org.tacita.bindings.Verification
import org.tacita.kit.ShownMessages
import org.tacita.kit.model.ConversationModel

/** One conversation. */
@Composable
fun ConversationScreen(id: ConversationId, at: ULong?, model: ConversationModel, back: () -> Unit, go: (Place) -> Unit) {
    val state = model.state.shown()
    if (state.gone) LaunchedEffect(Unit) { back() }
    val shown = state.shown
    Scaffold(topBar = { Bar(shown?.conversation, state.picture, back) { go(Place.Contact(id)) } }) { edges ->
        Column(Modifier.fillMaxSize().padding(edges)) {
            ProblemBanner(model)
            if (shown == null) {
                Box(Modifier.fillMaxSize(), Alignment.Center) { CircularProgressIndicator() }
            } else {
                Warnings(shown, model, id, go)
                Box(Modifier.weight(1f)) { Messages(shown, at, model) }
                Composer(state, shown.conversation, model)
            }
        }
    }
}

@Composable
private fun Bar(conversation: ConversationView?, picture: ByteArray?, back: () -> Unit, open: () -> Unit) {
    TopAppBar(
        title = {
            if (conversation != null) {
                Row(
                    Modifier.fillMaxWidth().clickable(onClickLabel = words.contact, role = Role.Button, onClick = open),
                    verticalAlignment = Alignment.CenterVertically,
                ) {
                    Avatar(nameOf(conversation), picture, 40.dp)
                    Spacer(Modifier.width(12.dp))
                    Column(Modifier.weight(1f)) {
                        Text(
                            nameOf(conversation), Modifier.semantics { heading() },
                            style = MaterialTheme.typography.titleMedium, maxLines = 1, overflow = TextOverflow.Ellipsis,
                        )
                        Status(conversation)
                    }
                }
            }
        },
        navigationIcon = { BackButton(back) },
    )
}

@Composable
private fun Status(conversation: ConversationView) {
    val colors = MaterialTheme.colorScheme
    val (text, color) = when {
        conversation.verification == Verification.ALARM -> words.alarmShort to colors.error
        conversation.typing -> words.typing to colors.primary
        conversation.verification == Verification.VERIFIED -> words.verified to colors.primary
        else -> words.notVerified to colors.onSurfaceVariant
    }
    Row(verticalAlignment = Alignment.CenterVertically) {
        if (conversation.verification == Verification.ALARM) Icon(Icons.Filled.Warning, null, Modifier.padding(end = 4.dp).size(16.dp), color)
        Text(text, style = MaterialTheme.typography.labelMedium, color = color, maxLines = 2, overflow = TextOverflow.Ellipsis)
    }
}

@Composable
private fun Warnings(shown: ShownMessages, model: ConversationModel, id: ConversationId, go: (Place) -> Unit) {
    val conversation = shown.conversation
    if (conversation.verification == Verification.ALARM) {
        Banner(words.alarm(nameOf(conversation)), Tone.Error, words.safetyNumber to { go(Place.Safety(id)) })
    }
    when (conversation.state) {
        ConversationState.INVITING -> Banner(words.waitsForAnswerDetail, Tone.Quiet)
        ConversationState.LEFT -> Banner(words.hasLeft(nameOf(conversation)), Tone.Note)
        ConversationState.REQUEST, ConversationState.ESTABLISHED -> Unit
    }
    val reason = shown.messages.firstNotNullOfOrNull { it.stuck() }
    if (reason != null && !conversation.blocked && conversation.state != ConversationState.LEFT) {
        val tone = if (reason == QueueReason.WRONG_RELAY_KEY) Tone.Error else Tone.Quiet
        Banner(words.queueReason(reason), tone, words.retryNow to model::retry)
    }
}

/** Why a message does not leave, if the user is to know: what is on its way or waits its turn is none of that. */
private fun MessageView.stuck(): QueueReason? {
    val reason = when (val delivery = delivery) {
        is Delivery.Queued -> delivery.reason
        is Delivery.Waiting -> delivery.reason
        else -> return null
    }
    return reason.takeIf { it != QueueReason.SENDING && it != QueueReason.BEHIND_EARLIER && it != QueueReason.WAITING_FOR_CONTACT }
}

@Composable
private fun Messages(shown: ShownMessages, at: ULong?, model: ConversationModel) {
    val rows = shown.messages.asReversed()
    if (rows.isEmpty()) {
        Box(Modifier.fillMaxSize(), Alignment.Center) { Empty(words.noMessages, words.noMessagesDetail) }
        return
    }
    val list = rememberLazyListState(at?.let { place -> rows.indexOfFirst { it.place == place }.coerceAtLeast(0) } ?: 0)
    Follow(list, shown, model)
    Box(Modifier.fillMaxSize()) {
        LazyColumn(Modifier.fillMaxSize(), list, PaddingValues(12.dp, 8.dp), reverseLayout = true) {
            items(rows, key = { it.place.toLong() }) { message ->
                // Below the message in the code, above it on the screen: the list runs upwards.
                Column {
                    val before = before(shown, message)
                    if (beginsDay(shown, message)) DayLine(message.sentMs)
                    if (message.place == shown.firstUnread) UnreadLine()
                    Message(message, follows = before?.direction == message.direction, model)
                }
            }
        }
        val isAway by remember(list) { derivedStateOf { list.firstVisibleItemIndex > 3 } }
        if (isAway || shown.newer) {
            SmallFloatingActionButton(model::toNewest, Modifier.align(Alignment.BottomEnd).padding(16.dp)) {
                Icon(Icons.Filled.KeyboardArrowDown, words.toNewest)
            }
        }
    }
}

private fun before(shown: ShownMessages, message: MessageView): MessageView? {
    val index = shown.messages.binarySearchBy(message.place) { it.place }
    return shown.messages.getOrNull(index - 1)
}

/** Whether no message of its day stands above it; what is missing has no day. */
@Composable
private fun beginsDay(shown: ShownMessages, message: MessageView): Boolean {
    if (message.sentMs == 0uL) return false
    val index = shown.messages.binarySearchBy(message.place) { it.place }
    val dated = shown.messages.subList(0, index).lastOrNull { it.sentMs > 0u }
    return dated == null || !words.isSameDay(dated.sentMs, message.sentMs)
}

/** Asks for what is beyond the window's ends when they come near, follows new messages, and tells what has been seen. */
@Composable
private fun Follow(list: LazyListState, shown: ShownMessages, model: ConversationModel) {
    val visible by remember(list) { derivedStateOf { list.layoutInfo.visibleItemsInfo } }
    val newest = shown.messages.lastOrNull()?.place
    LaunchedEffect(newest) {
        if (list.firstVisibleItemIndex <= 1 && !shown.newer) list.animateScrollToItem(0)
    }
    val first = visible.firstOrNull()?.index ?: return
    val last = visible.last().index
    LaunchedEffect(last, shown.messages.size) {
        if (shown.older && last > shown.messages.size - NEAR) model.older()
    }
    LaunchedEffect(first, shown.messages.size) {
        if (shown.newer && first < NEAR) model.newer()
    }
    val seen = shown.messages.asReversed().drop(first).firstOrNull { it.direction == Direction.INCOMING }
    LaunchedEffect(seen?.place, shown.conversation.unread) {
        if (seen != null && shown.conversation.unread > 0u && shown.conversation.state != ConversationState.REQUEST) model.read(seen)
    }
}

private const val NEAR = 12

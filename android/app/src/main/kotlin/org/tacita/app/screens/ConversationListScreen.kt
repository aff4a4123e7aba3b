package org.tacita.app.screens

import androidx.compose.foundation.combinedClickable
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.BasicTextField
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.Add
import androidx.compose.material.icons.filled.Lock
import androidx.compose.material.icons.filled.Search
import androidx.compose.material.icons.filled.Settings
import androidx.compose.material3.Badge
import androidx.compose.material3.Button
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.DropdownMenu
import androidx.compose.material3.DropdownMenuItem
import androidx.compose.material3.ExtendedFloatingActionButton
import androidx.compose.material3.FilterChip
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.focus.FocusRequester
import androidx.compose.ui.focus.focusRequester
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import org.tacita.app.Place
import org.tacita.app.parts.Avatar
import org.tacita.app.parts.BackButton
import org.tacita.app.parts.Banner
import org.tacita.app.parts.DeliveryMark
import org.tacita.app.parts.Empty
import org.tacita.app.parts.ProblemBanner
import org.tacita.app.parts.Tone
import org.tacita.app.parts.listLines
import org.tacita.app.parts.shown
import org.tacita.app.words.bodyShort
import org.tacita.app.words.words
import org.tacita.bindings.ConversationState
import org.tacita.bindings.ConversationView
import org.tacita.bindings.Direction
import org.tacita.bindings.ListFilter
import org.tacita.bindings.RelayState
import org.tacita.bindings.Verification
import org.tacita.kit.model.ConversationListModel
import org.tacita.kit.model.ConversationListState
import org.tacita.kit.shownName

/** The conversations, requests and archive, and the search. */
@Composable
fun ConversationListScreen(model: ConversationListModel, lock: (() -> Unit)?, go: (Place) -> Unit) {
    val state = model.state.shown()
    var isSearching by remember { mutableStateOf(state.query.isNotEmpty()) }
    Scaffold(
        topBar = {
            if (isSearching) {
                SearchBar(state.query, model::search) {
                    model.search("")
                    isSearching = false
                }
            } else {
                ListBar({ isSearching = true }, lock, go)
            }
        },
        floatingActionButton = {
            if (!isSearching) {
                ExtendedFloatingActionButton(
                    { Text(words.newContact) }, { Icon(Icons.Filled.Add, words.newContact) }, { go(Place.NewContact()) },
                )
            }
        },
    ) { edges ->
        Column(Modifier.fillMaxSize().padding(edges)) {
            ProblemBanner(model)
            if (isSearching) Hits(state, model, go) else Conversations(state, model, go)
        }
    }
}

@Composable
private fun ListBar(search: () -> Unit, lock: (() -> Unit)?, go: (Place) -> Unit) {
    TopAppBar(
        title = { Text(words.appName, Modifier.semantics { heading() }) },
        actions = {
            IconButton(search) { Icon(Icons.Filled.Search, words.search) }
            if (lock != null) IconButton(lock) { Icon(Icons.Filled.Lock, words.lockNow) }
            IconButton({ go(Place.Settings) }) { Icon(Icons.Filled.Settings, words.settings) }
        },
    )
}

@Composable
private fun SearchBar(query: String, search: (String) -> Unit, end: () -> Unit) {
    var typed by remember { mutableStateOf(query) }
    val focus = remember { FocusRequester() }
    LaunchedEffect(Unit) { focus.requestFocus() }
    TopAppBar(
        title = {
            Box(contentAlignment = Alignment.CenterStart) {
                val description = words.searchMessages
                BasicTextField(
                    typed,
                    {
                        typed = it
                        search(it)
                    },
                    Modifier.fillMaxWidth().focusRequester(focus).semantics { contentDescription = description },
                    textStyle = MaterialTheme.typography.bodyLarge.copy(color = MaterialTheme.colorScheme.onSurface),
                    singleLine = true,
                    cursorBrush = SolidColor(MaterialTheme.colorScheme.primary),
                )
                if (typed.isEmpty()) {
                    Text(
                        words.searchMessages,
                        style = MaterialTheme.typography.bodyLarge,
                        color = MaterialTheme.colorScheme.onSurfaceVariant,
                    )
                }
            }
        },
        navigationIcon = { BackButton(end) },
    )
}

@Composable
private fun Conversations(state: ConversationListState, model: ConversationListModel, go: (Place) -> Unit) {
    RelayBanner(state)
    Filters(state, model)
    val rows = state.shown?.rows
    when {
        rows == null -> Box(Modifier.fillMaxSize(), Alignment.Center) { CircularProgressIndicator() }
        rows.isEmpty() -> Box(Modifier.fillMaxSize(), Alignment.Center) {
            Empty(words.emptyTitle(state.filter), words.emptyDetail(state.filter)) {
                if (state.filter == ListFilter.MAIN) Button({ go(Place.NewContact()) }) { Text(words.newContact) }
            }
        }
        else -> LazyColumn(Modifier.fillMaxSize()) {
            items(rows, key = { it.id.toString() }) { row ->
                Conversation(row, state.pictures[row.id], model) { go(Place.Conversation(row.id)) }
            }
            item { Spacer(Modifier.size(88.dp)) }
        }
    }
}

@Composable
private fun RelayBanner(state: ConversationListState) {
    val waiting = state.outbox?.count ?: 0u
    when (state.relay) {
        RelayState.OFFLINE -> Banner(words.relayOffline(waiting.toULong()), Tone.Quiet)
        RelayState.WRONG_KEY -> Banner(words.relayWrongKey, Tone.Error)
        RelayState.CONNECTING, RelayState.ONLINE, null -> Unit
    }
}

@Composable
private fun Filters(state: ConversationListState, model: ConversationListModel) {
    val counts = state.shown?.counts
    Row(
        Modifier.fillMaxWidth().horizontalScroll(rememberScrollState()).padding(horizontal = 16.dp),
        Arrangement.spacedBy(8.dp),
    ) {
        FilterChip(state.filter == ListFilter.MAIN, { model.show(ListFilter.MAIN) }, { Text(words.conversations) })
        val requests = counts?.requests ?: 0u
        if (requests > 0u || state.filter == ListFilter.REQUESTS) {
            FilterChip(
                state.filter == ListFilter.REQUESTS, { model.show(ListFilter.REQUESTS) }, { Text(words.requests(requests.toULong())) },
            )
        }
        val archived = counts?.archived ?: 0u
        if (archived > 0u || state.filter == ListFilter.ARCHIVED) {
            FilterChip(
                state.filter == ListFilter.ARCHIVED, { model.show(ListFilter.ARCHIVED) }, { Text(words.archive(archived.toULong())) },
            )
        }
    }
}

@Composable
private fun Conversation(row: ConversationView, picture: ByteArray?, model: ConversationListModel, open: () -> Unit) {
    var hasMenu by remember { mutableStateOf(false) }
    Box {
        Row(
            Modifier.fillMaxWidth().combinedClickable(onLongClick = { hasMenu = true }, onLongClickLabel = words.more, onClick = open)
                .padding(horizontal = 16.dp, vertical = 10.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Avatar(nameOf(row), picture)
            Spacer(Modifier.width(14.dp))
            Column(Modifier.weight(1f)) {
                Row(verticalAlignment = Alignment.CenterVertically) {
                    Text(
                        nameOf(row),
                        Modifier.weight(1f),
                        style = MaterialTheme.typography.titleMedium,
                        fontWeight = if (row.unread > 0u) FontWeight.Bold else FontWeight.Normal,
                        maxLines = listLines,
                        overflow = TextOverflow.Ellipsis,
                    )
                    row.last?.let { last ->
                        Spacer(Modifier.width(8.dp))
                        Text(
                            words.shortTime(last.sentMs),
                            style = MaterialTheme.typography.labelMedium,
                            color = MaterialTheme.colorScheme.onSurfaceVariant,
                        )
                    }
                }
                Row(verticalAlignment = Alignment.CenterVertically) {
                    Preview(row, Modifier.weight(1f))
                    Unread(row)
                }
                Marks(row)
            }
        }
        Menu(row, model, hasMenu) { hasMenu = false }
    }
}

@Composable
private fun Preview(row: ConversationView, modifier: Modifier) {
    val colors = MaterialTheme.colorScheme
    val last = row.last
    Row(modifier, verticalAlignment = Alignment.CenterVertically) {
        val (text, color) = when {
            row.verification == Verification.ALARM -> words.alarmShort to colors.error
            row.typing -> words.typing to colors.primary
            row.draft.isNotEmpty() -> words.draft(row.draft) to colors.tertiary
            row.state == ConversationState.REQUEST -> words.wantsToWrite to colors.onSurfaceVariant
            last != null -> words.bodyShort(last.body) to colors.onSurfaceVariant
            row.state == ConversationState.INVITING -> words.waitsForAnswer to colors.onSurfaceVariant
            else -> words.nothingYet to colors.onSurfaceVariant
        }
        if (last != null && !row.typing && row.draft.isEmpty() && row.verification != Verification.ALARM) {
            DeliveryMark(last.delivery, colors.onSurfaceVariant, colors.primary)
            if (last.direction == Direction.OUTGOING) Spacer(Modifier.width(4.dp))
        }
        Text(
            text,
            style = MaterialTheme.typography.bodyMedium,
            fontStyle = if (row.typing) FontStyle.Italic else FontStyle.Normal,
            color = color,
            maxLines = listLines,
            overflow = TextOverflow.Ellipsis,
        )
    }
}

/** What the user has decided for a conversation. */
@Composable
private fun Marks(row: ConversationView) {
    val labels = listOfNotNull(
        words.blocked.takeIf { row.blocked },
        words.muted.takeIf { row.mutedUntilMs != null },
        words.pinned.takeIf { row.pinned },
    )
    if (labels.isEmpty()) return
    Text(
        labels.joinToString(" · "),
        style = MaterialTheme.typography.labelSmall,
        color = MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

@Composable
private fun Unread(row: ConversationView) {
    if (row.unread == 0u) return
    val description = words.unread(row.unread.toULong())
    Spacer(Modifier.width(8.dp))
    Badge(
        Modifier.semantics { contentDescription = description },
        containerColor = if (row.mutedUntilMs != null) MaterialTheme.colorScheme.outline else MaterialTheme.colorScheme.primary,
        contentColor = MaterialTheme.colorScheme.surface,
    ) { Text(if (row.unread > 999u) "999+" else row.unread.toString(), Modifier.padding(2.dp)) }
}

@Composable
private fun Menu(row: ConversationView, model: ConversationListModel, shown: Boolean, dismiss: () -> Unit) {
    DropdownMenu(shown, dismiss) {
        val items = if (row.state == ConversationState.REQUEST) {
            listOf(words.accept to { model.accept(row.id) }, words.decline to { model.decline(row.id) })
        } else {
            listOf(
                (if (row.pinned) words.unpin else words.pin) to { model.setPinned(row.id, !row.pinned) },
                (if (row.mutedUntilMs != null) words.unmute else words.mute) to
                    { model.setMuted(row.id, row.mutedUntilMs == null) },
                (if (row.archived) words.unarchive else words.putIntoArchive) to { model.setArchived(row.id, !row.archived) },
            )
        }
        for ((label, act) in items) {
            DropdownMenuItem({ Text(label) }, {
                dismiss()
                act()
            })
        }
    }
}

@Composable
private fun Hits(state: ConversationListState, model: ConversationListModel, go: (Place) -> Unit) {
    val hits = state.hits
    when {
        state.query.isBlank() -> Unit
        hits == null -> Box(Modifier.fillMaxSize(), Alignment.Center) { CircularProgressIndicator() }
        hits.isEmpty() -> Box(Modifier.fillMaxSize(), Alignment.Center) { Empty(words.nothingFound, words.nothingFoundDetail) }
        else -> LazyColumn(Modifier.fillMaxSize()) {
            items(hits, key = { "${it.conversation.id} ${it.message.place}" }) { hit ->
                SearchResult(hit.conversation, hit.message, state.query) {
                    go(Place.Conversation(hit.conversation.id, hit.message.place))
                }
            }
            if (state.next != null) item { LaunchedEffect(state.next) { model.searchOn() } }
        }
    }
}

/** The name to show, or what is said while there is none. */
@Composable
internal fun nameOf(row: ConversationView): String = row.shownName.ifEmpty { words.noName }

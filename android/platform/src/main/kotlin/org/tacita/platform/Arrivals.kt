package org.tacita.platform

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.tacita.bindings.ConversationView

/** Tells each time that more is unread than before, in conversations that are neither muted nor blocked. */
internal fun Flow<List<ConversationView>>.arrivals(): Flow<Unit> = flow {
    var before: UInt? = null
    collect { rows ->
        val unread = rows.filter { it.mutedUntilMs == null && !it.blocked }.sumOf { it.unread }
        if (unread > (before ?: unread)) emit(Unit)
        before = unread
    }
}

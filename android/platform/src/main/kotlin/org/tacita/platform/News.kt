package org.tacita.platform

import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.launch
import org.tacita.bindings.ClientException
import org.tacita.bindings.ListFilter
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.AppState

/** What the application gives to those parts that the system starts by itself. */
public interface NewsHost {
    public val places: Places
    public val model: AppModel
    public val notifications: Notifications

    /** Whether the user looks at the app now: then nothing needs to be said. */
    public val isVisible: Boolean
}

/** Notices that something came, and says so. */
public class News(private val host: NewsHost) {
    private val scope = CoroutineScope(Dispatchers.Default)

    /** Looks once, and calls [done] at the end, whatever came of it. Cancel the job when the system takes the time back. */
    public fun look(done: () -> Unit): Job = scope.launch {
        try {
            look()
        } finally {
            done()
        }
    }

    /** Notices it as long as the job is not cancelled: at once while the store is open, and else every minute. */
    public fun watch(): Job = scope.launch {
        host.model.state.collectLatest { state ->
            if (state is AppState.Ready) follow(state) else while (true) {
                look()
                delay(1.minutes)
            }
        }
    }

    private suspend fun follow(state: AppState.Ready) {
        try {
            state.client.conversations(ListFilter.ALL).arrivals().collect { say() }
        } catch (_: ClientException) {
            // The store is being closed: the state that follows says what to do.
        }
    }

    /** Through the inbox alone: the store is not opened for it. */
    private suspend fun look() {
        try {
            val summary = host.places.openInbox().check()
            if (summary.came > 0u || summary.firstContacts > 0u) say()
        } catch (_: ClientException) {
            // No inbox yet, or the app looks itself: there is nothing to say. What came stays at its relay.
        }
    }

    private fun say() {
        if (!host.isVisible) host.notifications.show()
    }
}

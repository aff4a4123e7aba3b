package org.tacita.platform

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.tacita.bindings.ClientException

/** What the application gives to those parts that the system starts by itself. */
public interface NewsHost {
    public val places: Places
    public val notifications: Notifications

    /** Whether the user looks at the app now: then nothing needs to be said. */
    public val isVisible: Boolean
}

/** Looks whether something came, through the inbox alone, and says so. */
public class News(private val host: NewsHost) {
    /** Begins to look, and calls [done] at the end, whatever came of it. Cancel the job when the system takes the time back. */
    public fun look(done: () -> Unit): Job = CoroutineScope(Dispatchers.Default).launch {
        try {
            val summary = host.places.openInbox().check()
            if ((summary.came > 0u || summary.firstContacts > 0u) && !host.isVisible) host.notifications.show()
        } catch (_: ClientException) {
            // No inbox yet, or the app looks itself: there is nothing to say. What came stays at its relay.
        } finally {
            done()
        }
    }
}

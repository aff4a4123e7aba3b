package org.tacita.kit.model

import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationView
import org.tacita.kit.Tacita

/** The contacts' pictures that a screen shows, read once for each revision. */
internal class Pictures(private val client: Tacita) {
    private val revisions = ConcurrentHashMap<ConversationId, ULong>()
    private val files = MutableStateFlow<Map<ConversationId, ByteArray>>(emptyMap())

    /** Picture files by conversation. */
    val shown: StateFlow<Map<ConversationId, ByteArray>> = files.asStateFlow()

    /** Reads what is new for these rows. */
    suspend fun follow(rows: List<ConversationView>) {
        for (row in rows) {
            if (revisions.getOrDefault(row.id, 0u) == row.pictureRevision) continue
            try {
                val picture = client.profilePicture(row.id)
                revisions[row.id] = row.pictureRevision
                files.update { if (picture == null) it - row.id else it + (row.id to picture.bytes) }
            } catch (_: ClientException.NotFound) {
                // Deleted since: the list says so next.
            }
        }
    }
}

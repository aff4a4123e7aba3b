package org.tacita.kit.model

import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.collect
import org.tacita.bindings.Event
import org.tacita.bindings.PrivacySettings
import org.tacita.bindings.ProfileView
import org.tacita.bindings.RelayView
import org.tacita.bindings.StorageView
import org.tacita.bindings.StoreHealth
import org.tacita.kit.Tacita

/** What the settings show; each part is null until it has been read. */
public data class SettingsState(
    /** The user's own name and picture. */
    val profile: ProfileView? = null,
    /** What contacts are told. */
    val privacy: PrivacySettings? = null,
    /** What takes room. */
    val storage: StorageView? = null,
    /** How each relay is reached. */
    val relays: List<RelayView>? = null,
    /** What is known of the store's files. */
    val health: StoreHealth? = null,
    /** How many messages a clean-up has deleted so far; null if none runs. */
    val cleaned: ULong? = null,
    /** How many bytes are still to be given back to the disk; null if that is not being done. */
    val shrinking: ULong? = null,
)

/** Profile, receipts, storage and relays. The app lock and the account's end are the [AppModel]'s. */
public class SettingsModel(private val client: Tacita) : Model<SettingsState>(SettingsState()) {
    private var cleanUp: Job? = null

    init {
        act {
            client.changes().collect { batch ->
                if (batch.events.any { it is Event.Account }) readAccount()
                if (batch.events.any { it is Event.Relay }) readRelays()
                if (batch.events.any { it is Event.Store }) readHealth()
            }
        }
        act {
            readHealth()
            readStorage()
        }
    }

    /** Sets the user's name and picture, which contacts are told of one by one. */
    public fun setProfile(name: String, picture: ByteArray?) {
        inTurn {
            client.setProfile(name.trim(), picture)
            readAccount()
        }
    }

    /** Decides what contacts are told from now on. */
    public fun setPrivacy(settings: PrivacySettings) {
        inTurn {
            client.setPrivacySettings(settings)
            readAccount()
        }
    }

    /** Reads anew how much is stored. */
    public fun measure() {
        act { readStorage() }
    }

    /** Deletes here what was stored before a time, in milliseconds since 1970, and gives the room back to the disk. */
    public fun cleanUp(beforeMs: ULong) {
        if (cleanUp?.isCompleted == false) return
        cleanUp = act {
            try {
                change { it.copy(cleaned = 0u) }
                client.cleanUp(beforeMs).collect { progress ->
                    change { it.copy(cleaned = (it.cleaned ?: 0u) + progress.deleted) }
                }
                client.shrinkStore().collect { left -> change { it.copy(shrinking = left) } }
            } finally {
                change { it.copy(cleaned = null, shrinking = null) }
                measure()
            }
        }
    }

    /** Ends a clean-up; what it has not deleted stays. */
    public fun cancelCleanUp() {
        cleanUp?.cancel()
    }

    private suspend fun readAccount() {
        val profile = client.profile()
        val privacy = client.privacySettings()
        change { it.copy(profile = profile, privacy = privacy) }
    }

    private suspend fun readRelays() {
        val relays = client.relays()
        change { it.copy(relays = relays) }
    }

    private suspend fun readHealth() {
        val health = client.storeHealth()
        change { it.copy(health = health) }
    }

    private suspend fun readStorage() {
        val storage = client.storage()
        change { it.copy(storage = storage) }
    }
}

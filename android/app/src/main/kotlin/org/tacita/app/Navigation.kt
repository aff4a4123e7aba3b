package org.tacita.app

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import org.tacita.bindings.ConversationId

/** A screen behind the first ones. */
sealed interface Place {
    data object List : Place

    data class Conversation(val id: ConversationId, val at: ULong? = null) : Place

    data class Contact(val id: ConversationId) : Place

    data class Safety(val id: ConversationId) : Place

    data class NewContact(val link: String? = null) : Place

    data object Invitations : Place

    data object Settings : Setting

    data object Profile : Setting

    data object Privacy : Setting

    data object AppLock : Setting

    data object Storage : Setting

    data object Relays : Setting

    data object DeleteAccount : Setting

    data object About : Setting
}

/** A screen of the settings, which share one model. */
sealed interface Setting : Place

/** Where the user is, and the way back. */
class Navigator {
    private val places = mutableStateListOf<Place>(Place.List)

    /** A link that another app has opened, until there is a screen for it. */
    var opened: String? by mutableStateOf(null)

    val here: Place get() = places.last()

    val hasBack: Boolean get() = places.size > 1

    fun go(place: Place) {
        if (place != here) places.add(place)
    }

    fun back() {
        if (hasBack) places.removeAt(places.lastIndex)
    }

    /** Goes to a place from the list, so that back leads there. */
    fun start(place: Place) {
        home()
        go(place)
    }

    fun home() {
        places.removeRange(1, places.size)
    }
}

package org.tacita.kit

import org.tacita.bindings.ConversationView

/** The name to show: the user's own for the contact, else the contact's; empty until it gave one. */
public val ConversationView.shownName: String
    get() = nickname.ifEmpty { name }

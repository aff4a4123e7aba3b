// What the Kotlin snippets of docs/INTEGRATION.md take as given: values they have, and functions that draw.
package org.tacita.kit.snippets

import org.tacita.bindings.ClientException
import org.tacita.bindings.ConversationId
import org.tacita.bindings.ConversationView
import org.tacita.bindings.KeyVault
import org.tacita.bindings.MessageUpdate
import org.tacita.bindings.MessageView
import org.tacita.bindings.PictureView
import org.tacita.bindings.Repair
import org.tacita.kit.Tacita

/** The app around the snippets, which are compiled and never run. */
internal abstract class SnippetWorld {
    abstract val directory: String
    abstract val vault: KeyVault
    abstract val inboxDirectory: String
    abstract val inboxVault: KeyVault
    abstract val relayLink: String
    abstract val link: String

    abstract val client: Tacita
    abstract val tacita: Tacita
    abstract val ben: ConversationId
    abstract val line: ConversationView
    abstract val row: ConversationView
    abstract val hit: MessageView
    abstract val message: MessageView
    abstract val update: MessageUpdate
    abstract val text: String
    abstract val code: String
    abstract val jpeg: ByteArray
    abstract val cache: MutableMap<ConversationId, PictureView>

    abstract fun askWho(answer: (link: String, name: String) -> Unit)
    abstract fun askPassphrase(answer: (String) -> Unit)
    abstract fun ask(question: String): Boolean
    abstract fun askToUpdate()
    abstract fun warn(text: String)
    abstract fun share(link: String)

    abstract fun show(text: String)
    abstract fun show(problem: ClientException)
    abstract fun show(rows: List<ConversationView>)
    abstract fun show(message: MessageView)
    abstract fun show(groups: List<String>, asked: List<Int>, typed: (List<String>) -> Unit)
    abstract fun showProgress()
    abstract fun showMain(client: Tacita)
    abstract fun showRow(name: String, unread: UInt)
    abstract fun showGap()
    abstract fun showBroken(repair: Repair)
    abstract fun showDamaged()
    abstract fun showVerified()
    abstract fun showInitials(name: String)
    abstract fun showPicture(file: ByteArray?)
    abstract fun title(name: String)
    abstract fun title(conversation: ConversationView)
    abstract fun badge(unread: UInt)

    abstract fun reset(rows: List<MessageView>)
    abstract fun insert(at: UInt, row: MessageView)
    abstract fun redraw(at: UInt, row: MessageView)
    abstract fun remove(at: UInt)

    abstract fun notifySomethingCame(id: ConversationId)
    abstract fun notifyPerhapsMore()
}

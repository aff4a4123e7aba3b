package org.tacita.app

import android.app.Application
import java.util.Locale
import org.tacita.app.words.wordsOf
import org.tacita.kit.model.AppModel
import org.tacita.kit.model.InboxPlace
import org.tacita.platform.NetworkWatch
import org.tacita.platform.NewsHost
import org.tacita.platform.NewsJob
import org.tacita.platform.Notifications
import org.tacita.platform.Places

/** The process: one model of the app, whatever becomes of its activities. */
class TacitaApplication : Application(), NewsHost {
    override val places by lazy { Places(this) }
    override val model by lazy { AppModel(places.store, places.storeVault, InboxPlace(places.inbox, places.inboxVault)) }
    override val notifications by lazy {
        val words = wordsOf(Locale.getDefault())
        val icon = android.R.drawable.stat_notify_chat
        val texts = Notifications.Texts(
            words.messagesChannel, words.appName, words.somethingCame, words.connection, words.staysConnected, icon,
        )
        Notifications(this, texts)
    }
    override var isVisible: Boolean = false

    override fun onCreate() {
        super.onCreate()
        NewsJob.schedule(this)
        NetworkWatch(this, model::networkIs).start()
    }
}

package org.tacita.platform

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent

/**
 * Woken by a UnifiedPush distributor that the user has chosen. What the message says is not read: that it came is all, and
 * whoever sends it learns no more than that.
 */
public class PushReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        if (intent.action != MESSAGE) return
        val host = context.applicationContext as? NewsHost ?: return
        val pending = goAsync()
        News(host).look(pending::finish)
    }

    private companion object {
        const val MESSAGE = "org.unifiedpush.android.connector.MESSAGE"
    }
}

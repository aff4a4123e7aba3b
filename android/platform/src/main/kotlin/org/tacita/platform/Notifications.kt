package org.tacita.platform

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context

/** Says that something came: no name, no text, no count, on the lock screen and off it. */
public class Notifications(private val context: Context, private val texts: Texts) {
    /** What is said, in the user's language, and the picture beside it. */
    public class Texts(
        public val channel: String,
        public val title: String,
        public val text: String,
        public val connectedChannel: String,
        public val connected: String,
        public val icon: Int,
    )

    /** Shows it, or moves it up if it is shown. */
    public fun show() {
        val service = context.service<NotificationManager>()
        service.createNotificationChannel(NotificationChannel(CAME_CHANNEL, texts.channel, NotificationManager.IMPORTANCE_HIGH))
        service.notify(CAME, build(CAME_CHANNEL, texts.text).setAutoCancel(true).build())
    }

    /** What stands while the app stays connected. The user can hide its channel, and all else stays. */
    internal fun connected(): Notification {
        val channel = NotificationChannel(CONNECTED_CHANNEL, texts.connectedChannel, NotificationManager.IMPORTANCE_MIN)
        context.service<NotificationManager>().createNotificationChannel(channel)
        return build(CONNECTED_CHANNEL, texts.connected).setOngoing(true).build()
    }

    /** Takes it away: the app is open. */
    public fun clear(): Unit = context.service<NotificationManager>().cancel(CAME)

    private fun build(channel: String, text: String): Notification.Builder {
        val open = context.packageManager.getLaunchIntentForPackage(context.packageName)
        val tapped = open?.let { PendingIntent.getActivity(context, 0, it, PendingIntent.FLAG_IMMUTABLE) }
        return Notification.Builder(context, channel)
            .setSmallIcon(texts.icon)
            .setContentTitle(texts.title)
            .setContentText(text)
            .setVisibility(Notification.VISIBILITY_PRIVATE)
            .setCategory(Notification.CATEGORY_MESSAGE)
            .setContentIntent(tapped)
    }

    internal companion object {
        const val CONNECTED = 2
        private const val CAME = 1
        private const val CAME_CHANNEL = "messages"
        private const val CONNECTED_CHANNEL = "connection"
    }
}

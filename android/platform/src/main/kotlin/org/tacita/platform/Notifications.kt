package org.tacita.platform

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.content.Context

/** Says that something came: no name, no text, no count, on the lock screen and off it. */
public class Notifications(private val context: Context, private val texts: Texts) {
    /** What is said, in the user's language, and the picture beside it. */
    public class Texts(public val channel: String, public val title: String, public val text: String, public val icon: Int)

    /** Shows it, or moves it up if it is shown. */
    public fun show() {
        val service = context.service<NotificationManager>()
        service.createNotificationChannel(NotificationChannel(CHANNEL, texts.channel, NotificationManager.IMPORTANCE_HIGH))
        service.notify(ID, build(CHANNEL))
    }

    /** Takes it away: the app is open. */
    public fun clear(): Unit = context.service<NotificationManager>().cancel(ID)

    private fun build(channel: String): Notification {
        val open = context.packageManager.getLaunchIntentForPackage(context.packageName)
        val tapped = open?.let { PendingIntent.getActivity(context, 0, it, PendingIntent.FLAG_IMMUTABLE) }
        return Notification.Builder(context, channel)
            .setSmallIcon(texts.icon)
            .setContentTitle(texts.title)
            .setContentText(texts.text)
            .setVisibility(Notification.VISIBILITY_PRIVATE)
            .setCategory(Notification.CATEGORY_MESSAGE)
            .setContentIntent(tapped)
            .setAutoCancel(true)
            .build()
    }

    private companion object {
        const val CHANNEL = "messages"
        const val ID = 1
    }
}

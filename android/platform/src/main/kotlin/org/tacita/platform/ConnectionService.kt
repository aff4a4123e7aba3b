package org.tacita.platform

import android.app.Service
import android.content.Context
import android.content.Intent
import android.content.pm.ServiceInfo.FOREGROUND_SERVICE_TYPE_REMOTE_MESSAGING
import android.os.Build.VERSION.SDK_INT
import android.os.Build.VERSION_CODES.UPSIDE_DOWN_CAKE
import android.os.IBinder
import kotlinx.coroutines.Job

/**
 * Keeps the process, and so its connections, where no push service wakes the app. The user switches it on, and a notification
 * stands as long as it is: Android asks for that.
 */
public class ConnectionService : Service() {
    private var watch: Job? = null

    override fun onStartCommand(intent: Intent?, flags: Int, startId: Int): Int {
        val host = applicationContext as? NewsHost ?: return START_NOT_STICKY
        val notification = host.notifications.connected()
        if (SDK_INT >= UPSIDE_DOWN_CAKE) {
            startForeground(Notifications.CONNECTED, notification, FOREGROUND_SERVICE_TYPE_REMOTE_MESSAGING)
        } else {
            startForeground(Notifications.CONNECTED, notification)
        }
        if (watch == null) watch = News(host).watch()
        return START_STICKY
    }

    override fun onDestroy() {
        watch?.cancel()
    }

    override fun onBind(intent: Intent?): IBinder? = null
}

/** The user's switch for it; off until then. */
public class Connection(private val context: Context) {
    private val settings = context.getSharedPreferences("connection", Context.MODE_PRIVATE)
    private val service = Intent(context, ConnectionService::class.java)

    public var isOn: Boolean
        get() = settings.getBoolean(KEY, false)
        set(on) {
            settings.edit().putBoolean(KEY, on).apply()
            if (on) context.startForegroundService(service) else context.stopService(service)
        }

    /** To be called when the device has started, or the app was updated: neither keeps a service. */
    public fun resume() {
        if (isOn) context.startForegroundService(service)
    }

    private companion object {
        const val KEY = "stay"
    }
}

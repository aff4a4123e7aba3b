package org.tacita.platform

import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent

/** Told when the device has started and when the app was updated. */
public class StartReceiver : BroadcastReceiver() {
    override fun onReceive(context: Context, intent: Intent) {
        if (intent.action in listOf(Intent.ACTION_BOOT_COMPLETED, Intent.ACTION_MY_PACKAGE_REPLACED)) Connection(context).resume()
    }
}

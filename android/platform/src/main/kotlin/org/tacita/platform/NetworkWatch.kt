package org.tacita.platform

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network

/** Tells when the device has a network, and when it has none. */
public class NetworkWatch(context: Context, private val changed: (there: Boolean) -> Unit) {
    private val service = context.service<ConnectivityManager>()
    private val callback = object : ConnectivityManager.NetworkCallback() {
        override fun onAvailable(network: Network): Unit = changed(true)

        override fun onLost(network: Network): Unit = changed(false)
    }

    public fun start(): Unit = service.registerDefaultNetworkCallback(callback)

    public fun stop(): Unit = service.unregisterNetworkCallback(callback)
}

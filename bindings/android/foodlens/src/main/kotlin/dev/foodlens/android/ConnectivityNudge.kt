package dev.foodlens.android

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import android.net.NetworkCapabilities

/**
 * Tells when the device has come online: for an app that is open, since background work may wait for minutes. The typical
 * nudge is a [dev.foodlens.Session.sync] in a scope of the app's. Needs ACCESS_NETWORK_STATE, which the library's manifest has.
 *
 * @param nudge called on a thread of the system, once for each time that a network is validated; keep it short.
 */
public class ConnectivityNudge(context: Context, private val nudge: () -> Unit) : AutoCloseable {
    private val manager = checkNotNull(context.getSystemService(ConnectivityManager::class.java)) { "every device has one" }
    private val online = Online()
    private val callback =
        object : ConnectivityManager.NetworkCallback() {
            override fun onCapabilitiesChanged(network: Network, capabilities: NetworkCapabilities) {
                if (online.changed(capabilities.hasCapability(NetworkCapabilities.NET_CAPABILITY_VALIDATED))) nudge()
            }

            override fun onLost(network: Network) {
                online.changed(false)
            }
        }

    init {
        manager.registerDefaultNetworkCallback(callback)
    }

    /** Ends it. */
    override fun close(): Unit = manager.unregisterNetworkCallback(callback)
}

/** Whether the device has come online, told what it is now; a captive portal is not online. */
internal class Online {
    private var before = false

    fun changed(now: Boolean): Boolean = (now && !before).also { before = now }
}

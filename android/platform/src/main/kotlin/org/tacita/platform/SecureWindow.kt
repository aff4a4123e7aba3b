package org.tacita.platform

import android.app.Activity
import android.content.Context
import android.view.WindowManager.LayoutParams.FLAG_SECURE

/** Keeps the screen out of screenshots and of the list of recent apps; on until the user switches it off. */
public class SecureWindow(private val activity: Activity) {
    private val settings = activity.getSharedPreferences("screen", Context.MODE_PRIVATE)

    public var isOn: Boolean
        get() = settings.getBoolean(KEY, true)
        set(on) {
            settings.edit().putBoolean(KEY, on).apply()
            apply()
        }

    /** To be called when the window is made. */
    public fun apply() {
        if (isOn) activity.window.addFlags(FLAG_SECURE) else activity.window.clearFlags(FLAG_SECURE)
    }

    private companion object {
        const val KEY = "secure"
    }
}

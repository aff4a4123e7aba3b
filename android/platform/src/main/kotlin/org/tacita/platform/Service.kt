package org.tacita.platform

import android.content.Context

/** A service that every Android has. */
internal inline fun <reified T : Any> Context.service(): T = checkNotNull(getSystemService(T::class.java))

package org.tacita.platform

import android.content.Context
import org.tacita.kit.TacitaInbox

/** Where store and inbox lie, and which keys open them. The backup rules leave out both directories. */
public class Places(private val context: Context) {
    public val store: String = context.noBackupFilesDir.resolve("store").path
    public val storeVault: KeystoreVault = KeystoreVault(context, "tacita-store", whileLocked = false)
    public val inbox: String = context.noBackupFilesDir.resolve("inbox").path
    public val inboxVault: KeystoreVault = KeystoreVault(context, "tacita-inbox", whileLocked = true)

    /** Exports, which only this app can read until the user shares them. */
    public val exports: String = context.filesDir.resolve("exports").apply { mkdirs() }.path

    /** The inbox, for what must not open the store. */
    public suspend fun openInbox(): TacitaInbox = TacitaInbox.open(inbox, inboxVault)
}

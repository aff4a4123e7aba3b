package org.tacita.platform

import android.content.Context
import android.content.pm.PackageManager
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import java.security.GeneralSecurityException
import java.security.KeyStore
import java.security.ProviderException
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec
import org.tacita.bindings.KeyVault
import org.tacita.bindings.VaultException

/**
 * Wraps the store's key under an AES key that the Android Keystore never gives out: in StrongBox where the device has one.
 *
 * A key that is lost (a device put back from a backup, a cleared keystore) is never made anew by opening: `unwrap` fails,
 * the app says so, and the store stays as it is until the user erases it.
 */
public class KeystoreVault(
    private val context: Context,
    private val alias: String,
    /** Whether it opens while the device is locked, as a push may come then. */
    private val whileLocked: Boolean,
) : KeyVault {
    override fun wrap(key: ByteArray): ByteArray = guarded {
        try {
            val cipher = Cipher.getInstance(TRANSFORMATION)
            cipher.init(Cipher.ENCRYPT_MODE, find() ?: make())
            cipher.iv + cipher.doFinal(key)
        } finally {
            key.fill(0)
        }
    }

    override fun unwrap(blob: ByteArray): ByteArray = guarded {
        if (blob.size <= NONCE) throw VaultException.Failed()
        val cipher = Cipher.getInstance(TRANSFORMATION)
        cipher.init(Cipher.DECRYPT_MODE, find() ?: throw VaultException.Failed(), GCMParameterSpec(TAG_BITS, blob, 0, NONCE))
        cipher.doFinal(blob, NONCE, blob.size - NONCE)
    }

    override fun isTest(): Boolean = false

    /** Whether the Keystore has the key. If there is a store and no key, it was lost: offer to erase the store. */
    public fun hasKey(): Boolean = guarded { find() != null }

    /** Deletes the key: what was wrapped under it stays closed for good. Call it after erasing the store. */
    public fun deleteKey(): Unit = guarded { keystore().deleteEntry(alias) }

    private fun keystore(): KeyStore = KeyStore.getInstance(KEYSTORE).apply { load(null) }

    private fun find(): SecretKey? = keystore().getKey(alias, null) as? SecretKey

    private fun make(): SecretKey {
        val hasStrongBox = context.packageManager.hasSystemFeature(PackageManager.FEATURE_STRONGBOX_KEYSTORE)
        return try {
            make(hasStrongBox)
        } catch (_: StrongBoxUnavailableException) {
            // It says that it is there, and has no room.
            make(inStrongBox = false)
        }
    }

    private fun make(inStrongBox: Boolean): SecretKey {
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val spec = KeyGenParameterSpec.Builder(alias, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(KEY_BITS)
            .setUnlockedDeviceRequired(!whileLocked)
            .setIsStrongBoxBacked(inStrongBox)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(spec) }.generateKey()
    }

    /** The reason stays here: it may hold what the vault was given. */
    private fun <T> guarded(work: () -> T): T = try {
        work()
    } catch (_: UserNotAuthenticatedException) {
        throw VaultException.Locked()
    } catch (_: GeneralSecurityException) {
        throw VaultException.Failed()
    } catch (_: ProviderException) {
        throw VaultException.Failed()
    }

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val TRANSFORMATION = "AES/GCM/NoPadding"
        const val KEY_BITS = 256
        const val NONCE = 12
        const val TAG_BITS = 128
    }
}

package dev.foodlens.android

import android.content.Context
import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import dev.foodlens.KeyProvider
import java.security.KeyStore
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey

/**
 * Keys of the users' databases: 32 random bytes for each user, stored wrapped by an AES-GCM key that never leaves the Android
 * Keystore, beside the databases, where no backup carries them along. A key that cannot be unwrapped is an error
 * ([dev.foodlens.FoodLensException.KeyUnavailable]) and is never replaced: the old one may be back after the next unlock.
 */
public class KeystoreKeys(context: Context) : KeyProvider {
    private val keys = WrappedKeys(FoodLensAndroid.folder(context).resolve("keys"), ::wrappingKey)

    /** The key of this user; made at the first time. */
    override fun key(userId: String): ByteArray = keys.key(userId)

    private fun wrappingKey(make: Boolean): SecretKey? {
        val store = KeyStore.getInstance(STORE).apply { load(null) }
        (store.getKey(ALIAS, null) as SecretKey?)?.let { return it }
        if (!make) return null
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val form =
            KeyGenParameterSpec.Builder(ALIAS, purposes)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, STORE).apply { init(form) }.generateKey()
    }

    private companion object {
        const val STORE = "AndroidKeyStore"
        const val ALIAS = "dev.foodlens.database-key"
    }
}

package dev.foodlens.sample.model

import dev.foodlens.AccessToken
import dev.foodlens.TokenProvider
import java.time.Clock
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec

/**
 * Tokens for `foodlens-server --secret dev`, made on the phone: for development alone. An app asks its login server here, and
 * throws when the person has to sign in again.
 */
class DevTokens(private val secret: String = "dev", private val clock: Clock = Clock.systemUTC()) : TokenProvider {
    override suspend fun token(userId: String, refused: Boolean): AccessToken {
        val expires = clock.instant().plusSeconds(600).epochSecond
        val name = userId.replace("\\", "\\\\").replace("\"", "\\\"")
        val head = encoded("""{"alg":"HS256","typ":"JWT"}""".toByteArray())
        val body = encoded("""{"sub":"$name","exp":$expires}""".toByteArray())
        val mac = Mac.getInstance("HmacSHA256").apply { init(SecretKeySpec(secret.toByteArray(), "HmacSHA256")) }
        return AccessToken(userId, "$head.$body.${encoded(mac.doFinal("$head.$body".toByteArray()))}")
    }

    private fun encoded(bytes: ByteArray): String = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
}

package dev.foodlens

import dev.foodlens.ffi.CoreHttpRequest
import dev.foodlens.ffi.HttpResponse
import dev.foodlens.ffi.Method
import dev.foodlens.ffi.TransportCallback
import dev.foodlens.ffi.TransportException

/**
 * A header. Its value is not part of [toString]: one of them is the token.
 *
 * @property name for instance `content-type`.
 * @property value not for logs.
 */
public class HttpHeader(public val name: String, public val value: String) {
    /** The name alone. */
    override fun toString(): String = "$name: …"
}

/**
 * One request.
 *
 * @property method as in HTTP.
 * @property url full URL.
 * @property headers with the token among them. Not for logs; [toString] shows their names only.
 * @property body JSON, or null for GET and DELETE: personal data. [toString] shows its size only.
 */
public class HttpRequest(
    public val method: Method,
    public val url: String,
    public val headers: List<HttpHeader>,
    public val body: ByteArray?,
) {
    /** Without what it carries. */
    override fun toString(): String = "HttpRequest($method $url, headers=$headers, body=${body?.size ?: 0} bytes)"
}

/** A network stack of the app's own. It must have time limits, follow no redirect, and never retry. */
public fun interface HttpTransport {
    /**
     * Sends the request and waits for the answer, whatever its status.
     *
     * @throws TransportException.NotSent when certainly nothing reached the server. Anything else that is thrown
     *   counts as an unknown outcome, which is always safe.
     */
    public fun execute(request: HttpRequest): HttpResponse
}

internal class TransportAdapter(private val transport: HttpTransport) : TransportCallback {
    override fun execute(request: CoreHttpRequest): HttpResponse =
        try {
            val headers = request.headers.map { HttpHeader(it.name, it.value) }
            transport.execute(HttpRequest(request.method, request.url, headers, request.body))
        } catch (e: TransportException) {
            throw e
        } catch (_: Throwable) {
            throw TransportException.OutcomeUnknown()
        }
}

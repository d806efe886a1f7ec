import FoodLensFFI
import Foundation

/// A name and a value. Its text (`description`, `dump`, a log) never shows the value: one of them is the token.
public struct HttpHeader: Sendable, CustomStringConvertible, CustomReflectable {
    /// The name.
    public let name: String
    /// The value.
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    public var description: String { "\(name): …" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// One request. Its text shows the names of the headers and the size of the body, which is personal data.
public struct HttpRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The method.
    public let method: Method
    /// Full URL.
    public let url: String
    /// Names and values, the token among them: not for logs.
    public let headers: [HttpHeader]
    /// JSON; nil for GET and DELETE.
    public let body: Data?

    public init(method: Method, url: String, headers: [HttpHeader], body: Data?) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    public var description: String {
        "HttpRequest(\(method) \(url), headers=\(headers), body=\(body?.count ?? 0) bytes)"
    }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A network stack of the app's own: sends the request and waits for the answer, whatever its status. It must have time
/// limits, follow no redirect, and never retry. It throws `TransportError.NotSent` when certainly nothing reached the
/// server; anything else that it throws counts as an unknown outcome, which is always safe.
public typealias HTTPTransport = @Sendable (HttpRequest) throws -> HttpResponse

final class TransportAdapter: TransportCallback {
    private let transport: HTTPTransport

    init(_ transport: @escaping HTTPTransport) { self.transport = transport }

    func execute(request: CoreHttpRequest) throws -> HttpResponse {
        do {
            let headers = request.headers.map { HttpHeader(name: $0.name, value: $0.value) }
            return try transport(
                HttpRequest(method: request.method, url: request.url, headers: headers, body: request.body))
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError.OutcomeUnknown
        }
    }
}

//! The transport of the box: ureq over rustls with bundled roots. The only file that names ureq.

use super::{Method, Outcome, Request, Response, Transport};
use crate::error::{ErrorKind, Result};
use std::io::Read;
use std::time::Duration;
use ureq::config::Config;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector, DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Timeout, http};

/// Limits of the built-in transport.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Time limit to connect, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Time limit of a whole request. Default 30 s.
    pub total_timeout: Duration,
    /// Largest answer after decompression, in bytes. Default 16 MiB.
    pub max_response_bytes: u64,
    /// Allow `http://` to a loopback address, for tests and demos. Default off; other hosts always need `https://`.
    pub allow_loopback_http: bool,
    /// Certificates (PEM, one or more) of the only authorities to trust, for a private backend. Default none: the
    /// bundled Mozilla roots.
    pub ca_pem: Option<String>,
    /// Trust what the operating system trusts (its store, the authorities that an administrator has added, revocations)
    /// and not the bundled roots. Needs the cargo feature `platform-verifier`; on Android the app must also initialise
    /// `rustls-platform-verifier` with its context. Default off.
    pub platform_roots: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            max_response_bytes: 16 * 1024 * 1024,
            allow_loopback_http: false,
            ca_pem: None,
            platform_roots: false,
        }
    }
}

/// HTTP/1.1 with keep-alive. Bodies are not logged here; keep the `ureq` log target below TRACE, which dumps headers.
pub struct HttpTransport {
    agent: Agent,
    max_response_bytes: u64,
}

impl HttpTransport {
    /// A transport with the given limits, for the given backend.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when the URL is neither `https://` nor, where allowed, `http://` to a loopback address, when
    /// `ca_pem` holds no certificate or something that cannot be read, or when `platform_roots` is asked for together
    /// with `ca_pem` or of a build without the feature.
    pub fn new(base_url: &str, options: &HttpOptions) -> Result<Self> {
        let https_only = check_url(base_url, options.allow_loopback_http)?;
        let roots = roots(options)?;
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .https_only(https_only)
            // A 409's body and a 429's Retry-After are needed.
            .http_status_as_error(false)
            // A redirected POST becomes a GET and returns a portal's page; keys and tokens would go to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(options.connect_timeout))
            .timeout_global(Some(options.total_timeout))
            // Not from the environment: an app's traffic does not follow a shell variable.
            .proxy(None)
            .no_delay(true)
            .user_agent(concat!("foodlens-core/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, Connecting::default(), Resolving::default());
        Ok(Self { agent, max_response_bytes: options.max_response_bytes })
    }

    fn read(&self, answer: http::Response<Body>) -> Outcome {
        let text = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (retry_after, content_type) = (text("retry-after"), text("content-type"));
        let status = answer.status().as_u16();
        // As long as the answer says that it is, where it says so: a page that grows as it comes takes up to twice as much.
        let length = answer.body().content_length().unwrap_or_default().min(self.max_response_bytes);
        let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        // The limit of the library counts bytes on the wire; a small gzip body can be huge: count after decoding.
        let mut reader = answer.into_body().into_reader().take(self.max_response_bytes.saturating_add(1));
        match reader.read_to_end(&mut body) {
            Err(_) => Outcome::OutcomeUnknown("answer cut short"),
            Ok(_) if body.len() as u64 > self.max_response_bytes => {
                Outcome::OutcomeUnknown("answer too large")
            }
            Ok(_) => Outcome::Response(Response { status, retry_after, content_type, body }),
        }
    }
}

impl Transport for HttpTransport {
    fn execute(&self, request: &Request) -> Outcome {
        let method = match request.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
            Method::Patch => http::Method::PATCH,
            Method::Delete => http::Method::DELETE,
        };
        let mut builder = http::Request::builder().method(method).uri(&request.url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        let sent = match &request.body {
            Some(body) => builder.body(body.as_slice()).map(|request| self.agent.run(request)),
            None => builder.body(()).map(|request| self.agent.run(request)),
        };
        match sent {
            // A token with a line break, say.
            Err(_) => Outcome::NotSent("request cannot be built"),
            Ok(Err(error)) => unanswered(&error),
            Ok(Ok(answer)) => self.read(answer),
        }
    }
}

/// Why there is no connection: whatever the error was, nothing of the request has left.
#[derive(Debug)]
struct NoConnection(&'static str);

impl std::fmt::Display for NoConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for NoConnection {}

/// ureq's resolver. What an offline phone gets for every name is an I/O error of no kind there, like a lost connection.
#[derive(Debug, Default)]
struct Resolving(DefaultResolver);

impl Resolver for Resolving {
    fn resolve(
        &self,
        uri: &http::Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> std::result::Result<ResolvedSocketAddrs, ureq::Error> {
        self.0.resolve(uri, config, timeout).map_err(|error| no_connection(&error, "host not found"))
    }
}

/// ureq's connector: TCP and the TLS handshake. A refused certificate is an I/O error there.
#[derive(Debug, Default)]
struct Connecting(DefaultConnector);

impl Connector<()> for Connecting {
    type Out = <DefaultConnector as Connector<()>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> std::result::Result<Option<Self::Out>, ureq::Error> {
        let code = if details.needs_tls() { "TLS refused" } else { "connection failed" };
        self.0.connect(details, chained).map_err(|error| no_connection(&error, code))
    }
}

fn no_connection(error: &ureq::Error, otherwise: &'static str) -> ureq::Error {
    use ureq::Error as E;
    let code = match error {
        E::Timeout(Timeout::Resolve) => "time-out resolving",
        E::Timeout(_) => "time-out connecting",
        E::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => "connection refused",
        E::Io(io) if unreachable(io.kind()) => "no route",
        _ => otherwise,
    };
    E::Other(Box::new(NoConnection(code)))
}

/// What is known of a request that got no answer. Only what certainly failed before the first byte is "not sent".
fn unanswered(error: &ureq::Error) -> Outcome {
    use ureq::Error as E;
    match error {
        E::Other(cause) => match cause.downcast_ref() {
            Some(NoConnection(code)) => Outcome::NotSent(code),
            None => Outcome::OutcomeUnknown("connection lost"),
        },
        E::TlsRequired => Outcome::NotSent("TLS refused"),
        E::BadUri(_) | E::Http(_) | E::RequireHttpsOnly(_) => Outcome::NotSent("request cannot be built"),
        E::Timeout(_) => Outcome::OutcomeUnknown("time-out"),
        _ => Outcome::OutcomeUnknown("connection lost"),
    }
}

fn unreachable(kind: std::io::ErrorKind) -> bool {
    matches!(
        kind,
        std::io::ErrorKind::NetworkUnreachable
            | std::io::ErrorKind::HostUnreachable
            | std::io::ErrorKind::NetworkDown
            | std::io::ErrorKind::AddrNotAvailable
    )
}

/// Whom to trust.
fn roots(options: &HttpOptions) -> Result<RootCerts> {
    let refused = |rule| Err(ErrorKind::Config { field: "platform_roots", rule }.into());
    match (&options.ca_pem, options.platform_roots) {
        (Some(_), true) => refused("one of platform_roots and ca_pem"),
        (Some(pem), false) => own_roots(pem),
        (None, true) if cfg!(feature = "platform-verifier") => Ok(RootCerts::PlatformVerifier),
        (None, true) => refused("a build with the feature platform-verifier"),
        (None, false) => Ok(RootCerts::WebPki),
    }
}

/// The authorities in a PEM text: all of them or none, so that a spoilt file is noticed at once.
fn own_roots(pem: &str) -> Result<RootCerts> {
    let refused = || ErrorKind::Config { field: "ca_pem", rule: "certificates in PEM, one or more" };
    let mut roots = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => roots.push(certificate),
            _ => return Err(refused().into()),
        }
    }
    if roots.is_empty() { Err(refused().into()) } else { Ok(RootCerts::new_with_certs(&roots)) }
}

/// Whether only https may be used; refuses every other scheme, and clear text to anything but this machine.
fn check_url(base_url: &str, allow_loopback_http: bool) -> Result<bool> {
    let refused = |rule| Err(ErrorKind::Config { field: "base_url", rule }.into());
    let Ok(uri) = base_url.parse::<http::Uri>() else { return refused("a URL like https://api.example.com") };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if uri.query().is_some() {
        return refused("a URL without a query");
    }
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(true),
        Some("http") if loopback && allow_loopback_http => Ok(false),
        Some("http") => refused("https (clear text only to loopback, and only where the options allow it)"),
        _ => refused("a URL like https://api.example.com"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_refused_at_once() {
        for pem in ["", "nonsense", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"] {
            let options = HttpOptions { ca_pem: Some(pem.into()), ..HttpOptions::default() };
            let refused = HttpTransport::new("https://api.example.com", &options).err().unwrap();
            assert!(matches!(refused.kind(), ErrorKind::Config { field: "ca_pem", .. }), "{pem}");
        }
    }

    #[test]
    fn the_systems_trust_is_had_where_it_is_built_in_and_never_together_with_an_own_authority() {
        let refused = |options: HttpOptions| {
            HttpTransport::new("https://api.example.com", &options).err().map(|error| error.kind().clone())
        };
        let platform = HttpOptions { platform_roots: true, ..HttpOptions::default() };
        assert_eq!(refused(platform.clone()).is_none(), cfg!(feature = "platform-verifier"));
        let both = refused(HttpOptions { ca_pem: Some("x".into()), ..platform });
        assert!(matches!(both, Some(ErrorKind::Config { field: "platform_roots", .. })));
    }

    #[test]
    fn clear_text_goes_to_this_machine_only_and_only_when_allowed() {
        for (url, allowed, expected) in [
            ("https://api.example.com", false, Some(true)),
            ("https://api.example.com/v2", true, Some(true)),
            ("http://127.0.0.1:8080", true, Some(false)),
            ("http://[::1]:8080", true, Some(false)),
            ("http://localhost", true, Some(false)),
            ("http://127.0.0.1:8080", false, None),
            ("http://api.example.com", true, None),
            ("http://localhost.example.com", true, None),
            ("ftp://127.0.0.1", true, None),
            ("127.0.0.1:8080", true, None),
            ("https://api.example.com?x=1", true, None),
            ("", true, None),
        ] {
            assert_eq!(check_url(url, allowed).ok(), expected, "{url}");
        }
    }
}

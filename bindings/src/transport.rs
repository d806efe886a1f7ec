//! A network stack of the host's own, for apps that must send everything through theirs (and for their tests).

use crate::convert::{Count, Via};
use foodlens_core::{Method, Outcome, Request, Response};
use std::sync::Arc;

/// HTTP methods in use.
#[uniffi::remote(Enum)]
pub enum Method {
    /// A read.
    Get,
    /// A write of many operations.
    Post,
    /// A write of one record, whole or (for a collection of one record) a patch.
    Put,
    /// A write of some fields of one record.
    Patch,
    /// A deletion.
    Delete,
}

/// A name and a value.
#[derive(Clone, uniffi::Record)]
pub struct CoreHttpHeader {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One request. Its headers hold the token: the facades' type hides them in its text.
#[derive(Clone, uniffi::Record)]
pub struct CoreHttpRequest {
    /// The method.
    pub method: Method,
    /// Full URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<CoreHttpHeader>,
    /// JSON; none for GET and DELETE.
    pub body: Option<Vec<u8>>,
}

/// A complete answer, whatever its status.
#[derive(Clone, uniffi::Record)]
pub struct HttpResponse {
    /// HTTP status.
    pub status: i64,
    /// The header `Retry-After`, as it came.
    pub retry_after: Option<String>,
    /// The media type, as it came.
    pub content_type: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Why there is no complete answer. Any other exception counts as `OutcomeUnknown`, which is always safe.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum TransportError {
    /// Certainly nothing reached the server (no route, name not found, refused).
    #[error("nothing was sent")]
    NotSent,
    /// Bytes may have reached it, and no complete answer came back (time-out, reset, cut short, too large).
    #[error("sent, and the outcome is unknown")]
    OutcomeUnknown,
}

impl From<uniffi::UnexpectedUniFFICallbackError> for TransportError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::OutcomeUnknown
    }
}

/// Carries one request to the backend. It blocks, must have time limits of its own, follows no redirect, and never
/// retries: only the queue knows what may be sent again.
#[uniffi::export(foreign)]
pub trait TransportCallback: Send + Sync {
    /// Sends the request and waits for the answer. Called with no lock held, from the thread that syncs.
    fn execute(&self, request: CoreHttpRequest) -> Result<HttpResponse, TransportError>;
}

pub(crate) struct Carries(pub Arc<dyn TransportCallback>);

impl foodlens_core::Transport for Carries {
    fn execute(&self, request: &Request) -> Outcome {
        match self.0.execute(request.clone().into()) {
            Ok(HttpResponse { status, retry_after, content_type, body }) => {
                Outcome::Response(Response { status: Count::back(status), retry_after, content_type, body })
            }
            Err(TransportError::NotSent) => Outcome::NotSent("host"),
            Err(TransportError::OutcomeUnknown) => Outcome::OutcomeUnknown("host"),
        }
    }
}

impl From<Request> for CoreHttpRequest {
    fn from(request: Request) -> Self {
        let headers =
            request.headers.into_iter().map(|(name, value)| CoreHttpHeader { name, value }).collect();
        Self { method: request.method, url: request.url, headers, body: request.body }
    }
}

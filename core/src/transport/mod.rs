//! Requests to the backend: the trait, so that a host or a test may bring its own, and the types around it.

mod http;
mod rest;

pub use http::{HttpOptions, HttpTransport};
pub(crate) use rest::{
    Addressed, BatchReply, Endpoint, HistoryReply, OverwrittenValue, Page, Problem, Refusal, RemoteRecord,
    SingleReply, VerdictItem, VerdictName, compress,
};

/// HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

/// One request. `Debug` is not derived: the headers hold the token.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Full URL.
    pub url: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// JSON; none for GET and DELETE.
    pub body: Option<Vec<u8>>,
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Seconds or an HTTP date, as it came.
    pub retry_after: Option<String>,
    /// The media type, as it came.
    pub content_type: Option<String>,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// How a request ended.
pub enum Outcome {
    /// Certainly nothing reached the server (no route, name not found, refused). The code is for logs.
    NotSent(&'static str),
    /// Bytes may have reached it, and no complete answer came back (time-out, reset, cut short, too large).
    OutcomeUnknown(&'static str),
    /// A complete answer.
    Response(Response),
}

/// Carries one request to the backend. It blocks, has time limits of its own, follows no redirect, and never retries:
/// only the queue knows what may be sent again.
pub trait Transport: Send + Sync {
    /// Sends the request and waits for the answer. Called with no lock held, from the thread that syncs.
    fn execute(&self, request: &Request) -> Outcome;
}

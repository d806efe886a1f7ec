//! Refusals: the stable codes, and the `application/problem+json` form of an HTTP answer.

use serde::{Deserialize, Serialize};

use crate::record::Record;

/// The stable codes that a client may act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// No token, or not a valid one: get a fresh token.
    Unauthorized,
    /// The body names another user than the token.
    WrongUser,
    /// The request is not of the contract's shape.
    Malformed,
    /// A single write without an idempotency key.
    KeyRequired,
    /// The key was seen before with another body.
    KeyReused,
    /// The operation is not of the contract's shape.
    Invalid,
    /// The fields are too large.
    TooLarge,
    /// Too many operations, or too large a body.
    BatchTooLarge,
    /// The body comes in an encoding that the server does not decode.
    UnsupportedEncoding,
    /// The base version is stale.
    Conflict,
    /// No such record or path.
    NotFound,
    /// The path does not know this method.
    MethodNotAllowed,
    /// The record was deleted.
    Gone,
    /// The cursor is too old or of another epoch: pull from the beginning.
    CursorExpired,
    /// The server never issued this cursor.
    BadCursor,
    /// The body came too slowly.
    RequestTimeout,
    /// Too many requests of this user, or without a good token of this address.
    RateLimited,
    /// Writes are paused by the operator.
    Paused,
    /// The database does not answer now.
    Unavailable,
}

impl Code {
    /// All of them.
    pub const ALL: [Code; 19] = [
        Code::Unauthorized,
        Code::WrongUser,
        Code::Malformed,
        Code::KeyRequired,
        Code::KeyReused,
        Code::Invalid,
        Code::TooLarge,
        Code::BatchTooLarge,
        Code::UnsupportedEncoding,
        Code::Conflict,
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::Gone,
        Code::CursorExpired,
        Code::BadCursor,
        Code::RequestTimeout,
        Code::RateLimited,
        Code::Paused,
        Code::Unavailable,
    ];

    /// The HTTP status that goes with it.
    pub fn status(self) -> u16 {
        match self {
            Code::Unauthorized => 401,
            Code::WrongUser => 403,
            Code::Malformed | Code::KeyRequired | Code::BadCursor => 400,
            Code::KeyReused | Code::Invalid => 422,
            Code::TooLarge | Code::BatchTooLarge => 413,
            Code::UnsupportedEncoding => 415,
            Code::Conflict => 409,
            Code::NotFound => 404,
            Code::MethodNotAllowed => 405,
            Code::Gone | Code::CursorExpired => 410,
            Code::RequestTimeout => 408,
            Code::RateLimited => 429,
            Code::Paused | Code::Unavailable => 503,
        }
    }

    /// A sentence for a person. It never repeats what was sent.
    pub fn title(self) -> &'static str {
        match self {
            Code::Unauthorized => "The token is missing, expired or not valid.",
            Code::WrongUser => "The body names another user than the token.",
            Code::Malformed => "The request is not of the contract's shape.",
            Code::KeyRequired => "The Idempotency-Key header is missing.",
            Code::KeyReused => "The idempotency key was used before with another body.",
            Code::Invalid => "The operation is not of the contract's shape.",
            Code::TooLarge => "The fields are larger than the limit.",
            Code::BatchTooLarge => "The batch has too many operations or too many bytes.",
            Code::UnsupportedEncoding => "The server does not decode bodies of this encoding.",
            Code::Conflict => "The record has changed since the base version.",
            Code::NotFound => "There is no such record or path.",
            Code::MethodNotAllowed => "The path does not support this method.",
            Code::Gone => "The record was deleted.",
            Code::CursorExpired => "The cursor is too old or of another epoch.",
            Code::BadCursor => "The server never issued this cursor.",
            Code::RequestTimeout => "The body came too slowly.",
            Code::RateLimited => "There were too many requests.",
            Code::Paused => "Writes are paused.",
            Code::Unavailable => "The server cannot do this now.",
        }
    }

    /// When to come again, in seconds, where that helps.
    pub fn retry_after_s(self) -> Option<u32> {
        match self {
            Code::Unavailable | Code::RateLimited => Some(1),
            Code::Paused => Some(60),
            _ => None,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unauthorized => "unauthorized",
            Code::WrongUser => "wrong_user",
            Code::Malformed => "malformed",
            Code::KeyRequired => "key_required",
            Code::KeyReused => "key_reused",
            Code::Invalid => "invalid",
            Code::TooLarge => "too_large",
            Code::BatchTooLarge => "batch_too_large",
            Code::UnsupportedEncoding => "unsupported_encoding",
            Code::Conflict => "conflict",
            Code::NotFound => "not_found",
            Code::MethodNotAllowed => "method_not_allowed",
            Code::Gone => "gone",
            Code::CursorExpired => "cursor_expired",
            Code::BadCursor => "bad_cursor",
            Code::RequestTimeout => "request_timeout",
            Code::RateLimited => "rate_limited",
            Code::Paused => "paused",
            Code::Unavailable => "unavailable",
        }
    }

    /// The code as a refusal of one operation.
    pub fn refusal(self) -> Refusal {
        Refusal { status: self.status(), code: self, title: self.title().to_owned() }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

impl std::error::Error for Code {}

/// Why one operation was not applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The HTTP status that a single write would get.
    pub status: u16,
    /// The stable code.
    pub code: Code,
    /// A sentence for a person.
    pub title: String,
}

/// An HTTP answer that is not a success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Status, code and title.
    #[serde(flatten)]
    pub refusal: Refusal,
    /// The token's user, when the token was good.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// The current record, for a conflict (null when there is none) and for `gone`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<Option<Record>>,
}

impl Problem {
    /// The problem of another user's record, of a missing one, of anything that has no member but its code.
    pub fn new(code: Code) -> Self {
        Self { refusal: code.refusal(), user: None, record: None }
    }

    /// The same, naming the token's user.
    pub fn for_user(self, user: &str) -> Self {
        Self { user: Some(user.to_owned()), ..self }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

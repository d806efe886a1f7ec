//! Bodies as they come over the wire, and what is in them.

use std::io::Read;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::read::MultiGzDecoder;

use crate::problem::Code;
use crate::service::MAX_BODY_BYTES;

/// What a body came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    Gzip,
    Unknown,
}

impl Encoding {
    pub fn of(headers: &HeaderMap) -> Self {
        let mut all = headers.get_all(CONTENT_ENCODING).iter();
        let first = all.next().map_or(Ok(""), |value| value.to_str());
        match first.unwrap_or("unreadable").to_ascii_lowercase().as_str() {
            _ if all.next().is_some() => Encoding::Unknown,
            "" | "identity" => Encoding::Plain,
            "gzip" | "x-gzip" => Encoding::Gzip,
            _ => Encoding::Unknown,
        }
    }

    /// The body itself. It blocks for as long as a mebibyte takes.
    pub fn decode(self, wire: Bytes) -> Result<Bytes, Code> {
        match self {
            Encoding::Plain if wire.len() > MAX_BODY_BYTES => Err(Code::BatchTooLarge),
            Encoding::Plain => Ok(wire),
            Encoding::Gzip => unpack(wire.as_ref()).map(Bytes::from),
            Encoding::Unknown => Err(Code::UnsupportedEncoding),
        }
    }
}

/// Stops one byte past the limit: a small body can grow to a thousand times its size.
fn unpack(wire: impl Read) -> Result<Vec<u8>, Code> {
    let mut body = Vec::new();
    let most = MAX_BODY_BYTES as u64 + 1;
    MultiGzDecoder::new(wire).take(most).read_to_end(&mut body).map_err(|_| Code::Malformed)?;
    if body.len() > MAX_BODY_BYTES { Err(Code::BatchTooLarge) } else { Ok(body) }
}

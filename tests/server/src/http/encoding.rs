//! Bodies as they come over the wire, and what is in them.

use std::io::Read;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_ENCODING;
use flate2::read::MultiGzDecoder;

use crate::problem::Code;

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

    /// The body itself, of at most so many bytes. It blocks for as long as these take.
    pub fn decode(self, wire: Bytes, most: usize) -> Result<Bytes, Code> {
        match self {
            Encoding::Plain if wire.len() > most => Err(Code::BatchTooLarge),
            Encoding::Plain => Ok(wire),
            Encoding::Gzip => unpack(wire.as_ref(), most).map(Bytes::from),
            Encoding::Unknown => Err(Code::UnsupportedEncoding),
        }
    }
}

/// Stops one byte past the limit: a small body can grow to a thousand times its size.
fn unpack(wire: impl Read, most: usize) -> Result<Vec<u8>, Code> {
    let mut body = Vec::new();
    let one_more = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(wire).take(one_more).read_to_end(&mut body).map_err(|_| Code::Malformed)?;
    if body.len() > most { Err(Code::BatchTooLarge) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::http::HeaderValue;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::service::MAX_BODY_BYTES;

    #[test]
    fn what_a_header_says() {
        let cases: [(&[&str], Encoding); 9] = [
            (&[], Encoding::Plain),
            (&[""], Encoding::Plain),
            (&["Identity"], Encoding::Plain),
            (&["gzip"], Encoding::Gzip),
            (&["X-GZIP"], Encoding::Gzip),
            (&["deflate"], Encoding::Unknown),
            (&["gzip, gzip"], Encoding::Unknown),
            (&["gzip", "gzip"], Encoding::Unknown),
            (&["\u{e9}"], Encoding::Unknown),
        ];
        for (values, expected) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            assert_eq!(Encoding::of(&headers), expected, "{values:?}");
        }
    }

    /// Counts what was taken from it.
    struct Counting<'a> {
        wire: &'a [u8],
        taken: usize,
    }

    impl Read for Counting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.wire.read(buffer)?;
            self.taken += count;
            Ok(count)
        }
    }

    #[test]
    fn a_bomb_is_left_where_it_passes_the_limit() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; 128 * MAX_BODY_BYTES]).unwrap();
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < MAX_BODY_BYTES / 4, "a hundred and more times the limit in a small body");
        let mut wire = Counting { wire: &bomb, taken: 0 };
        assert_eq!(unpack(&mut wire, MAX_BODY_BYTES), Err(Code::BatchTooLarge));
        assert!(wire.taken < bomb.len() / 2, "{} of {} bytes", wire.taken, bomb.len());
    }
}

//! Opaque texts that a device hands back: readable, but good only as this server made them, for their user.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::hmac;

const SEAL_BYTES: usize = 16;

/// The seal covers the user, so the text is worth nothing to another.
pub(crate) fn close(payload: &str, user: &str, key: &[u8]) -> String {
    let mut bytes = seal_of(payload, user, key);
    bytes.extend(payload.as_bytes());
    BASE64.encode(bytes)
}

/// None for any text that [`close`] did not make for this user.
pub(crate) fn open(text: &str, user: &str, key: &[u8]) -> Option<String> {
    let bytes = BASE64.decode(text).ok()?;
    let (seal, payload) = bytes.split_at_checked(SEAL_BYTES)?;
    let payload = std::str::from_utf8(payload).ok()?;
    (seal == seal_of(payload, user, key)).then(|| payload.to_owned())
}

fn seal_of(payload: &str, user: &str, key: &[u8]) -> Vec<u8> {
    let text = format!("{}:{user}{payload}", user.len());
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref()[..SEAL_BYTES].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_for_its_user_only() {
        let text = close("seven", "anna", b"k");
        assert_eq!(open(&text, "anna", b"k").as_deref(), Some("seven"));
        let parts = close("aseven", "ann", b"k");
        let cases = [
            ("another user", open(&text, "bert", b"k")),
            ("a user and a text that read the same together", open(&parts, "anna", b"k")),
            ("another key", open(&text, "anna", b"x")),
            ("cut", open(&text[1..], "anna", b"k")),
            ("longer", open(&format!("{text}AA"), "anna", b"k")),
            ("shorter than a seal", open("AAAA", "anna", b"k")),
            ("empty", open("", "anna", b"k")),
        ];
        for (case, opened) in cases {
            assert_eq!(opened, None, "{case}");
        }
    }
}

//! I13: no token and no content in a log, an error's text, telemetry, or another user's file.

use super::{Check, broken};
use memchr::memmem;

/// `where_from` says what kind of text it is; `words` may not be in it.
pub fn silent(where_from: &str, text: &[u8], words: &[&str]) -> Check {
    let found = words.iter().find(|word| {
        let word = word.as_bytes();
        !word.is_empty() && memmem::find(text, word).is_some()
    });
    match found {
        Some(word) => {
            let shown: String = word.chars().take(12).collect();
            Err(broken("I13", format!("{where_from} holds {shown:?}")))
        }
        None => Ok(()),
    }
}

//! What a person looks for (pure). There is no query language: a text is words, whatever else stands in it.

use super::fold::words;
use super::words::{Words, barcode_term};
use crate::error::{Error, Result, Rule};

/// Longest text that is searched for: characters.
const LONGEST: u64 = 500;
/// Most words.
const MOST_WORDS: u64 = 16;

/// What is asked of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    /// It has this barcode.
    Barcode(String),
    /// Each of these begins a word of it, or is its barcode.
    Words(Vec<String>),
}

impl Query {
    /// Reads the text of a search: what to look for first, and then. Without a word in it, nothing.
    pub fn read(text: &str) -> Result<Vec<Self>> {
        if text.chars().count() as u64 > LONGEST {
            return Err(Error::invalid("query", Rule::TooLong { limit: LONGEST }));
        }
        let mut words = words(text);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let joined = words.concat();
        words.sort_unstable();
        words.dedup();
        if words.len() as u64 > MOST_WORDS {
            return Err(Error::invalid("query", Rule::TooMany { limit: MOST_WORDS }));
        }
        Ok(vec![Self::Barcode(joined), Self::Words(words)])
    }

    /// Whether an entry with these words is meant.
    pub fn fits(&self, entry: &Words) -> bool {
        match self {
            Self::Barcode(barcode) => entry.barcode == *barcode,
            Self::Words(words) => words.iter().all(|word| {
                entry.barcode == *word || entry.words.iter().any(|known| known.starts_with(word))
            }),
        }
    }

    /// For each thing asked, the ranges of terms in the index under which an entry has to stand.
    pub fn ranges(&self) -> Vec<Vec<(String, String)>> {
        let exactly = |barcode: &str| (barcode_term(barcode), barcode_term(barcode));
        match self {
            Self::Barcode(barcode) => vec![vec![exactly(barcode)]],
            Self::Words(words) => words
                .iter()
                // No word holds the last character there is.
                .map(|word| vec![exactly(word), (word.clone(), format!("{word}{}", char::MAX))])
                .collect(),
        }
    }

    /// In the language of FTS5. Words hold letters, digits and marks only, so that quotes keep all else out.
    pub fn expression(&self) -> String {
        match self {
            Self::Barcode(barcode) => format!("\"{}\"", barcode_term(barcode)),
            Self::Words(words) => {
                let one = |word: &String| format!("(\"{word}\" * OR \"{}\")", barcode_term(word));
                words.iter().map(one).collect::<Vec<_>>().join(" AND ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_text_is_words_and_digits_may_be_a_barcode() {
        let read = |text: &str| Query::read(text).unwrap();
        for empty in ["", "  ", "\"*:()-^", "\0", "🍫"] {
            assert_eq!(read(empty), [], "{empty:?}");
        }
        let words = |words: &[&str]| Query::Words(words.iter().map(|&word| word.to_owned()).collect());
        assert_eq!(
            read("NEAR(oat, oat) OR \"x*"),
            [Query::Barcode("nearoatoatorx".into()), words(&["near", "oat", "or", "x"])]
        );
        assert_eq!(read("40 123")[0], Query::Barcode("40123".into()));
        assert_eq!(
            words(&["near", "x"]).expression(),
            "(\"near\" * OR \"\u{e000}near\") AND (\"x\" * OR \"\u{e000}x\")"
        );
    }

    #[test]
    fn too_much_is_refused() {
        let kind = |text: &str| Query::read(text).unwrap_err().kind().clone();
        let invalid = |rule| ErrorKind::Invalid { field: "query".into(), rule };
        assert_eq!(kind(&"a".repeat(10_000)), invalid(Rule::TooLong { limit: 500 }));
        let many: Vec<_> = (0..17).map(|n| n.to_string()).collect();
        assert_eq!(kind(&many.join(" ")), invalid(Rule::TooMany { limit: 16 }));
        assert!(Query::read(&many[1..].join(" ")).is_ok());
    }

    #[test]
    fn every_word_begins_a_word_and_a_barcode_is_whole() {
        let entry = Words { words: vec!["crunchy".into(), "granola".into()], barcode: "40123".into() };
        for (text, fits) in [
            ("crun gran", true),
            ("granola", true),
            ("gran milk", false),
            ("ranola", false),
            ("40123", true),
            ("gran 40123", true),
            ("4012", false),
        ] {
            assert_eq!(Query::read(text).unwrap()[1].fits(&entry), fits, "{text}");
        }
        assert!(Query::read("40-123").unwrap()[0].fits(&entry));
        assert!(!Query::read("4012").unwrap()[0].fits(&entry));
    }
}

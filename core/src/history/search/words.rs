//! The words of an entry that search looks at, and how they stand in the index (pure).

use super::fold::words;
use serde::Deserialize;
use std::borrow::Cow;

/// Stands before a barcode in the index: no word holds it, so that a barcode is found as a whole only.
const BARCODE: char = '\u{e000}';

/// What search looks at of an entry's body. Other fields are not read: this is done for every entry.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    product_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    brand: Option<Cow<'a, str>>,
    #[serde(borrow)]
    note: Option<Cow<'a, str>>,
    #[serde(borrow)]
    ingredients_text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    barcode: Option<Cow<'a, str>>,
}

/// The words of an entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub words: Vec<String>,
    /// Without what is between its parts; empty: it has none.
    pub barcode: String,
}

impl Words {
    /// Of a stored body; one that cannot be read has none.
    pub fn of(body: &str) -> Self {
        let Ok(body) = serde_json::from_str::<Body<'_>>(body) else { return Self::default() };
        let mut all = Vec::new();
        for text in
            [&body.product_name, &body.brand, &body.note, &body.ingredients_text].into_iter().flatten()
        {
            all.append(&mut words(text));
        }
        all.sort_unstable();
        all.dedup();
        Self { words: all, barcode: body.barcode.map(|code| words(&code).concat()).unwrap_or_default() }
    }

    /// As it is indexed: words with spaces between them. Empty: there is nothing to index.
    pub fn indexed(&self) -> String {
        let mut text = self.words.join(" ");
        if !self.barcode.is_empty() {
            text.push(' ');
            text.push_str(&barcode_term(&self.barcode));
        }
        text
    }
}

/// A barcode as a word of the index.
pub(super) fn barcode_term(barcode: &str) -> String {
    format!("{BARCODE}{barcode}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_texts_and_the_barcode_count_and_nothing_else() {
        let body = r#"{"barcode":"40-12 3","brand":"Bio\"Hof","ingredients_text":"Oats, OATS","kind":"scan",
            "note":"crème","product_name":"Müsli","verdict":"safe","x":{"product_name":"no"}}"#;
        let words = Words::of(body);
        assert_eq!(words.words, ["bio", "creme", "hof", "musli", "oats"]);
        assert_eq!(words.indexed(), "bio creme hof musli oats \u{e000}40123");
        assert_eq!(Words::of(r#"{"kind":"meal","note":null}"#).indexed(), "");
        assert_eq!(Words::of("no JSON"), Words::default());
    }
}

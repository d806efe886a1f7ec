//! Text as search compares it: words without case, diacritics and punctuation (pure).
//!
//! Folded here and not by SQLite's tokenizer, since what is not indexed yet is compared by hand and must fold the same.

use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{CanonicalCombiningClass, GeneralCategory, GeneralCategoryGroup};

/// How text is folded, as a number: an index made in another way is made anew. Count it up with every change here or
/// in [`super::words`].
pub(super) const FORM: i64 = 1;
/// Characters of a word that count.
const LONGEST_WORD: usize = 64;

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut length) = (Vec::new(), String::new(), 0);
    let mut take = |c: Option<char>| match c {
        Some(c) if length < LONGEST_WORD => {
            length += 1;
            word.push(c);
        }
        Some(_) => {}
        None if !word.is_empty() => {
            length = 0;
            words.push(std::mem::take(&mut word));
        }
        None => {}
    };
    if text.is_ascii() {
        text.chars().for_each(|c| take(c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase())));
    } else {
        let class = CodePointMapData::<CanonicalCombiningClass>::new();
        let category = CodePointMapData::<GeneralCategory>::new();
        let folded = CaseMapper::new().fold_string(text);
        let parts = DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(folded.chars());
        for c in parts.filter(|c| class.get(*c) == CanonicalCombiningClass::NotReordered) {
            // Vowel signs of Indic scripts are marks, too; they belong to their word.
            let of_a_word = c.is_alphanumeric() || GeneralCategoryGroup::Mark.contains(category.get(c));
            // What was taken apart (a styled capital, say) may have a case again.
            take(of_a_word.then(|| CaseMapper::new().simple_fold(c)));
        }
    }
    take(None);
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_same_word_however_it_is_written() {
        for (text, wanted) in [
            ("Crème brûlée", "creme brulee"),
            // Decomposed, as some keyboards write it.
            ("Cre\u{300}me bru\u{302}le\u{301}e", "creme brulee"),
            ("PÃO-DE-LÓ, 100%", "pao de lo 100"),
            ("Phở bậc", "pho bac"),
            ("İstanbul", "istanbul"),
            ("Straße STRASSE", "strasse strasse"),
            ("ΨΩΜΆΣ ψωμάς", "ψωμασ ψωμασ"),
            ("ﬁsh ４０ ½", "fish 40 1 2"),
            ("हिन्दी", "हिनदी"),
            ("שָׁלוֹם", "שלום"),
            ("don't", "don t"),
            ("a\0b\u{200b}c", "a b c"),
            ("🍫🥜", ""),
            ("\"* AND (NEAR col:", "and near col"),
        ] {
            assert_eq!(words(text).join(" "), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_an_endless_word_does_not_count() {
        for letter in ["a", "é"] {
            let long = letter.repeat(5_000);
            assert_eq!(words(&format!("{long} b"))[0].chars().count(), 64);
            assert_eq!(words(&format!("{long} b"))[1], "b");
        }
    }
}

//! When two texts of people mean the same word: their skeletons are equal. Texts are stored and shown as given.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// The text without what the eye does not see: compatibility forms are unified (NFKC, Unicode Standard Annex 15), case
/// is folded (Unicode Standard, 3.13), characters that show nothing (zero-width, bidi controls, variation selectors:
/// `Default_Ignorable_Code_Point`) are left out, and white space is one blank between words. Diacritics stay: they make
/// other words. Empty: the text shows nothing at all.
pub(crate) fn skeleton(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let visible: String = text.chars().filter(|c| !ignorable.contains(*c)).collect();
    let normal = normalizer.normalize(&visible);
    let folded = CaseMapper::new().fold_string(&normal).into_owned();
    // Folding may leave what composes anew.
    let normal = normalizer.normalize(&folded);
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_has_one_skeleton() {
        for (name, one, other) in [
            ("case", "Kiwi", "kIWI"),
            ("composed and decomposed", "caf\u{e9}", "cafe\u{301}"),
            ("sharp s", "wei\u{df}", "WEISS"),
            ("Greek final sigma", "\u{3c3}\u{3af}\u{3c3}", "\u{3a3}\u{38a}\u{3c2}"),
            ("full width", "\u{ff2b}\u{ff49}wi", "kiwi"),
            ("ligature", "\u{fb01}g", "fig"),
            ("zero-width space and joiner", "ki\u{200b}w\u{200d}i", "kiwi"),
            ("bidi controls", "\u{202e}kiwi\u{202c}", "kiwi"),
            ("soft hyphen", "kiwi\u{ad}fruit", "kiwifruit"),
            ("byte order mark and no-break space", "\u{feff} kiwi\u{a0} fruit\t", "kiwi fruit"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{name}");
        }
    }

    #[test]
    fn what_is_another_word_stays_another() {
        for (one, other) in [("p\u{e2}te", "pate"), ("kiwi", "kiwis"), ("nut", "nuts"), ("b", "\u{df}")] {
            assert_ne!(skeleton(one), skeleton(other));
        }
    }

    #[test]
    fn what_shows_nothing_has_an_empty_one() {
        for text in ["", " \t\n", "\u{200b}\u{2060}", "\u{202e}\u{202c}", "\u{3164}", "\u{ad}\u{fe0f}"] {
            assert_eq!(skeleton(text), "", "{text:?}");
        }
    }

    #[test]
    fn a_skeleton_is_its_own() {
        for text in ["Wei\u{df}wurst", "\u{1e9b}\u{323}", "\u{fdfa}", "\u{345}", "I\u{307}", "\u{1f600} KIWI"]
        {
            assert_eq!(skeleton(&skeleton(text)), skeleton(text), "{text:?}");
        }
    }
}

//! What a history entry is, as the app gives and sees it.

use crate::error::Result;
use crate::ids::RecordId;
use crate::records::SyncInfo;
use crate::text;

/// Longest product name: characters.
const PRODUCT_NAME: u64 = 500;
/// Longest brand, allergen name: characters.
const NAME: u64 = 200;
/// Longest barcode: characters.
const BARCODE: u64 = 64;
/// Longest ingredients text: characters.
const INGREDIENTS: u64 = 20_000;
/// Longest note: characters.
const NOTE: u64 = 4_000;
/// Most matched allergens.
pub(super) const MATCHES: u64 = 100;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HistoryKind {
    /// A product's code was scanned.
    Scan,
    /// Something was eaten.
    Meal,
    /// A product was looked up by name.
    Search,
    /// A code that this build does not know.
    Unrecognised(String),
}

/// What the app said about the product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum HistoryVerdict {
    /// Nothing that the person is allergic to.
    Safe,
    /// May contain it.
    Warning,
    /// Contains it.
    Danger,
    /// Not enough was known.
    Unknown,
    /// A code that this build does not know.
    Unrecognised(String),
}

/// A history entry's content: what the caller gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryContent {
    /// What was done.
    pub kind: HistoryKind,
    /// At most 500 characters.
    pub product_name: Option<String>,
    /// At most 200 characters.
    pub brand: Option<String>,
    /// As scanned, at most 64 characters.
    pub barcode: Option<String>,
    /// At most 20,000 characters.
    pub ingredients_text: Option<String>,
    /// What was said about it.
    pub verdict: Option<HistoryVerdict>,
    /// Codes of the fourteen or the person's own words, at most 100 of 1 to 200 characters.
    pub matched_allergens: Vec<String>,
    /// When it happened, milliseconds since 1970.
    pub occurred_at: i64,
    /// At most 4,000 characters.
    pub note: Option<String>,
    /// Marked by the person.
    pub favourite: bool,
}

impl HistoryContent {
    /// An entry with nothing but what was done and when (milliseconds since 1970).
    #[must_use]
    pub fn new(kind: HistoryKind, occurred_at: i64) -> Self {
        Self {
            kind,
            product_name: None,
            brand: None,
            barcode: None,
            ingredients_text: None,
            verdict: None,
            matched_allergens: Vec::new(),
            occurred_at,
            note: None,
            favourite: false,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        for (field, value, limit) in [
            ("product_name", &self.product_name, PRODUCT_NAME),
            ("brand", &self.brand, NAME),
            ("barcode", &self.barcode, BARCODE),
            ("ingredients_text", &self.ingredients_text, INGREDIENTS),
            ("note", &self.note, NOTE),
        ] {
            text::check_optional(field, value.as_deref(), limit)?;
        }
        text::check_list("matched_allergens", &self.matched_allergens, MATCHES, NAME)
    }
}

/// A history entry as it is shown. Records of one kind with the same barcode (spaces around it do not count) at the same
/// millisecond are one entry: made on two devices, say, or imported twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its id: the eldest record's, where it stands for several.
    pub id: RecordId,
    /// Its content. Of several records: what the eldest says, and what it does not say from the others; the more cautious
    /// verdict, the matched allergens of all (at most 100), and a favourite if one is.
    pub content: HistoryContent,
    /// The other records that it stands for, the elder first. A change or a deletion of this entry is one of all of them.
    /// Never more than 63: of more that share a kind and a moment, the 64 eldest are looked at and the others stay entries
    /// of their own.
    pub linked: Vec<RecordId>,
    /// Where it stands with the server. Of several records: that which needs most attention.
    pub sync: SyncInfo,
}

/// Which entries a list shows: those that fit everything stated. The default shows all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Only of this kind; `Unrecognised`, whatever its code: of all kinds that this build does not know.
    pub kind: Option<HistoryKind>,
    /// Only what the person has marked.
    pub favourites: bool,
    /// Only what happened at this moment (milliseconds since 1970) or later.
    pub from: Option<i64>,
    /// Only what happened before this moment.
    pub to: Option<i64>,
}

/// A page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<HistoryEntry>,
    /// Hand this in for the next page; `None`: this was the last.
    pub next: Option<String>,
    /// Rows on this page that could not be read and were skipped.
    pub unreadable: u32,
}

//! Scans, meals and searches.

use crate::convert::{Count, Each, Mirrored, Opt, Time, mirror};
use crate::records::SyncInfo;
use foodlens_core::{HistoryKind, HistoryVerdict, RecordId};
use std::time::SystemTime;

/// What was done.
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Enum)]
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

mirror! {
    /// A history entry's content: what the caller gives.
    HistoryContent {
        /// What was done.
        kind: HistoryKind;
        /// When it happened, to the millisecond.
        occurred_at: SystemTime, via Time;
        /// At most 500 characters.
        #[uniffi(default = None)]
        product_name: Option<String>;
        /// At most 200 characters.
        #[uniffi(default = None)]
        brand: Option<String>;
        /// As scanned, at most 64 characters.
        #[uniffi(default = None)]
        barcode: Option<String>;
        /// At most 20,000 characters.
        #[uniffi(default = None)]
        ingredients_text: Option<String>;
        /// What was said about it.
        #[uniffi(default = None)]
        verdict: Option<HistoryVerdict>;
        /// Codes of the fourteen or the person's own words, at most 100 of 1 to 200 characters.
        #[uniffi(default = [])]
        matched_allergens: Vec<String>;
        /// At most 4,000 characters.
        #[uniffi(default = None)]
        note: Option<String>;
        /// Marked by the person.
        #[uniffi(default = false)]
        favourite: bool;
    }
}

mirror! {
    /// A history entry as it is shown. Records of one kind with the same barcode (spaces around it do not count) at the same
    /// millisecond are one entry: made on two devices, say, or imported twice.
    HistoryEntry {
        /// Its id: the eldest record's, where it stands for several.
        id: RecordId;
        /// Its content. Of several records: what the eldest says, and what it does not say from the others; the more cautious
        /// verdict, the matched allergens of all (at most 100), and a favourite if one is.
        content: HistoryContent, via Mirrored;
        /// The other records that it stands for, the elder first. A change or a deletion of this entry is one of all of them.
        linked: Vec<RecordId>;
        /// Where it stands with the server. Of several records: that which needs most attention.
        sync: SyncInfo, via Mirrored;
    }
}

mirror! {
    /// The entries that a list shows: those that fit all of this.
    HistoryFilter {
        /// Only of this kind; none: of any.
        #[uniffi(default = None)]
        kind: Option<HistoryKind>;
        /// Only those that the person marked.
        #[uniffi(default = false)]
        favourites: bool;
        /// Only from this moment on.
        #[uniffi(default = None)]
        from: Option<SystemTime>, via Opt<Time>;
        /// Only before this moment.
        #[uniffi(default = None)]
        to: Option<SystemTime>, via Opt<Time>;
    }
}

mirror! {
    /// A page of the history, newest first.
    HistoryPage {
        /// The entries.
        entries: Vec<HistoryEntry>, via Each<Mirrored>;
        /// Hand this in for the next page; none: this was the last.
        next: Option<String>;
        /// Rows on this page that could not be read and were skipped.
        unreadable: i64, via Count;
    }
}

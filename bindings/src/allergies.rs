//! Allergies and the state of their list.

use crate::convert::{Count, Each, Mirrored, Via, mirror};
use crate::errors::Result;
use crate::records::SyncInfo;
use foodlens_core::{Allergen, AllergyContent, EuAllergen, ListState, RecordId, Severity, Source};

/// The fourteen allergens of Regulation (EU) No 1169/2011, Annex II. Names for display are the app's.
#[uniffi::remote(Enum)]
pub enum EuAllergen {
    /// Cereals containing gluten.
    Gluten,
    /// Crustaceans.
    Crustaceans,
    /// Eggs.
    Eggs,
    /// Fish.
    Fish,
    /// Peanuts.
    Peanuts,
    /// Soybeans.
    Soybeans,
    /// Milk, lactose included.
    Milk,
    /// Nuts.
    Nuts,
    /// Celery.
    Celery,
    /// Mustard.
    Mustard,
    /// Sesame seeds.
    Sesame,
    /// Sulphur dioxide and sulphites over 10 mg/kg or 10 mg/l.
    Sulphites,
    /// Lupin.
    Lupin,
    /// Molluscs.
    Molluscs,
}

/// The code of one of the fourteen, as it stands in the history's matched allergens.
#[uniffi::export]
pub fn eu_allergen_code(allergen: EuAllergen) -> Result<String> {
    Ok(allergen.code().into())
}

/// One of the fourteen by its code; none for a code that this build does not know.
#[uniffi::export]
pub fn eu_allergen_from_code(code: String) -> Result<Option<EuAllergen>> {
    Ok(EuAllergen::from_code(&code))
}

/// What the person is allergic to.
#[uniffi::remote(Enum)]
pub enum Allergen {
    /// One of the fourteen.
    Eu(EuAllergen),
    /// Anything else, in the person's words.
    Custom(String),
    /// A code that this build does not know, from a newer app or server. Show it; it counts like any other.
    Unrecognised(String),
}

/// How bad it gets.
#[uniffi::remote(Enum)]
pub enum Severity {
    /// Unpleasant.
    Mild,
    /// Needs attention.
    Moderate,
    /// Needs treatment.
    Severe,
    /// Anaphylaxis: may kill.
    LifeThreatening,
    /// A code that this build does not know. It ranks above all others, since it may mean anything.
    Unrecognised(String),
}

/// How severe, for sorting and for choosing the more cautious of two. Not stated ranks above mild and moderate and below
/// severe: it may be anything.
#[uniffi::export]
pub fn severity_rank(severity: Option<Severity>) -> Result<i64> {
    Ok(Count::out(Severity::rank(severity.as_ref())))
}

/// Where the knowledge comes from.
#[uniffi::remote(Enum)]
pub enum Source {
    /// The person said so.
    SelfReported,
    /// A clinician diagnosed it.
    Clinician,
    /// Taken over from another system.
    Imported,
    /// A code that this build does not know.
    Unrecognised(String),
}

/// An allergy's content: what the caller gives.
#[uniffi::remote(Record)]
pub struct AllergyContent {
    /// To what. A custom text has 1 to 200 characters.
    pub allergen: Allergen,
    /// How bad; none: not stated.
    #[uniffi(default = None)]
    pub severity: Option<Severity>,
    /// What happens, at most 50 texts of 1 to 200 characters.
    #[uniffi(default = [])]
    pub reactions: Vec<String>,
    /// When it was diagnosed, `YYYY-MM-DD`.
    #[uniffi(default = None)]
    pub diagnosed_on: Option<String>,
    /// Who says so.
    #[uniffi(default = None)]
    pub source: Option<Source>,
    /// Free text, at most 4,000 characters.
    #[uniffi(default = None)]
    pub notes: Option<String>,
}

/// What is known about the list as a whole. An empty list never means "none": only a person's word does.
#[uniffi::remote(Enum)]
pub enum ListState {
    /// Nobody has said anything yet, or the last allergy was removed.
    Unknown,
    /// A person confirmed that there is none.
    ConfirmedNone,
    /// There are allergies.
    Listed,
}

mirror! {
    /// An allergy as the list shows it.
    Allergy {
        /// Its id: the eldest record's, where several are about the same allergen. While its allergen is in question, two
        /// entries of the list have the same id.
        id: RecordId;
        /// Its content. While it is in question: the more cautious side's severity.
        content: AllergyContent;
        /// The other records about the same allergen (made on two devices, say). A change or a removal of this entry is
        /// one of all of them.
        linked: Vec<RecordId>;
        /// Two devices or two records differ about it and nobody has decided yet: the cautious view is shown.
        in_question: bool;
        /// Where it stands with the server.
        sync: SyncInfo, via Mirrored;
    }
}

mirror! {
    /// The person's allergies, seen cautiously: while anything is in doubt, both sides are here and the higher severity
    /// is shown.
    AllergyList {
        /// What is known about the list as a whole.
        state: ListState;
        /// The allergies, newest first.
        entries: Vec<Allergy>, via Each<Mirrored>;
        /// False until the first sync has brought all of the server's records: there may be more than is shown.
        complete: bool;
        /// Records that this build cannot read (kept raw): there is more than is shown, update the app.
        unreadable: i64, via Count;
    }
}

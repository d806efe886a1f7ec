//! What an allergy is, as the app gives and sees it.

use crate::error::Result;
use crate::ids::RecordId;
use crate::records::SyncInfo;
use crate::text;

/// Longest name of a custom allergen, a reaction: characters.
const NAME: u64 = 200;
/// Longest notes: characters.
const NOTES: u64 = 4_000;
/// Most reactions of one allergy.
const REACTIONS: u64 = 50;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            pub(crate) const CODES: &'static [&'static str] = &[$($code),+];

            /// The code on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads a code; `None` for one that this build does not know.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// The fourteen allergens of Regulation (EU) No 1169/2011, Annex II. Names for display are the app's.
    EuAllergen {
        /// Cereals containing gluten.
        Gluten = "gluten",
        /// Crustaceans.
        Crustaceans = "crustaceans",
        /// Eggs.
        Eggs = "eggs",
        /// Fish.
        Fish = "fish",
        /// Peanuts.
        Peanuts = "peanuts",
        /// Soybeans.
        Soybeans = "soybeans",
        /// Milk, lactose included.
        Milk = "milk",
        /// Nuts.
        Nuts = "nuts",
        /// Celery.
        Celery = "celery",
        /// Mustard.
        Mustard = "mustard",
        /// Sesame seeds.
        Sesame = "sesame",
        /// Sulphur dioxide and sulphites over 10 mg/kg or 10 mg/l.
        Sulphites = "sulphites",
        /// Lupin.
        Lupin = "lupin",
        /// Molluscs.
        Molluscs = "molluscs",
    }
}

/// What the person is allergic to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Allergen {
    /// One of the fourteen.
    Eu(EuAllergen),
    /// Anything else, in the person's words.
    Custom(String),
    /// A code that this build does not know, from a newer app or server. Show it; it counts like any other.
    Unrecognised(String),
}

/// How bad it gets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

impl Severity {
    pub(crate) const CODES: &'static [&'static str] = &["mild", "moderate", "severe", "life_threatening"];

    /// How severe, for choosing the more cautious of two. Not stated (`None`) ranks above mild and moderate and below
    /// severe: it may be anything, so it never yields to a weak statement and never hides a strong one.
    #[must_use]
    pub fn rank(severity: Option<&Self>) -> u8 {
        match severity {
            Some(Self::Mild) => 1,
            Some(Self::Moderate) => 2,
            None => 3,
            Some(Self::Severe) => 4,
            Some(Self::LifeThreatening) => 5,
            Some(Self::Unrecognised(_)) => 6,
        }
    }
}

/// Where the knowledge comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

impl Source {
    pub(crate) const CODES: &'static [&'static str] = &["self_reported", "clinician", "imported"];
}

/// An allergy's content: what the caller gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyContent {
    /// To what. A custom text has 1 to 200 characters.
    pub allergen: Allergen,
    /// How bad; `None`: not stated.
    pub severity: Option<Severity>,
    /// What happens, at most 50 texts of 1 to 200 characters.
    pub reactions: Vec<String>,
    /// When it was diagnosed, `YYYY-MM-DD`.
    pub diagnosed_on: Option<String>,
    /// Who says so.
    pub source: Option<Source>,
    /// Free text, at most 4,000 characters.
    pub notes: Option<String>,
}

impl AllergyContent {
    /// An allergy with nothing stated but what it is to.
    #[must_use]
    pub fn new(allergen: Allergen) -> Self {
        Self {
            allergen,
            severity: None,
            reactions: Vec::new(),
            diagnosed_on: None,
            source: None,
            notes: None,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if let Allergen::Custom(name) | Allergen::Unrecognised(name) = &self.allergen {
            text::check_present("allergen", name, NAME)?;
        }
        text::check_list("reactions", &self.reactions, REACTIONS, NAME)?;
        text::check_date("diagnosed_on", self.diagnosed_on.as_deref())?;
        text::check_optional("notes", self.notes.as_deref(), NOTES)
    }
}

/// An allergy as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allergy {
    /// Its id: the eldest record's, where several are about the same allergen. While its allergen is in question, two
    /// entries of the list have the same id.
    pub id: RecordId,
    /// Its content. While it is in question: the more cautious side's severity.
    pub content: AllergyContent,
    /// The other records about the same allergen (made on two devices, say). A change or a removal of this entry is one
    /// of all of them.
    pub linked: Vec<RecordId>,
    /// Two devices or two records differ about it and nobody has decided yet: the cautious view is shown.
    pub in_question: bool,
    /// Where it stands with the server.
    pub sync: SyncInfo,
}

/// What is known about the list as a whole. An empty list never means "none": only a person's word does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListState {
    /// Nobody has said anything yet, or the last allergy was removed.
    Unknown,
    /// A person confirmed that there is none.
    ConfirmedNone,
    /// There are allergies.
    Listed,
}

/// The person's allergies, seen cautiously: while anything is in doubt, both sides are here and the higher severity is
/// shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllergyList {
    /// What is known about the list as a whole.
    pub state: ListState,
    /// The allergies, newest first.
    pub entries: Vec<Allergy>,
    /// `false` until the first sync has brought all of the server's records: there may be more than is shown.
    pub complete: bool,
    /// Records that this build cannot read (kept raw): there is more than is shown, update the app.
    pub unreadable: u64,
}

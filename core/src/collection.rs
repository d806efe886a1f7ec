//! What a collection gives the engine: its name, its table, its merge policy and how to check a record of it.

use crate::fields::Fields;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// The kinds of data that the library keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// The person's profile: one record.
    Profile,
    /// The person's settings: one record.
    Settings,
    /// The state of the allergy list (unknown, confirmed none, listed): one record.
    AllergyList,
    /// The allergies.
    Allergies,
    /// Scans, meals and searches.
    History,
}

/// What happens when two devices changed the same field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldPolicy {
    /// The write that the server received last stays; what it replaced is kept in the overwritten log.
    LastWriterWins,
    /// Nobody wins without a person: a conflict is stored and asked.
    Manual,
}

/// How well this build understands a record's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Readability {
    /// All known fields have known values.
    Clear,
    /// Usable, but this field holds a value that this build does not know (kept as it is).
    Unrecognised(&'static str),
    /// This field has another type than the contract says: the record cannot be shown as one of its kind.
    Unreadable(&'static str),
}

/// The constants and functions of one collection.
#[derive(Clone)]
pub(crate) struct Spec {
    pub collection: Collection,
    /// Name on the wire and of the table.
    pub name: &'static str,
    /// Holds just one record, under [`crate::RecordId::SINGLE`].
    pub single: bool,
    /// Updates that were never attempted may be folded into one operation. Off where every edit counts by itself.
    pub coalesces: bool,
    /// What holds for everybody; see [`Self::policy_of`].
    pub policy: fn(&str) -> FieldPolicy,
    /// Fields that ask a person as well, by the app's configuration.
    pub also_ask: Vec<String>,
    pub read: fn(&Fields) -> Readability,
    /// The rules of the API for a record from elsewhere (a legacy export); of what `read` understands.
    pub check: fn(&Fields) -> crate::Result<()>,
    /// Sort key of a list: milliseconds, newest first.
    pub sort_key: fn(&Fields) -> i64,
}

impl Collection {
    /// All collections, in the order in which a restore wants them: safety first.
    pub const ALL: [Self; 5] =
        [Self::AllergyList, Self::Allergies, Self::Profile, Self::Settings, Self::History];

    /// The name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    pub(crate) fn spec(self) -> &'static Spec {
        match self {
            Self::Profile => &crate::profile::SPEC,
            Self::Settings => &crate::settings::SPEC,
            Self::AllergyList => &crate::allergies::LIST_SPEC,
            Self::Allergies => &crate::allergies::SPEC,
            Self::History => &crate::history::SPEC,
        }
    }

    /// The code stored in the database; append-only.
    const fn code(self) -> i64 {
        match self {
            Self::Profile => 1,
            Self::Settings => 2,
            Self::AllergyList => 3,
            Self::Allergies => 4,
            Self::History => 5,
        }
    }
}

impl Spec {
    /// What happens when two devices changed this field.
    pub(crate) fn policy_of(&self, field: &str) -> FieldPolicy {
        if self.also_ask.iter().any(|asks| asks == field) {
            FieldPolicy::Manual
        } else {
            (self.policy)(field)
        }
    }

    /// Whether the server checks the base version of a write to it and answers a stale one with a conflict. In the other
    /// collections it takes what arrives and says what that replaced.
    pub(crate) fn server_checks(&self) -> bool {
        matches!(self.collection, Collection::Allergies | Collection::AllergyList)
    }

    /// Where a record stands among the others of its table, for lists of a part of them.
    pub(crate) fn shelf(&self, body: &Fields, deleted: bool) -> i64 {
        match self.collection {
            Collection::History => crate::history::shelf::of(body, deleted),
            _ => 0,
        }
    }

    /// Whether any of its fields asks a person.
    pub(crate) fn asks(&self) -> bool {
        self.server_checks() || !self.also_ask.is_empty()
    }
}

/// The collections as one library is configured.
pub(crate) struct Specs([Spec; 5]);

impl Specs {
    /// `ask_about`: fields that ask a person beside those that always do.
    pub(crate) fn new(ask_about: &[(Collection, String)]) -> Self {
        Self(Collection::ALL.map(|collection| {
            let fields = ask_about.iter().filter(|(of, _)| *of == collection);
            Spec { also_ask: fields.map(|(_, field)| field.clone()).collect(), ..collection.spec().clone() }
        }))
    }

    pub(crate) fn of(&self, collection: Collection) -> &Spec {
        self.0.iter().find(|spec| spec.collection == collection).unwrap_or_else(|| collection.spec())
    }
}

impl ToSql for Collection {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.code()))
    }
}

impl FromSql for Collection {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let code = value.as_i64()?;
        Self::ALL.into_iter().find(|c| c.code() == code).ok_or(FromSqlError::OutOfRange(code))
    }
}

//! The person's profile: one record, last writer wins per field.

use crate::collection::{Collection, FieldPolicy, Spec};
use crate::error::{Error, Result, Rule};
use crate::fields::Fields;
use crate::legacy::reads;
use crate::records::{self, SyncInfo};
use crate::session::Session;
use crate::text::{self, Shape};
use std::collections::BTreeMap;

/// Prefix of the app's own fields on the wire.
const EXTRA: &str = "extra.";
/// Longest name, diet, key: characters.
const NAME: u64 = 200;
/// Longest extra value: characters.
const VALUE: u64 = 4_000;
/// Most diets, most extras.
const ENTRIES: u64 = 100;

pub(crate) static SPEC: Spec = Spec {
    collection: Collection::Profile,
    name: "profile",
    single: true,
    coalesces: true,
    policy: |_| FieldPolicy::LastWriterWins,
    also_ask: Vec::new(),
    read: |fields| text::readability(fields, SHAPES),
    check: |fields| ProfileContent::from_fields(fields).check(),
    sort_key: |_| 0,
};

static SHAPES: &[(&str, Shape)] = &[
    ("display_name", Shape::Text),
    ("date_of_birth", Shape::Text),
    ("diets", Shape::TextList),
    ("country", Shape::Text),
];

/// The profile's content: what the caller gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileContent {
    /// At most 200 characters.
    pub display_name: Option<String>,
    /// `YYYY-MM-DD`.
    pub date_of_birth: Option<String>,
    /// At most 100 texts of 1 to 200 characters.
    pub diets: Vec<String>,
    /// Two letters, ISO 3166-1 alpha-2, for instance `PT`.
    pub country: Option<String>,
    /// The app's own fields: at most 100, keys of 1 to 200 characters, values of at most 4,000.
    pub extras: BTreeMap<String, String>,
}

/// The profile as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its content; all empty when nobody has written any.
    pub content: ProfileContent,
    /// Where it stands with the server; `None` when there is no profile yet.
    pub sync: Option<SyncInfo>,
}

/// What an app does with the profile.
pub struct ProfileRepository<'a> {
    pub(crate) session: &'a Session,
}

impl ProfileRepository<'_> {
    /// The profile.
    ///
    /// # Errors
    /// Storage errors; [`crate::ErrorKind::Closed`].
    pub fn get(&self) -> Result<Profile> {
        let (fields, sync) =
            self.session.read(|conn| records::single_with_sync(conn, reads::seen(conn, &SPEC)?.as_ref()))?;
        Ok(Profile { content: ProfileContent::from_fields(&fields), sync })
    }

    /// Changes the profile from what was shown to `to`. Only the fields that differ are written, so that two devices
    /// may change different fields.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; storage errors. On an error nothing was stored.
    pub fn update(&self, shown: &ProfileContent, to: &ProfileContent) -> Result<()> {
        to.check()?;
        let seen = shown.to_fields();
        let patch = seen.patch_to(&to.to_fields());
        self.session.edit(|writer| writer.put_single(&SPEC, seen, patch))
    }
}

impl ProfileContent {
    pub(crate) fn check(&self) -> Result<()> {
        text::check_optional("display_name", self.display_name.as_deref(), NAME)?;
        text::check_date("date_of_birth", self.date_of_birth.as_deref())?;
        text::check_list("diets", &self.diets, ENTRIES, NAME)?;
        if let Some(country) = &self.country
            && (country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return Err(Error::invalid("country", Rule::Form { expected: "two capital letters" }));
        }
        if self.extras.len() as u64 > ENTRIES {
            return Err(Error::invalid("extra", Rule::TooMany { limit: ENTRIES }));
        }
        self.extras.iter().try_for_each(|(key, value)| {
            text::check_present("extra", key, NAME)?;
            text::check("extra", value, VALUE)
        })
    }

    pub(crate) fn to_fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("display_name", self.display_name.clone());
        fields.set("date_of_birth", self.date_of_birth.clone());
        fields.set("diets", text::list_value(&self.diets));
        fields.set("country", self.country.clone());
        for (key, value) in &self.extras {
            fields.set(format!("{EXTRA}{key}"), value.clone());
        }
        fields
    }

    pub(crate) fn from_fields(fields: &Fields) -> Self {
        let extras = fields.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix(EXTRA)?.to_owned(), value.as_str()?.to_owned()))
        });
        Self {
            display_name: text::text(fields, "display_name"),
            date_of_birth: text::text(fields, "date_of_birth"),
            diets: text::texts(fields, "diets"),
            country: text::text(fields, "country"),
            extras: extras.collect(),
        }
    }
}

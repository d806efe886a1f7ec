//! The person's settings: one record, last writer wins per key.

use crate::collection::{Collection, FieldPolicy, Spec};
use crate::error::{Error, Result, Rule};
use crate::fields::Fields;
use crate::legacy::reads;
use crate::records::{self, SyncInfo};
use crate::session::Session;
use crate::text::{self, Shape};
use serde_json::Value;
use std::collections::BTreeMap;

/// Prefixes on the wire of a consent and of the app's own keys.
const CONSENT: &str = "consent.";
const APP: &str = "app.";
/// Longest key: characters.
const KEY: u64 = 200;
/// Longest app value as JSON text: characters.
const VALUE: u64 = 8_000;
/// Most consents, most app keys.
const ENTRIES: u64 = 200;

pub(crate) static SPEC: Spec = Spec {
    collection: Collection::Settings,
    name: "settings",
    single: true,
    coalesces: true,
    policy: |_| FieldPolicy::LastWriterWins,
    also_ask: Vec::new(),
    read: |fields| text::readability(fields, SHAPES),
    check: |fields| SettingsContent::from_fields(fields).check(),
    sort_key: |_| 0,
};

static SHAPES: &[(&str, Shape)] = &[
    ("language", Shape::Text),
    ("units", Shape::Text),
    ("notifications", Shape::Bool),
    ("theme", Shape::Text),
];

/// The settings' content: what the caller gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsContent {
    /// A BCP 47 tag, for instance `pt-PT`; at most 35 characters.
    pub language: Option<String>,
    /// `metric` or `imperial`; another value is kept as it is. At most 35 characters.
    pub units: Option<String>,
    /// Whether notifications are wanted.
    pub notifications: Option<bool>,
    /// `system`, `light` or `dark`; another value is kept as it is. At most 35 characters.
    pub theme: Option<String>,
    /// Consents by name, at most 200.
    pub consents: BTreeMap<String, bool>,
    /// The app's own settings: at most 200, each value a JSON text of at most 8,000 characters.
    pub app: BTreeMap<String, String>,
}

/// The settings as they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Their content; all empty when nobody has written any.
    pub content: SettingsContent,
    /// Where they stand with the server; `None` when there are none yet.
    pub sync: Option<SyncInfo>,
}

/// What an app does with the settings.
pub struct SettingsRepository<'a> {
    pub(crate) session: &'a Session,
}

impl SettingsRepository<'_> {
    /// The settings.
    ///
    /// # Errors
    /// Storage errors; [`crate::ErrorKind::Closed`].
    pub fn get(&self) -> Result<Settings> {
        let (fields, sync) =
            self.session.read(|conn| records::single_with_sync(conn, reads::seen(conn, &SPEC)?.as_ref()))?;
        Ok(Settings { content: SettingsContent::from_fields(&fields), sync })
    }

    /// Changes the settings from what was shown to `to`. Only the keys that differ are written, so that two devices
    /// may change different keys.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] with field and rule; storage errors. On an error nothing was stored.
    pub fn update(&self, shown: &SettingsContent, to: &SettingsContent) -> Result<()> {
        to.check()?;
        let (seen, wanted) = (shown.to_fields()?, to.to_fields()?);
        let patch = seen.patch_to(&wanted);
        self.session.edit(|writer| writer.put_single(&SPEC, seen, patch))
    }
}

impl SettingsContent {
    pub(crate) fn check(&self) -> Result<()> {
        for (field, value) in [("language", &self.language), ("units", &self.units), ("theme", &self.theme)] {
            text::check_optional(field, value.as_deref(), 35)?;
        }
        if self.consents.len() as u64 > ENTRIES {
            return Err(Error::invalid("consent", Rule::TooMany { limit: ENTRIES }));
        }
        if self.app.len() as u64 > ENTRIES {
            return Err(Error::invalid("app", Rule::TooMany { limit: ENTRIES }));
        }
        self.consents.keys().try_for_each(|key| text::check_present("consent", key, KEY))?;
        self.app.iter().try_for_each(|(key, value)| {
            text::check_present("app", key, KEY)?;
            text::check("app", value, VALUE)
        })
    }

    pub(crate) fn to_fields(&self) -> Result<Fields> {
        let mut fields = Fields::new();
        fields.set("language", self.language.clone());
        fields.set("units", self.units.clone());
        fields.set("notifications", self.notifications);
        fields.set("theme", self.theme.clone());
        for (key, value) in &self.consents {
            fields.set(format!("{CONSENT}{key}"), *value);
        }
        for (key, text) in &self.app {
            let value: Value = serde_json::from_str(text)
                .map_err(|_| Error::invalid("app", Rule::Form { expected: "a JSON text" }))?;
            fields.set(format!("{APP}{key}"), value);
        }
        Ok(fields)
    }

    pub(crate) fn from_fields(fields: &Fields) -> Self {
        let under = |prefix: &'static str| {
            fields
                .iter()
                .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?.to_owned(), value)))
        };
        Self {
            language: text::text(fields, "language"),
            units: text::text(fields, "units"),
            notifications: fields.get("notifications").as_bool(),
            theme: text::text(fields, "theme"),
            consents: under(CONSENT).filter_map(|(key, value)| Some((key, value.as_bool()?))).collect(),
            app: under(APP).map(|(key, value)| (key, value.to_string())).collect(),
        }
    }
}

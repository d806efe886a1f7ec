//! An allergy as fields on the wire, and what the engine needs to know of the collection.

use super::model::{Allergen, AllergyContent, EuAllergen, ListState, Severity, Source};
use crate::collection::{Collection, FieldPolicy, Spec};
use crate::fields::Fields;
use crate::text::{self, Shape};
use serde_json::{Value, json};

/// The allergies: what endangers a person is never decided by who wrote last.
pub(crate) static SPEC: Spec = Spec {
    collection: Collection::Allergies,
    name: "allergies",
    single: false,
    coalesces: false,
    policy: |field| match field {
        "allergen" | "severity" => FieldPolicy::Manual,
        _ => FieldPolicy::LastWriterWins,
    },
    also_ask: Vec::new(),
    read: |fields| match text::readability(fields, SHAPES) {
        // An allergy to nothing cannot be shown.
        _ if fields.get("allergen").is_null() => crate::collection::Readability::Unreadable("allergen"),
        readability => readability,
    },
    check: |fields| AllergyContent::from_fields(fields).check(),
    sort_key: |fields| fields.get("created_at").as_i64().unwrap_or(0),
};

/// The list's state.
pub(crate) static LIST_SPEC: Spec = Spec {
    collection: Collection::AllergyList,
    name: "allergy_list",
    single: true,
    coalesces: false,
    policy: |field| if field == "state" { FieldPolicy::Manual } else { FieldPolicy::LastWriterWins },
    also_ask: Vec::new(),
    read: |fields| text::readability(fields, LIST_SHAPES),
    check: |_| Ok(()),
    sort_key: |_| 0,
};

static SHAPES: &[(&str, Shape)] = &[
    ("allergen", Shape::Allergen(EuAllergen::CODES)),
    ("severity", Shape::Code(Severity::CODES)),
    ("reactions", Shape::TextList),
    ("diagnosed_on", Shape::Text),
    ("source", Shape::Code(Source::CODES)),
    ("notes", Shape::Text),
];
static LIST_SHAPES: &[(&str, Shape)] = &[("state", Shape::Code(&["unknown", "confirmed_none", "listed"]))];

impl AllergyContent {
    /// All known fields, with `null` for what is not stated.
    pub(crate) fn to_fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set(
            "allergen",
            match &self.allergen {
                Allergen::Eu(allergen) => json!({"code": allergen.code()}),
                Allergen::Unrecognised(code) => json!({"code": code}),
                Allergen::Custom(name) => json!({"text": name}),
            },
        );
        fields.set("severity", self.severity.as_ref().map(severity_code));
        fields.set("reactions", text::list_value(&self.reactions));
        fields.set("diagnosed_on", self.diagnosed_on.clone());
        fields.set("source", self.source.as_ref().map(source_code));
        fields.set("notes", self.notes.clone());
        fields
    }

    /// What can be read of the fields. Meant for records that passed [`SPEC`]'s `read`; others yield what they have.
    pub(crate) fn from_fields(fields: &Fields) -> Self {
        let allergen = fields.get("allergen");
        let part = |name: &str| allergen.get(name).and_then(Value::as_str);
        let allergen = match (part("code"), part("text")) {
            (Some(code), _) => EuAllergen::from_code(code)
                .map_or_else(|| Allergen::Unrecognised(code.to_owned()), Allergen::Eu),
            (None, text) => Allergen::Custom(text.unwrap_or_default().to_owned()),
        };
        Self {
            allergen,
            severity: Severity::of(fields),
            reactions: text::texts(fields, "reactions"),
            diagnosed_on: text::text(fields, "diagnosed_on"),
            source: text::text(fields, "source").map(read_source),
            notes: text::text(fields, "notes"),
        }
    }
}

impl Severity {
    /// The severity that a record's fields state.
    pub(crate) fn of(fields: &Fields) -> Option<Self> {
        text::text(fields, "severity").map(read_severity)
    }
}

fn severity_code(severity: &Severity) -> String {
    match severity {
        Severity::Mild => "mild",
        Severity::Moderate => "moderate",
        Severity::Severe => "severe",
        Severity::LifeThreatening => "life_threatening",
        Severity::Unrecognised(code) => code,
    }
    .to_owned()
}

fn read_severity(code: String) -> Severity {
    match code.as_str() {
        "mild" => Severity::Mild,
        "moderate" => Severity::Moderate,
        "severe" => Severity::Severe,
        "life_threatening" => Severity::LifeThreatening,
        _ => Severity::Unrecognised(code),
    }
}

fn source_code(source: &Source) -> String {
    match source {
        Source::SelfReported => "self_reported",
        Source::Clinician => "clinician",
        Source::Imported => "imported",
        Source::Unrecognised(code) => code,
    }
    .to_owned()
}

fn read_source(code: String) -> Source {
    match code.as_str() {
        "self_reported" => Source::SelfReported,
        "clinician" => Source::Clinician,
        "imported" => Source::Imported,
        _ => Source::Unrecognised(code),
    }
}

impl ListState {
    pub(crate) fn to_fields(self) -> Fields {
        let mut fields = Fields::new();
        fields.set(
            "state",
            match self {
                Self::Unknown => "unknown",
                Self::ConfirmedNone => "confirmed_none",
                Self::Listed => "listed",
            },
        );
        fields
    }

    /// A state that this build does not know is "unknown": the cautious reading.
    pub(crate) fn from_fields(fields: &Fields) -> Self {
        match fields.get("state").as_str() {
            Some("confirmed_none") => Self::ConfirmedNone,
            Some("listed") => Self::Listed,
            _ => Self::Unknown,
        }
    }
}

//! A history entry as fields on the wire, and what the engine needs to know of the collection.

use super::model::{HistoryContent, HistoryKind, HistoryVerdict};
use crate::collection::{Collection, FieldPolicy, Readability, Spec};
use crate::fields::Fields;
use crate::text::{self, Shape};

pub(crate) static SPEC: Spec = Spec {
    collection: Collection::History,
    name: "history",
    single: false,
    coalesces: true,
    policy: |_| FieldPolicy::LastWriterWins,
    also_ask: Vec::new(),
    read: |fields| match text::readability(fields, SHAPES) {
        // Without a time it has no place in the list.
        _ if fields.get("occurred_at").is_null() => Readability::Unreadable("occurred_at"),
        readability => readability,
    },
    check: |fields| HistoryContent::from_fields(fields).check(),
    sort_key: |fields| fields.get("occurred_at").as_i64().unwrap_or(0),
};

static SHAPES: &[(&str, Shape)] = &[
    ("kind", Shape::Code(&["scan", "meal", "search"])),
    ("product_name", Shape::Text),
    ("brand", Shape::Text),
    ("barcode", Shape::Text),
    ("ingredients_text", Shape::Text),
    ("verdict", Shape::Code(&["safe", "warning", "danger", "unknown"])),
    ("matched_allergens", Shape::TextList),
    ("occurred_at", Shape::Integer),
    ("note", Shape::Text),
    ("favourite", Shape::Bool),
];

impl HistoryContent {
    /// All known fields, with `null` for what is not stated.
    pub(crate) fn to_fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.set("kind", kind_code(&self.kind));
        fields.set("product_name", self.product_name.clone());
        fields.set("brand", self.brand.clone());
        fields.set("barcode", self.barcode.clone());
        fields.set("ingredients_text", self.ingredients_text.clone());
        fields.set("verdict", self.verdict.as_ref().map(verdict_code));
        fields.set("matched_allergens", text::list_value(&self.matched_allergens));
        fields.set("occurred_at", self.occurred_at);
        fields.set("note", self.note.clone());
        // Off is the same as never set: nothing to send for most entries.
        fields.set("favourite", self.favourite.then_some(true));
        fields
    }

    /// What can be read of the fields. Meant for records that passed [`SPEC`]'s `read`.
    pub(crate) fn from_fields(fields: &Fields) -> Self {
        Self {
            kind: read_kind(text::text(fields, "kind").unwrap_or_default()),
            product_name: text::text(fields, "product_name"),
            brand: text::text(fields, "brand"),
            barcode: text::text(fields, "barcode"),
            ingredients_text: text::text(fields, "ingredients_text"),
            verdict: text::text(fields, "verdict").map(read_verdict),
            matched_allergens: text::texts(fields, "matched_allergens"),
            occurred_at: fields.get("occurred_at").as_i64().unwrap_or_default(),
            note: text::text(fields, "note"),
            favourite: fields.get("favourite").as_bool().unwrap_or_default(),
        }
    }
}

fn kind_code(kind: &HistoryKind) -> String {
    match kind {
        HistoryKind::Scan => "scan",
        HistoryKind::Meal => "meal",
        HistoryKind::Search => "search",
        HistoryKind::Unrecognised(code) => code,
    }
    .to_owned()
}

fn read_kind(code: String) -> HistoryKind {
    match code.as_str() {
        "scan" => HistoryKind::Scan,
        "meal" => HistoryKind::Meal,
        "search" => HistoryKind::Search,
        _ => HistoryKind::Unrecognised(code),
    }
}

fn verdict_code(verdict: &HistoryVerdict) -> String {
    match verdict {
        HistoryVerdict::Safe => "safe",
        HistoryVerdict::Warning => "warning",
        HistoryVerdict::Danger => "danger",
        HistoryVerdict::Unknown => "unknown",
        HistoryVerdict::Unrecognised(code) => code,
    }
    .to_owned()
}

fn read_verdict(code: String) -> HistoryVerdict {
    match code.as_str() {
        "safe" => HistoryVerdict::Safe,
        "warning" => HistoryVerdict::Warning,
        "danger" => HistoryVerdict::Danger,
        "unknown" => HistoryVerdict::Unknown,
        _ => HistoryVerdict::Unrecognised(code),
    }
}

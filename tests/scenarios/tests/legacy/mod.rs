//! What all these tests share.

mod account;
mod adopt;
mod export;
mod gate;
mod many;
mod steps;

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, all_agree, differences, settle_all};
use serde_json::{Value, json};

const NOWHERE: &str = "http://127.0.0.1:9";

/// An export with these parts.
fn export(parts: Value) -> String {
    let mut text = json!({"format": "foodlens-legacy", "version": 1});
    text.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    text.to_string()
}

fn milk(severity: &str) -> Value {
    json!({"legacy_id": "milk", "allergen": {"code": "milk"}, "severity": severity})
}

fn allergy(allergen: EuAllergen, severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(allergen)) }
}

fn list(phone: &Phone) -> AllergyList {
    phone.session.allergies().list().unwrap()
}

/// The one entry about milk.
fn shown_milk(phone: &Phone) -> Allergy {
    let mut entries = list(phone).entries;
    entries.retain(|entry| entry.content.allergen == Allergen::Eu(EuAllergen::Milk));
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

fn name_of(phone: &Phone) -> Option<String> {
    phone.session.profile().get().unwrap().content.display_name
}

fn set_profile(phone: &Phone, to: &ProfileContent) {
    let shown = phone.session.profile().get().unwrap().content;
    phone.session.profile().update(&shown, to).unwrap();
}

fn overwritten(phone: &Phone) -> Vec<(String, String)> {
    let entries = phone.session.overwritten(None, 50).unwrap();
    entries.into_iter().map(|entry| (entry.field, entry.value_json)).collect()
}

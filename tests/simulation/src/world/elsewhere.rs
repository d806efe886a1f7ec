//! What people do without a device: on the backend's website.

use super::people::{Meant, allergen_name, allergen_of, severity_of};
use super::{World, harness};
use crate::invariants::Check;
use crate::model::Event;
use foodlens_core::{Allergen, Collection, RecordId, Severity};
use serde_json::json;
use std::collections::BTreeSet;

impl World {
    /// A user makes an allergy there. Devices hear of it by the feed.
    ///
    /// # Errors
    /// When the server's database fails.
    pub(super) fn made_elsewhere(&mut self, user: usize, allergen: u64, severity: u64) -> Check {
        let user = user % self.people.len();
        let (allergen, severity) = (allergen_of(user, allergen), severity_of(severity));
        let of_wire = match &allergen {
            Allergen::Eu(code) => json!({"code": code.code()}),
            Allergen::Custom(name) | Allergen::Unrecognised(name) => json!({"text": name}),
        };
        let fields = json!({"allergen": of_wire, "severity": severity.as_ref().map(code)});
        let made = self.shared.backend().make_elsewhere(user, fields).map_err(|error| harness(&error))?;
        let record = RecordId::parse(&made.id).map_err(|error| harness(&error))?;
        self.owners.records.entry((Collection::Allergies, record)).or_default().insert(user);
        let rank = Severity::rank(severity.as_ref());
        for meant in [Meant::Allergen(allergen_name(&allergen)), Meant::Severity(rank)] {
            let keys = vec![made.key.into()];
            self.people[user].add(Event {
                record,
                meant,
                saw: BTreeSet::new(),
                shown: Vec::new(),
                is_void: false,
                called: Some(allergen_name(&allergen)),
                keys,
            });
        }
        Ok(())
    }
}

fn code(severity: &Severity) -> &'static str {
    match severity {
        Severity::Mild => "mild",
        Severity::Moderate => "moderate",
        Severity::Severe => "severe",
        Severity::LifeThreatening | Severity::Unrecognised(_) => "life_threatening",
    }
}

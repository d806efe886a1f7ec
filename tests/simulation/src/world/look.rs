//! What can be seen of a user's data on a device, through the public API alone.

use foodlens_core::{
    AllergyList, Collection, Conflict, FailureReason, OperationId, OperationState, QueueCounts, QueueFilter,
    RecordId, Result, Session, Severity,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// A record's place.
pub type Place = (Collection, RecordId);

/// A record as the app sees it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeenRecord {
    entity: String,
    id: Uuid,
    pub version: Option<i64>,
    pub pending: bool,
    pub deleted: bool,
    pub fields: Map<String, Value>,
}

/// An unsent operation.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeenOperation {
    pub key: OperationId,
    entity: String,
    record_id: Uuid,
    pub kind: String,
    pub payload: Map<String, Value>,
    pub first_attempt_at: Option<i64>,
    #[serde(default)]
    pub yields: bool,
}

#[derive(Deserialize)]
struct Export {
    records: Vec<SeenRecord>,
    operations: Vec<SeenOperation>,
}

/// Everything at one moment.
#[derive(Debug, Clone)]
pub struct Seen {
    pub records: Arc<BTreeMap<Place, SeenRecord>>,
    /// In the queue's order.
    pub operations: Arc<Vec<(Place, SeenOperation)>>,
    pub questions: Vec<Conflict>,
    pub list: AllergyList,
    pub counts: QueueCounts,
    /// The operations that are parked.
    pub parked: BTreeSet<OperationId>,
    /// Those of them that were tried too often.
    pub exhausted: BTreeSet<OperationId>,
    /// The export, for the trace.
    pub text: Vec<u8>,
}

impl Seen {
    /// Looks. What an export says that is as `before` is not read again.
    ///
    /// # Errors
    /// Those of the library.
    pub fn of(session: &Session, before: Option<&Self>) -> Result<Self> {
        let mut text = Vec::with_capacity(before.map_or(0, |before| before.text.len() + 1024));
        session.export_to(&mut text)?;
        let (records, operations) = match before {
            Some(before) if before.text == text => {
                (Arc::clone(&before.records), Arc::clone(&before.operations))
            }
            _ => read(&text),
        };
        let counts = session.queue().counts()?;
        let (mut parked, mut exhausted) = (BTreeSet::new(), BTreeSet::new());
        if counts.failed > 0 {
            for operation in session.queue().list(QueueFilter::Failed, 0, 500)? {
                parked.insert(operation.id);
                if operation.state == OperationState::Failed(FailureReason::Exhausted) {
                    exhausted.insert(operation.id);
                }
            }
        }
        Ok(Self {
            records,
            operations,
            questions: session.conflicts()?,
            list: session.allergies().list()?,
            counts,
            parked,
            exhausted,
            text,
        })
    }

    /// The operations of a record.
    pub fn waiting(&self, place: Place) -> impl Iterator<Item = &SeenOperation> {
        self.operations.iter().filter(move |(at, _)| *at == place).map(|(_, operation)| operation)
    }

    /// What a record is called by itself.
    pub fn allergen(&self, place: Place) -> Option<String> {
        let allergen = self.records.get(&place)?.fields.get("allergen")?;
        let name = allergen.get("code").or_else(|| allergen.get("text"))?;
        name.as_str().map(str::to_owned)
    }

    /// The rank of the severity that a record has by itself, whatever its entry shows.
    pub fn severity(&self, place: Place) -> Option<u8> {
        let severity = match self.records.get(&place)?.fields.get("severity").and_then(Value::as_str) {
            Some("mild") => Some(Severity::Mild),
            Some("moderate") => Some(Severity::Moderate),
            Some("severe") => Some(Severity::Severe),
            Some("life_threatening") => Some(Severity::LifeThreatening),
            _ => None,
        };
        Some(Severity::rank(severity.as_ref()))
    }
}

type Content = (Arc<BTreeMap<Place, SeenRecord>>, Arc<Vec<(Place, SeenOperation)>>);

fn read(text: &[u8]) -> Content {
    let export: Export =
        serde_json::from_slice(text).unwrap_or(Export { records: Vec::new(), operations: Vec::new() });
    let place = |entity: &str, id: Uuid| Some((collection(entity)?, RecordId::from(id)));
    let records = export.records.into_iter();
    let operations = export.operations.into_iter();
    (
        Arc::new(records.filter_map(|record| Some((place(&record.entity, record.id)?, record))).collect()),
        Arc::new(
            operations
                .filter_map(|operation| Some((place(&operation.entity, operation.record_id)?, operation)))
                .collect(),
        ),
    )
}

/// The collection of a wire name.
#[must_use]
pub fn collection(entity: &str) -> Option<Collection> {
    Some(match entity {
        "profile" => Collection::Profile,
        "settings" => Collection::Settings,
        "allergy_list" => Collection::AllergyList,
        "allergies" => Collection::Allergies,
        "history" => Collection::History,
        _ => return None,
    })
}

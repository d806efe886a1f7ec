//! The records that are measured: a name of 24 characters, a barcode of 13 digits, about 200 bytes of JSON.

use foodlens_core::{HistoryContent, HistoryKind, HistoryVerdict};
use uuid::Uuid;

/// When the first of them happened.
const START_MS: i64 = 1_700_000_000_000;

/// When the record happened, one a minute.
pub fn occurred_at(index: usize) -> i64 {
    START_MS + index as i64 * 60_000
}

/// As the app hands it in.
pub fn content(index: usize) -> HistoryContent {
    HistoryContent {
        product_name: Some(name(index)),
        brand: Some("Hofgut".into()),
        barcode: Some(barcode(index)),
        ingredients_text: Some("oats, sugar, milk".into()),
        verdict: Some(HistoryVerdict::Safe),
        ..HistoryContent::new(HistoryKind::Scan, occurred_at(index))
    }
}

/// The same as the library stores and sends it.
pub fn json(index: usize) -> String {
    let (barcode, name, at) = (barcode(index), name(index), occurred_at(index));
    format!(
        r#"{{"barcode":"{barcode}","brand":"Hofgut","created_at":{at},"ingredients_text":"oats, sugar, milk","kind":"scan","occurred_at":{at},"product_name":"{name}","verdict":"safe"}}"#
    )
}

/// Its id: a UUIDv7 of its time.
pub fn id(index: usize) -> Uuid {
    let mut tail = [0; 10];
    tail[..8].copy_from_slice(&(index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    uuid::Builder::from_unix_timestamp_millis(occurred_at(index) as u64, &tail).into_uuid()
}

fn name(index: usize) -> String {
    format!("Crunchy granola {index:08}")
}

fn barcode(index: usize) -> String {
    format!("40{index:011}")
}

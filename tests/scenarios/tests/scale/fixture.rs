//! A long queue, made through the public calls.

use foodlens_core::*;
use foodlens_scenarios::Phone;
use std::collections::BTreeSet;

/// Queues the creation of so many records.
pub fn queue(phone: &Phone, count: usize) -> BTreeSet<RecordId> {
    let scan = |n: usize| HistoryContent {
        product_name: Some(format!("product {n}")),
        barcode: Some(format!("{n:013}")),
        ..HistoryContent::new(HistoryKind::Scan, n as i64)
    };
    let all: Vec<_> = (0..count).map(scan).collect();
    let ids = all.chunks(1_000).flat_map(|part| phone.session.history().add_all(part).unwrap());
    ids.collect()
}

//! What a check of everything derived found.

use crate::convert::{Count, Via};
use crate::errors::Result;
use crate::session::CoreSession;
use foodlens_core::{Collection, OperationId, RecordId};

/// One thing that does not hold, by code and ids: never content.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Flaw {
    /// What does not hold: a stable code, such as `queue_counts`. Later versions know more of them.
    pub code: String,
    /// The record's collection, if it is a record's.
    pub collection: Option<Collection>,
    /// The record, if it is one's.
    pub record_id: Option<RecordId>,
    /// The operation, if it is one's.
    pub operation: Option<OperationId>,
}

/// What was looked at, and what does not hold.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct VerifyReport {
    /// Whether everything holds.
    pub is_sound: bool,
    /// Records that were looked at.
    pub records: i64,
    /// Waiting operations that were looked at.
    pub operations: i64,
    /// What does not hold: at most the first 1,000.
    pub flaws: Vec<Flaw>,
    /// How many more do not.
    pub more: i64,
}

#[uniffi::export]
impl CoreSession {
    /// Makes everything that is derived anew, compares it with what is stored, and says what does not hold: for support,
    /// and for the app's own tests. Changes nothing. Reads every record, so not for every start.
    pub fn verify(&self) -> Result<VerifyReport> {
        Ok(self.0.verify()?.into())
    }
}

impl From<foodlens_core::VerifyReport> for VerifyReport {
    fn from(report: foodlens_core::VerifyReport) -> Self {
        let is_sound = report.is_sound();
        let foodlens_core::VerifyReport { records, operations, flaws, more } = report;
        Self {
            is_sound,
            records: Count::out(records),
            operations: Count::out(operations),
            flaws: flaws.into_iter().map(Into::into).collect(),
            more: Count::out(more),
        }
    }
}

impl From<foodlens_core::Flaw> for Flaw {
    fn from(flaw: foodlens_core::Flaw) -> Self {
        let foodlens_core::Flaw { kind, record, operation } = flaw;
        let (collection, record_id) = record.unzip();
        Self { code: kind.code().into(), collection, record_id, operation }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]
mod tests {
    use super::*;
    use foodlens_core::FlawKind;

    #[test]
    fn a_flaw_goes_out_by_its_code_and_ids_and_the_report_is_not_sound() {
        let id = RecordId::parse("0198a3c0-0000-7000-8000-000000000001").unwrap();
        let flaws = vec![
            foodlens_core::Flaw { kind: FlawKind::QueueCounts, record: None, operation: None },
            foodlens_core::Flaw {
                kind: FlawKind::Body,
                record: Some((Collection::History, id)),
                operation: None,
            },
        ];
        let report = foodlens_core::VerifyReport { records: 3, operations: 2, flaws, more: 1 };
        let report = VerifyReport::from(report);
        assert!(!report.is_sound);
        assert_eq!((report.records, report.operations, report.more), (3, 2, 1));
        let (counts, body) = (&report.flaws[0], &report.flaws[1]);
        assert_eq!((counts.code.as_str(), counts.record_id), ("queue_counts", None));
        assert_eq!((body.code.as_str(), body.collection), ("body", Some(Collection::History)));
        assert_eq!((body.record_id, body.operation), (Some(id), None));
    }
}

//! The text of an import: what an app kept before it had this library.

use crate::device::{Device, Offline, must};
use foodlens_core::{ErrorKind, ListState};
use std::sync::Arc;

/// What must hold: a text that is refused changes nothing; else the preview and the import count every record once, a
/// second import finds everything there, and nothing in the text makes a known allergy weaker.
pub fn legacy(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let device = Device::new(Arc::new(Offline));
    let preview = device.session.preview_legacy(&text);
    match device.session.import_legacy(&text) {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::LegacyFormat { .. }), "{error:?}");
            assert_eq!(must(device.session.queue().counts()).pending, 3, "a refused text wrote something");
        }
        Ok(report) => {
            assert!(report.complete);
            let counted = report.imported + report.already_there + report.unreadable;
            assert_eq!(counted, report.records.len() as u64);
            let preview = must(preview);
            assert_eq!(preview.unreadable, report.unreadable, "the preview promised something else");
            assert_eq!(preview.records.len(), report.records.len());
            let again = must(device.session.import_legacy(&text));
            assert_eq!((again.imported, again.unreadable), (0, report.unreadable), "a second import");
        }
    }
    assert!(device.fears_peanuts(), "an import made an allergy weaker");
    assert_eq!(must(device.session.allergies().list()).state, ListState::Listed);
    device.is_sound();
}

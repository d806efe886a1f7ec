//! The text of a rescue, read back.

use crate::device::{Device, Offline, must};
use foodlens_core::{ErrorKind, QueueFilter};
use std::sync::Arc;

/// What must hold: a text that is refused changes nothing; else the queue grows by just what was imported, nothing that
/// waited is gone, and a second import finds everything there.
pub fn rescue(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let device = Device::new(Arc::new(Offline));
    let keys = || -> Vec<_> {
        let all = must(device.session.queue().list(QueueFilter::Unsent, 0, 10_000));
        all.into_iter().map(|operation| operation.id).collect()
    };
    let before = keys();
    match device.session.rescue_import(&text) {
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::RescueFormat | ErrorKind::WrongAccount), "{error:?}");
            assert_eq!(keys(), before, "a refused text wrote something");
        }
        Ok(report) => {
            let after = keys();
            assert!(before.iter().all(|key| after.contains(key)), "what waited is gone");
            assert_eq!(after.len() as u64, before.len() as u64 + report.imported);
            let again = must(device.session.rescue_import(&text));
            assert_eq!((again.imported, again.unreadable), (0, report.unreadable), "a second import");
            must(device.session.rescue_export());
        }
    }
    must(device.session.allergies().list());
    device.is_sound();
}

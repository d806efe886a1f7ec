//! The mark beside a user's file, damaged or written by somebody else.

use crate::device::{Device, Offline, USER, library, must};
use foodlens_core::{QueueFilter, UserId};
use std::path::PathBuf;
use std::sync::Arc;

/// What must hold: the user's data are opened with all that waits, or refused with an error and still there; never an
/// empty new file in their place.
pub fn mark(input: &[u8]) {
    let Device { session, library: first, folder, clock } = Device::new(Arc::new(Offline));
    session.close();
    drop((session, first, clock));
    let is_mark = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "mark");
    let mark = must(std::fs::read_dir(folder.path())).map(|entry| must(entry).path()).find(is_mark);
    let mark = must(mark.ok_or("no mark was written"));
    let good = must(std::fs::read(&mark));
    must(std::fs::write(&mark, input));
    let user = must(UserId::new(USER));
    let has_all = |opened: &foodlens_core::Session| {
        let waiting = must(opened.queue().list(QueueFilter::Unsent, 0, 10));
        assert_eq!(waiting.len(), 3, "unsent writes are gone");
        assert_eq!(must(opened.allergies().list()).entries.len(), 1, "an allergy is gone");
    };
    let (damaged, _) = library(folder.path(), Arc::new(Offline));
    match damaged.session(&user) {
        Ok(opened) => has_all(&opened),
        Err(_) => {
            drop(damaged);
            must(std::fs::write(&mark, good));
            has_all(&must(library(folder.path(), Arc::new(Offline)).0.session(&user)));
        }
    }
}

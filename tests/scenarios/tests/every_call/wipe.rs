//! Killed at every call while everything of a user's is deleted: it has not begun, or it goes on with whoever opens
//! anything next.

use super::prepared::Prepared;
use super::{app, before_each_call, tracer};
use foodlens_scenarios::Phone;

#[test]
fn a_deletion_that_was_killed_at_any_call_has_not_begun_or_is_finished_by_the_next_open() {
    let prepared = Prepared::new();
    let url = prepared.server.base_url();
    let (mut before, mut after) = (0, 0);
    before_each_call(
        "deleting everything",
        |n| {
            let folder = prepared.folder_again();
            // Beside the database, as a damaged one is left.
            std::fs::write(super::check::database_in(folder.path()).with_extension("damaged"), "old")
                .unwrap();
            (tracer::kill_before_call(n, &mut app(folder.path(), &url, "wipe")), folder)
        },
        |name, ended, folder| {
            drop(Phone::in_folder(folder.path(), &url, "ben", Default::default()).unwrap());
            let names = std::fs::read_dir(folder.path()).unwrap();
            let names: Vec<_> = names.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
            let stems: std::collections::BTreeSet<_> =
                names.iter().map(|name| name.split('.').next().unwrap()).collect();
            let phone = || prepared.open(folder.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
            // Of an encrypted one only its own user's opening can tell that it had begun.
            let shut =
                || cfg!(feature = "encryption") && phone().session.queue().counts().unwrap().pending == 0;
            if stems.len() == 2 && !shut() {
                before += 1;
                let waiting = super::check::whole(name, &phone());
                assert_eq!(waiting.len(), prepared.facts.queue.len(), "{name}: all is there");
            } else if stems.len() == 2 {
                after += 1;
            } else {
                after += 1;
                assert_eq!(stems.len(), 1, "{name}: {names:?}");
                assert_eq!(phone().session.export_json().unwrap().matches("entity").count(), 0, "{name}");
            }
            assert!(ended.killed_before.is_some() || stems.len() == 1, "{name}");
        },
    );
    assert!(before > 3 && after > 3, "{before} {after}");
}

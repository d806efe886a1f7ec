//! Killed at every call while a file of an older schema is brought to today's: the next open finishes it, with all its
//! rows.

use super::check::whole;
use super::ladder::{NEWEST, again, file_of_schema, rows, schema};
use super::open::NOWHERE;
use super::{app, before_each_call, tracer};
use foodlens_scenarios::Phone;

#[test]
fn an_upgrade_killed_at_any_call_is_finished_by_the_next_open() {
    for version in 1..NEWEST {
        let (old, done) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = file_of_schema(version, old.path(), NOWHERE);
        let before = rows(&path);
        let copy_to = |folder: &std::path::Path| {
            let copy = folder.join(path.file_name().unwrap());
            std::fs::copy(&path, &copy).unwrap();
            copy
        };
        let expected = copy_to(done.path());
        let open = |folder: &std::path::Path| Phone::in_folder(folder, NOWHERE, "ana", Default::default());
        drop(open(done.path()).unwrap());
        let expected = schema(&expected);
        before_each_call(
            &format!("an upgrade of schema {version}"),
            |n| {
                let folder = tempfile::tempdir().unwrap();
                copy_to(folder.path());
                (tracer::kill_before_change(n, &mut app(folder.path(), NOWHERE, "open")), folder)
            },
            |name, _, folder| {
                let phone = open(folder.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
                whole(name, &phone);
                drop(phone);
                let path = folder.path().join(path.file_name().unwrap());
                assert_eq!(schema(&path), expected, "{name}");
                assert_eq!(again(&path, &before), before, "{name}");
            },
        );
    }
}

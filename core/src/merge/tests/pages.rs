//! Two copies of a record arrive by two pages: what is stored at the end does not depend on which came first.

use super::*;
use crate::db::{Account, Database, Entry, Place, Transaction, test_key};
use crate::error::Error;
use crate::ids::UserId;
use crate::merge::{Incoming, Remote, plan_incoming};
use crate::observe::Observers;
use crate::records::{self, Base, Row};

/// What is stored of a record: all that the engine and the app go by.
#[derive(Debug, PartialEq)]
struct Stored {
    version: Option<Version>,
    server: Option<Fields>,
    body: Fields,
    deleted: bool,
}

fn stored(tx: &Transaction<'_>, collection: Collection, copies: &[&Remote], edits: &Edits) -> Stored {
    let (spec, id) = (collection.spec(), uuid::Uuid::from_u128(2).into());
    let row = Row {
        id,
        server_id: None,
        version: Some(Version(1)),
        body: edits.shown.clone().or(edits.start.clone()).unwrap_or_default(),
        base: edits.start.clone().map_or(Base::Absent, Base::Fields),
        deleted: edits.shown.is_none(),
        created_at: 0,
        updated_at: 0,
    };
    let mut row = records::refresh(tx, spec, row, edits.start.clone(), &edits.waiting).unwrap().unwrap();
    for copy in copies {
        if plan_incoming(spec, row.version, &edits.waiting, copy) != Incoming::Ignore {
            let next = Row { version: Some(copy.version), ..row };
            row = records::refresh(tx, spec, next, copy.fields.clone(), &edits.waiting).unwrap().unwrap();
        }
    }
    let row = records::get(tx, spec, id).unwrap().unwrap();
    records::refresh(tx, spec, row.clone(), None, &[]).unwrap();
    let server = row.server_copy().cloned();
    Stored { version: row.version, server, body: row.body, deleted: row.deleted }
}

/// Without edits only live copies: nothing is kept of a record that was deleted, and the feed never goes back.
fn situation() -> impl Strategy<Value = (Edits, Remote, Remote)> {
    let at = |version, fields| Remote { version: Version(version), fields };
    let nothing_waits = record().prop_map(|start| Edits {
        start: Some(start.clone()),
        waiting: Vec::new(),
        shown: Some(start),
    });
    let live = (nothing_waits, record(), record())
        .prop_map(move |(edits, one, two)| (edits, at(2, Some(one)), at(3, Some(two))));
    let edited = record().prop_flat_map(|start| edits(Some(start), true));
    let waits = (edited, prop::option::of(record()), prop::option::of(record()))
        .prop_map(move |(edits, one, two)| (edits, at(2, one), at(3, two)));
    prop_oneof![1 => live, 3 => waits]
}

#[test]
fn the_order_of_arrival_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let user = UserId::new("ana").unwrap();
    let account = Account { user: &user, server: "s", device_id: uuid::Uuid::nil() };
    let place = Place::of(folder.path(), folder.path(), &account).unwrap();
    let (db, _) =
        Database::open(place, &account, test_key().as_ref(), Entry::SignIn, Observers::default()).unwrap();
    let law = |(edits, older, newer): (Edits, Remote, Remote)| {
        for collection in [Collection::Allergies, Collection::History] {
            let (mut one, mut other) = (None, None);
            // Rolled back: each case begins with an empty file.
            let rolled_back = db.write(|tx, _| -> crate::Result<()> {
                one = Some(stored(tx, collection, &[&older, &newer], &edits));
                other = Some(stored(tx, collection, &[&newer, &older], &edits));
                Err(Error::not_found("record"))
            });
            prop_assert!(rolled_back.is_err());
            let (one, mut other) = (one.unwrap(), other.unwrap());
            if newer.fields.is_none() {
                // The newer copy says only that it is gone: what it was before, each knows as it last heard.
                other.body = one.body.clone();
            }
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(one.version, Some(Version(3)));
            prop_assert_eq!(one.server, newer.fields.clone());
        }
        Ok(())
    };
    proptest::test_runner::TestRunner::new(config()).run(&situation(), law).unwrap();
}

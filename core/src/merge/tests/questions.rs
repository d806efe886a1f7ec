//! Questions as they are stored, on a file of their own.

use super::*;
use crate::error::Result;
use crate::ids::RecordId;
use crate::merge::{conflicts, raise, raise_between};
use crate::outbox::tests::in_a_write;
use crate::records::{self, Base, Row, Writer};

fn write(body: impl FnOnce(&mut Writer<'_>) -> Result<()>) {
    in_a_write(&[], 1, body);
}

fn milk(severity: &str) -> Fields {
    fields(json!({"allergen": {"code": "milk"}, "severity": severity}))
}

#[test]
fn a_question_that_is_as_it_was_stays_as_it_was_and_one_that_moved_on_is_asked_anew() {
    write(|writer| {
        let spec = Collection::Allergies.spec();
        let mut make = |severity| -> Result<Row> {
            let id = writer.create_new(spec, milk(severity))?;
            Ok(records::get(writer.tx, spec, id)?.unwrap())
        };
        let (one, other) = (make("mild")?, make("severe")?);
        let (id, other_id) = (one.id, other.id);
        let asked = |writer: &Writer<'_>| conflicts::open_for(writer.tx, spec.collection, id, Some(other_id));
        raise_between(writer, spec, &one, &other)?;
        let first = asked(writer)?.unwrap();
        assert_eq!((first.revision, first.deferred), (1, false));
        conflicts::mark_deferred(writer.tx, first.id, 1)?;
        raise_between(writer, spec, &one, &other)?;
        let same = asked(writer)?.unwrap();
        assert_eq!((same.revision, same.deferred), (1, true), "nothing is different");
        raise_between(writer, spec, &one, &Row { body: milk("moderate"), ..other.clone() })?;
        let theirs = asked(writer)?.unwrap();
        assert_eq!((theirs.revision, theirs.deferred), (2, false));
        assert_eq!((theirs.local, theirs.remote), (Some(milk("mild")), Some(milk("moderate"))));
        raise_between(writer, spec, &Row { body: milk("severe"), ..one }, &other)?;
        let ours = asked(writer)?.unwrap();
        assert_eq!((ours.id, ours.revision, ours.local), (first.id, 3, Some(milk("severe"))));
        Ok(())
    });
}

#[test]
fn what_was_made_here_and_is_nowhere_else_has_nothing_that_both_started_from() {
    let edit = || operation(Kind::Update, fields(json!({"severity": "mild"})), milk("moderate"));
    let make = || operation(Kind::Create, Fields::new(), milk("moderate"));
    for (name, made, version, based) in [
        ("made here", make(), None, false),
        ("made here, and there under the same id", make(), Some(Version(1)), true),
        ("edited here", edit(), Some(Version(1)), true),
        ("edited here, and the server lost it", edit(), None, true),
    ] {
        write(|writer| {
            let spec = Collection::Allergies.spec();
            let id = RecordId::from(uuid::Uuid::from_u128(2));
            let row = Row {
                id,
                server_id: None,
                version,
                body: milk("moderate"),
                base: Base::Fields(milk("severe")),
                deleted: false,
                created_at: 0,
                updated_at: 0,
            };
            raise(writer, spec, &row, std::slice::from_ref(&made))?;
            let base = conflicts::open_for(writer.tx, spec.collection, id, None)?.unwrap().base;
            assert_eq!(base.is_some(), based, "{name}");
            Ok(())
        });
    }
}

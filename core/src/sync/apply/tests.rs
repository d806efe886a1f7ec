//! What a verdict and a pulled copy do to one record, on a file of its own: the cases that a well-behaved server seldom makes.

use super::*;
use crate::ids::RecordId;
use crate::merge::conflicts;
use crate::observe::Changes;
use crate::outbox::store::QueueFilter;
use crate::outbox::tests::in_a_write;
use crate::records::Edit;
use crate::sync::arrivals::Arrival;
use serde_json::{Value, json};

const NOW: i64 = 7;

pub fn fields(value: Value) -> Fields {
    serde_json::from_value(value).unwrap()
}

pub fn id() -> RecordId {
    uuid::Uuid::from_u128(2).into()
}

/// A write in a new file, where the note of a history entry asks a person, too.
pub fn write(body: impl FnOnce(&mut Writer<'_>) -> Result<()>) {
    in_a_write(&[(Collection::History, "note".to_owned())], NOW, body);
}

/// The server's copy; null: it is deleted there.
fn copy(collection: Collection, version: i64, fields: &Value) -> RemoteRecord {
    serde_json::from_value(wire_copy(collection, version, fields)).unwrap()
}

fn wire_copy(collection: Collection, version: i64, fields: &Value) -> Value {
    json!({
        "entity": collection.name(), "id": uuid::Uuid::from_u128(2), "version": version,
        "deleted": fields.is_null(), "fields": if fields.is_null() { json!({}) } else { fields.clone() },
    })
}

pub fn pull(writer: &mut Writer<'_>, collection: Collection, version: i64, fields: &Value) -> Result<Pulled> {
    let page = json!([wire_copy(collection, version, fields)]).to_string();
    let page: Arrivals = serde_json::from_str(&page).unwrap();
    let Some(Arrival::Readable(record)) = page.iter().next() else { panic!("unreadable") };
    change(writer, &mut Insertion::on(writer.tx), &page, record)
}

pub fn edit(writer: &mut Writer<'_>, collection: Collection, patch: &Value) -> Result<()> {
    let row = records::get(writer.tx, collection.spec(), id())?.unwrap();
    writer.edit(collection.spec(), id(), Edit::Update { seen: row.body, patch: fields(patch.clone()) })
}

pub fn waiting(writer: &Writer<'_>, collection: Collection) -> Result<Vec<Operation>> {
    outbox::waiting(writer.tx, collection, id())
}

fn row(writer: &Writer<'_>, collection: Collection) -> Result<Row> {
    Ok(records::get(writer.tx, collection.spec(), id())?.unwrap())
}

fn judged(
    writer: &mut Writer<'_>,
    collection: Collection,
    word: impl FnOnce() -> OperationVerdict,
) -> Result<Effect> {
    let sent = waiting(writer, collection)?.remove(0);
    outbox::mark_sending(writer.tx, std::slice::from_ref(&sent), "r", NOW)?;
    let sent = waiting(writer, collection)?.remove(0);
    verdict(writer, &sent, word(), &BackoffPolicy::default())
}

pub fn milk(severity: &str) -> Value {
    json!({"allergen": {"code": "milk"}, "severity": severity})
}

pub fn scan() -> Value {
    json!({"kind": "scan", "occurred_at": 1})
}

#[test]
fn a_refusal_that_brings_the_servers_copy_moves_the_base_and_leaves_the_edit_parked() {
    write(|writer| {
        let milks = Collection::Allergies;
        pull(writer, milks, 1, &milk("mild"))?;
        edit(writer, milks, &json!({"severity": "severe"}))?;
        let record = Some(copy(milks, 2, &json!({"allergen": {"code": "milk"}, "notes": "theirs"})));
        let code = "invalid".to_owned();
        judged(writer, milks, || OperationVerdict::Refused {
            reason: FailureReason::Invalid,
            status: 422,
            code,
            record,
        })?;
        let now = row(writer, milks)?;
        assert_eq!(now.version, Some(Version(2)));
        assert_eq!(now.server_copy().unwrap().get("notes"), "theirs");
        assert_eq!((now.body.get("notes"), now.body.get("severity")), (&json!("theirs"), &json!("severe")));
        assert_eq!(waiting(writer, milks)?[0].state, State::Failed(FailureReason::Invalid));
        Ok(())
    });
}

#[test]
fn who_is_asked_by_what_a_write_has_replaced() {
    let replaced = |record, field: &str| OperationVerdict::Acknowledged {
        record: Some(record),
        overwritten: vec![OverwrittenValue { field: field.into(), value: json!("theirs") }],
        duplicate: false,
    };
    for (name, collection, server, ours, field, asked) in [
        ("a field that asks", Collection::History, scan(), json!({"note": "ours"}), "note", true),
        ("one that does not", Collection::History, scan(), json!({"brand": "ours"}), "brand", false),
        (
            "the server checks",
            Collection::Allergies,
            milk("mild"),
            json!({"severity": "severe"}),
            "severity",
            false,
        ),
    ] {
        write(|writer| {
            pull(writer, collection, 1, &server)?;
            edit(writer, collection, &ours)?;
            let now = row(writer, collection)?.body;
            let record = copy(collection, 2, &serde_json::to_value(now).unwrap());
            judged(writer, collection, || replaced(record.into(), field))?;
            assert_eq!(conflicts::count_open(writer.tx)? > 0, asked, "{name}");
            assert_eq!(overwritten::list(writer.tx, None, 9)?.len(), 1, "{name}: noted in any case");
            Ok(())
        });
    }
}

#[test]
fn an_edit_of_what_is_gone_is_asked_about_where_something_asks_and_parked_elsewhere() {
    let entry = json!({"display_name": "Ana"});
    for (collection, server, ours, asked) in [
        (Collection::Allergies, milk("mild"), json!({"severity": "severe"}), true),
        (Collection::History, scan(), json!({"brand": "ours"}), true),
        (Collection::Profile, entry, json!({"country": "PT"}), false),
    ] {
        write(|writer| {
            let spec = writer.spec(collection);
            let remote = fields(server);
            let one = if spec.single { RecordId::SINGLE } else { id() };
            records::insert_from_server(writer.tx, spec, one, Version(1), &remote, None, NOW)?;
            writer.edit(spec, one, Edit::Update { seen: remote, patch: fields(ours) })?;
            let sent = outbox::waiting(writer.tx, collection, one)?.remove(0);
            verdict(writer, &sent, OperationVerdict::Conflict { record: None }, &BackoffPolicy::default())?;
            let reason = if asked { FailureReason::Conflict } else { FailureReason::Gone };
            assert_eq!(
                outbox::waiting(writer.tx, collection, one)?[0].state,
                State::Failed(reason),
                "{collection:?}"
            );
            assert_eq!(conflicts::count_open(writer.tx)? > 0, asked, "{collection:?}");
            Ok(())
        });
    }
}

#[test]
fn what_the_server_has_already_is_said_again_only_where_it_checks() {
    for (collection, server, ours, again) in [
        (Collection::Allergies, milk("severe"), json!({"severity": "severe"}), true),
        (
            Collection::History,
            json!({"kind": "scan", "occurred_at": 1, "note": "n"}),
            json!({"note": "n"}),
            false,
        ),
    ] {
        write(|writer| {
            let before = if again { milk("mild") } else { scan() };
            pull(writer, collection, 1, &before)?;
            edit(writer, collection, &ours)?;
            let sent = waiting(writer, collection)?.remove(0);
            let record = Some(copy(collection, 2, &server));
            verdict(writer, &sent, OperationVerdict::Conflict { record }, &BackoffPolicy::default())?;
            assert_eq!(waiting(writer, collection)?.len(), usize::from(again), "{collection:?}");
            Ok(())
        });
    }
}

#[test]
fn what_a_merge_after_a_conflict_replaces_is_noted() {
    write(|writer| {
        let milks = Collection::Allergies;
        pull(writer, milks, 1, &milk("mild"))?;
        edit(writer, milks, &json!({"notes": "ours"}))?;
        let theirs = json!({"allergen": {"code": "milk"}, "severity": "mild", "notes": "theirs"});
        judged(writer, milks, || OperationVerdict::Conflict { record: Some(copy(milks, 2, &theirs)) })?;
        let noted = overwritten::list(writer.tx, None, 9)?;
        assert_eq!(noted.len(), 1);
        assert_eq!((noted[0].field.as_str(), noted[0].value_json.as_str()), ("notes", "\"theirs\""));
        assert_eq!(waiting(writer, milks)?[0].payload, fields(json!({"notes": "ours"})));
        Ok(())
    });
}

#[test]
fn a_pulled_copy_is_of_now_and_says_nothing_of_a_queue_that_it_does_not_touch() {
    write(|writer| {
        let entries = Collection::History;
        pull(writer, entries, 1, &scan())?;
        edit(writer, entries, &json!({"brand": "ours"}))?;
        writer.now += 5;
        *writer.changes = Changes::default();
        let theirs = json!({"kind": "scan", "occurred_at": 1, "product_name": "theirs"});
        assert_eq!(pull(writer, entries, 2, &theirs)?, Pulled::Applied);
        assert_eq!(row(writer, entries)?.updated_at, NOW + 5);
        assert!(writer.changes.has(Topic::Records(entries)) && !writer.changes.has(Topic::Queue));
        Ok(())
    });
}

/// What was imported before the server's copy came, and what comes of it.
#[test]
fn what_was_imported_gives_way_to_a_newer_copy_and_to_no_other() {
    write(|writer| {
        let entries = Collection::History;
        pull(writer, entries, 3, &scan())?;
        writer.import(entries.spec(), id(), fields(json!({"brand": "old", "note": "old"})))?;
        let imported = || fields(json!({"brand": "old", "note": "old"}));
        let theirs = json!({"kind": "scan", "occurred_at": 1, "brand": "new"});
        for version in [2, 3] {
            assert_eq!(pull(writer, entries, version, &theirs)?, Pulled::Nothing);
            assert_eq!(waiting(writer, entries)?[0].payload, imported(), "version {version} is not newer");
        }
        *writer.changes = Changes::default();
        assert_eq!(pull(writer, entries, 4, &theirs)?, Pulled::Applied);
        let left = waiting(writer, entries)?.remove(0);
        assert_eq!(left.payload, fields(json!({"note": "old"})));
        assert_eq!(left.base_version, Some(Version(4)), "what is left stands on the copy");
        assert!(writer.changes.has(Topic::Queue));
        assert_eq!(outbox::list(writer.tx, QueueFilter::All, 0, 9)?.len(), 1);
        Ok(())
    });
}

#[test]
fn a_deletion_takes_along_what_was_imported_but_no_allergy_and_nothing_that_a_person_did() {
    for (name, collection, server, edited, left) in [
        ("imported alone", Collection::History, scan(), false, 0),
        ("edited since", Collection::History, scan(), true, 2),
        ("an allergy", Collection::Allergies, milk("mild"), false, 1),
    ] {
        write(|writer| {
            pull(writer, collection, 1, &server)?;
            writer.import(collection.spec(), id(), fields(json!({"note": "old", "notes": "old"})))?;
            if edited {
                edit(writer, collection, &json!({"brand": "ours"}))?;
            }
            pull(writer, collection, 2, &Value::Null)?;
            assert_eq!(waiting(writer, collection)?.len(), left, "{name}");
            Ok(())
        });
    }
}

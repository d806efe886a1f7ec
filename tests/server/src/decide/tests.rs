//! The rules of the contract, one sentence per case.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::model::Entity;

fn operation(entity: Entity, kind: Kind, base_version: Option<i64>, fields: Value) -> Operation {
    let id = if entity.is_single() { Uuid::nil() } else { Uuid::from_u128(7) };
    Operation { entity, id, kind, base_version, fields: fields.as_object().unwrap().clone() }
}

/// A record at version 9: `a` came with 5, `b` with 9, `c` was cleared with 7.
fn live() -> Option<Current> {
    Some(Current {
        version: 9,
        deleted: false,
        fields: json!({"a": 1, "b": 2}).as_object().unwrap().clone(),
        field_versions: [("a", 5), ("b", 9), ("c", 7)]
            .map(|(name, version)| (name.to_owned(), version))
            .into(),
    })
}

fn tombstone() -> Option<Current> {
    Some(Current { version: 9, deleted: true, ..Current::default() })
}

fn written(fields: Value, changed: &[&str], overwritten: &[(&str, Value, i64)]) -> Decision {
    let changed: Vec<String> = changed.iter().map(|name| (*name).to_owned()).collect();
    let fields = fields.as_object().unwrap().clone();
    let overwritten = overwritten.iter().map(|(field, value, version)| Overwritten {
        field: (*field).to_owned(),
        value: value.clone(),
        version: *version,
    });
    Decision::Write(NewState {
        deleted: false,
        fields,
        earlier_versions: BTreeMap::new(),
        changed,
        overwritten: overwritten.collect(),
    })
}

fn buried(overwritten: &[(&str, Value, i64)]) -> Decision {
    match written(json!({}), &[], overwritten) {
        Decision::Write(state) => Decision::Write(NewState { deleted: true, ..state }),
        other => other,
    }
}

/// The versions of fields have tests of their own.
fn without_earlier_versions(decision: Decision) -> Decision {
    match decision {
        Decision::Write(state) => Decision::Write(NewState { earlier_versions: BTreeMap::new(), ..state }),
        other => other,
    }
}

type Case = (&'static str, Option<Current>, Operation, Decision);

fn check(cases: Vec<Case>) {
    for (sentence, current, operation, expected) in cases {
        assert_eq!(without_earlier_versions(decide(current.as_ref(), &operation)), expected, "{sentence}");
    }
}

#[test]
fn manual_entities() {
    let write = |kind, base, fields| operation(Entity::Allergies, kind, base, fields);
    let list = |kind, base, fields| operation(Entity::AllergyList, kind, base, fields);
    check(vec![
        (
            "a new record is written",
            None,
            write(Kind::Create, None, json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "a new record without any fields is written too",
            None,
            write(Kind::Create, None, json!({})),
            written(json!({}), &[], &[]),
        ),
        (
            "an update with no base of a record that is absent creates it",
            None,
            list(Kind::Update, None, json!({"state": "listed"})),
            written(json!({"state": "listed"}), &["state"], &[]),
        ),
        (
            "a base of a record that is absent is stale",
            None,
            write(Kind::Update, Some(4), json!({"a": 2})),
            Decision::Conflict,
        ),
        (
            "an update on the current version merges its fields",
            live(),
            write(Kind::Update, Some(9), json!({"a": 3, "d": 4})),
            written(json!({"a": 3, "b": 2, "d": 4}), &["a", "d"], &[]),
        ),
        (
            "a create on the current version merges too, so that unknown fields stay",
            live(),
            write(Kind::Create, Some(9), json!({"a": 3})),
            written(json!({"a": 3, "b": 2}), &["a"], &[]),
        ),
        (
            "an older base is stale, even for a field that did not change",
            live(),
            write(Kind::Update, Some(8), json!({"a": 3})),
            Decision::Conflict,
        ),
        (
            "an older base is stale, even with the values that stand there",
            live(),
            write(Kind::Update, Some(8), json!({"a": 1})),
            Decision::Conflict,
        ),
        (
            "the state of the list is manual too",
            live(),
            list(Kind::Update, Some(8), json!({"state": "confirmed_none"})),
            Decision::Conflict,
        ),
        ("no base is stale", live(), write(Kind::Create, None, json!({"a": 3})), Decision::Conflict),
        (
            "a base ahead of the record is stale: it is of another life of the data",
            live(),
            write(Kind::Update, Some(10), json!({"a": 3})),
            Decision::Conflict,
        ),
        (
            "the same values change nothing",
            live(),
            write(Kind::Update, Some(9), json!({"a": 1})),
            Decision::Keep,
        ),
        (
            "a delete on the current version buries it",
            live(),
            write(Kind::Delete, Some(9), json!({})),
            buried(&[]),
        ),
        (
            "a delete on an older version is a conflict: it has not seen the last edit",
            live(),
            write(Kind::Delete, Some(8), json!({})),
            Decision::Conflict,
        ),
        (
            "a delete of nothing is done already",
            None,
            write(Kind::Delete, Some(4), json!({})),
            Decision::Keep,
        ),
        (
            "a delete of a tombstone is done already, whatever its base",
            tombstone(),
            write(Kind::Delete, Some(4), json!({})),
            Decision::Keep,
        ),
        (
            "an edit that has not seen the deletion is a conflict",
            tombstone(),
            write(Kind::Update, Some(8), json!({"a": 1})),
            Decision::Conflict,
        ),
        (
            "an update that has seen the deletion brings the record back",
            tombstone(),
            write(Kind::Update, Some(9), json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "so does a create",
            tombstone(),
            write(Kind::Create, Some(9), json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
    ]);
}

#[test]
fn last_writer_wins_entities() {
    let history = |kind, base, fields| operation(Entity::History, kind, base, fields);
    let profile = |kind, base, fields| operation(Entity::Profile, kind, base, fields);
    check(vec![
        (
            "a new record is written, whatever its base",
            None,
            history(Kind::Create, Some(4), json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "a field that is null from the start is absent",
            None,
            history(Kind::Create, None, json!({"a": 1, "n": null})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "an update of an absent history record is refused",
            None,
            history(Kind::Update, None, json!({"a": 1})),
            Decision::Refuse(Code::NotFound),
        ),
        (
            "an update of an absent profile creates it",
            None,
            profile(Kind::Update, None, json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "an update of absent settings creates them",
            None,
            operation(Entity::Settings, Kind::Update, Some(3), json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
        (
            "a field that did not change since the base is replaced without a word",
            live(),
            history(Kind::Update, Some(5), json!({"a": 3})),
            written(json!({"a": 3, "b": 2}), &["a"], &[]),
        ),
        (
            "a field that changed since the base is replaced and reported",
            live(),
            history(Kind::Update, Some(8), json!({"a": 3, "b": 4})),
            written(json!({"a": 3, "b": 4}), &["a", "b"], &[("b", json!(2), 9)]),
        ),
        (
            "with no base everything that is replaced is reported",
            live(),
            history(Kind::Create, None, json!({"a": 3, "b": 4, "new": 5})),
            written(
                json!({"a": 3, "b": 4, "new": 5}),
                &["a", "b", "new"],
                &[("a", json!(1), 5), ("b", json!(2), 9)],
            ),
        ),
        (
            "the same value is no replacement, and the other field goes on",
            live(),
            history(Kind::Update, Some(1), json!({"a": 3, "b": 2})),
            written(json!({"a": 3, "b": 2}), &["a"], &[("a", json!(1), 5)]),
        ),
        (
            "a null clears the field and reports what it cleared",
            live(),
            history(Kind::Update, Some(8), json!({"b": null})),
            written(json!({"a": 1}), &["b"], &[("b", json!(2), 9)]),
        ),
        (
            "a value in place of one that was cleared unseen reports the clearing",
            live(),
            history(Kind::Update, Some(6), json!({"c": 8})),
            written(json!({"a": 1, "b": 2, "c": 8}), &["c"], &[("c", json!(null), 7)]),
        ),
        (
            "the same values change nothing",
            live(),
            history(Kind::Update, None, json!({"b": 2})),
            Decision::Keep,
        ),
        (
            "clearing what is not there changes nothing",
            live(),
            history(Kind::Update, None, json!({"c": null, "never": null})),
            Decision::Keep,
        ),
        (
            "an update of nothing changes nothing",
            live(),
            profile(Kind::Update, None, json!({})),
            Decision::Keep,
        ),
        (
            "a delete wins over an edit that it has not seen, and reports it",
            live(),
            history(Kind::Delete, Some(6), json!({})),
            buried(&[("b", json!(2), 9)]),
        ),
        (
            "a delete that has seen all reports nothing",
            live(),
            history(Kind::Delete, Some(9), json!({})),
            buried(&[]),
        ),
        ("a delete of nothing is done already", None, history(Kind::Delete, None, json!({})), Decision::Keep),
        (
            "a delete of a tombstone is done already",
            tombstone(),
            history(Kind::Delete, None, json!({})),
            Decision::Keep,
        ),
        (
            "an edit of a tombstone is refused, even when it knows of the deletion",
            tombstone(),
            history(Kind::Update, Some(9), json!({"a": 1})),
            Decision::Refuse(Code::Gone),
        ),
        (
            "a create that does not know of the deletion is refused",
            tombstone(),
            history(Kind::Create, Some(8), json!({"a": 1})),
            Decision::Refuse(Code::Gone),
        ),
        (
            "so is one with no base",
            tombstone(),
            profile(Kind::Create, None, json!({"a": 1})),
            Decision::Refuse(Code::Gone),
        ),
        (
            "a create that knows of the deletion brings the record back",
            tombstone(),
            history(Kind::Create, Some(9), json!({"a": 1})),
            written(json!({"a": 1}), &["a"], &[]),
        ),
    ]);
}

#[test]
fn a_write_leaves_the_versions_of_other_fields_alone() {
    let patch = operation(Entity::History, Kind::Update, Some(9), json!({"a": 1, "b": null, "d": 4}));
    let Decision::Write(state) = decide(live().as_ref(), &patch) else { panic!("it changes b and d") };
    let expected = [("a", 5), ("b", 10), ("c", 7), ("d", 10)];
    assert_eq!(state.field_versions(10), expected.map(|(name, version)| (name.to_owned(), version)).into());
}

#[test]
fn a_record_that_came_back_remembers_nothing_of_its_first_life() {
    let create = operation(Entity::History, Kind::Create, Some(9), json!({"a": 1}));
    let Decision::Write(state) = decide(tombstone().as_ref(), &create) else { panic!("it comes back") };
    assert_eq!(state.field_versions(10), [("a".to_owned(), 10)].into());
}

/// Fields of exactly so many bytes as JSON: `{"name":"…"}`.
fn sized(name: &str, bytes: usize) -> Value {
    json!({ name: "x".repeat(bytes - name.len() - 7) })
}

#[test]
fn limits() {
    let write = |base, fields| operation(Entity::History, Kind::Create, base, fields);
    let is_refused = |current: Option<&Current>, operation: &Operation| {
        decide(current, operation) == Decision::Refuse(Code::TooLarge)
    };
    assert!(!is_refused(None, &write(None, sized("t", MAX_FIELDS_BYTES))), "at the limit");
    assert!(is_refused(None, &write(None, sized("t", MAX_FIELDS_BYTES + 1))), "over the limit");

    let full =
        Current { fields: sized("t", MAX_FIELDS_BYTES).as_object().unwrap().clone(), ..live().unwrap() };
    assert!(
        is_refused(Some(&full), &write(Some(9), json!({"u": 1}))),
        "the record would grow over the limit"
    );
    assert!(!is_refused(Some(&full), &write(Some(9), json!({"t": "short"}))), "the record shrinks");

    let mut over = live().unwrap();
    over.fields = sized("t", MAX_FIELDS_BYTES * 2).as_object().unwrap().clone();
    over.fields.insert("u".into(), json!(1));
    let less = write(Some(9), json!({"u": null}));
    assert!(
        !is_refused(Some(&over), &less),
        "a record over the limit may shrink, also to one that is still over"
    );
    assert!(is_refused(Some(&over), &write(Some(9), json!({"u": 22}))), "but not grow");
}

#[test]
fn known_keys() {
    let answer = |verdict| Answer { verdict, ..Answer::refused(Code::Gone) };
    let stored = |verdict| Some(Stored { body_digest: [1; 32], answer: answer(verdict) });
    let replayed = |verdict| replay(stored(verdict), &[1; 32]);
    assert_eq!(replay(None, &[1; 32]), None, "a new key is decided");
    assert_eq!(replayed(VerdictKind::Applied), Some(answer(VerdictKind::Duplicate)), "applied once only");
    assert_eq!(replayed(VerdictKind::Conflict), Some(answer(VerdictKind::Conflict)), "the same conflict");
    assert_eq!(replayed(VerdictKind::Rejected), Some(answer(VerdictKind::Rejected)), "the same refusal");
    let other_body = replay(stored(VerdictKind::Applied), &[2; 32]);
    assert_eq!(
        other_body,
        Some(Answer::refused(Code::KeyReused)),
        "another body is refused and shows no record"
    );
}

//! A waiting write that this build cannot read (a newer build queued it, or it is damaged): held where a person sees it,
//! never sent, never dropped, in nobody's way, and sent once a build can read it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences, settle_all};
use rusqlite::{Connection, params};
use std::path::PathBuf;

const HELD: OperationState = OperationState::Failed(FailureReason::Unreadable);

fn file_of(phone: &Phone) -> PathBuf {
    let mut files = std::fs::read_dir(phone.folder()).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

/// What another build does, or a defect: nothing but the operation is touched.
fn store(phone: &Phone, position: i64, version: i64, payload: &str) -> String {
    let conn = Connection::open(file_of(phone)).unwrap();
    let was = conn
        .query_row("SELECT payload FROM operations WHERE seq = ?1", [position], |row| row.get(0))
        .unwrap();
    let sql = "UPDATE operations SET payload_version = ?2, payload = ?3 WHERE seq = ?1";
    assert_eq!(conn.execute(sql, params![position, version, payload]).unwrap(), 1);
    was
}

fn unsent(phone: &Phone) -> Vec<QueuedOperation> {
    phone.session.queue().list(QueueFilter::Unsent, 0, 100).unwrap()
}

fn worsen(phone: &Phone, id: RecordId, severity: Severity) {
    let shown = phone.session.allergies().get(id).unwrap();
    let to = AllergyContent { severity: Some(severity), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &to).unwrap();
}

fn agree(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

/// A milk allergy that the server has as mild; here it was made severe, and that write is held.
fn with_a_held_edit(backend: &Backend) -> (Phone, RecordId, QueuedOperation, String) {
    let phone = Phone::new(&backend.url(), "ana");
    let milk = AllergyContent {
        severity: Some(Severity::Mild),
        ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk))
    };
    let id = phone.session.allergies().add(&milk).unwrap();
    phone.settle();
    worsen(&phone, id, Severity::Severe);
    let edit = unsent(&phone).remove(0);
    let was = store(&phone, edit.position, 2, r#"{"severity":{"grade":9}}"#);
    (phone, id, edit, was)
}

#[test]
fn what_a_newer_build_queued_is_held_in_sight_and_goes_once_it_can_be_read() {
    let backend = Backend::start().unwrap();
    let (phone, milk, edit, was) = with_a_held_edit(&backend);
    let applied = backend.server.stats().applied;
    let entry = phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    assert_eq!(backend.server.stats().applied, applied + 1, "the entry alone");
    assert!(phone.session.queue().list(QueueFilter::Unsent, 0, 9).unwrap().iter().all(|op| op.state == HELD));
    assert_eq!(phone.session.queue().counts().unwrap().failed, 1);
    let shown = phone.session.allergies().get(milk).unwrap();
    assert_eq!(shown.content.severity, Some(Severity::Severe), "what was shown stays");
    assert_eq!(shown.sync.last_error, Some(FailureReason::Unreadable));
    let refused = phone.session.queue().retry(edit.position, edit.id).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::WrongState { state: "unreadable" });
    assert!(phone.session.verify().unwrap().flaws.iter().all(|f| f.kind == FlawKind::UnreadableOperation));
    // Another device goes on meanwhile, and so does this person: nothing is taken away, in doubt the higher one is shown.
    let other = Phone::new(&backend.url(), "ana");
    other.settle();
    worsen(&other, milk, Severity::Moderate);
    other.settle();
    let seen = phone.session.allergies().get(milk).unwrap();
    let noted = AllergyContent { notes: Some("behind".into()), ..seen.content.clone() };
    phone.session.allergies().update(&seen, &noted).unwrap();
    phone.settle();
    let listed = phone.session.allergies().list().unwrap().entries.remove(0);
    assert_eq!(listed.content.severity, Some(Severity::Severe));
    assert_eq!((listed.content.notes.as_deref(), listed.in_question), (Some("behind"), true));
    let waiting = unsent(&phone);
    assert_eq!(waiting.iter().map(|op| op.state).collect::<Vec<_>>(), [HELD, OperationState::Pending]);
    assert_eq!(waiting[0].id, edit.id);
    // A build that can read it: it goes by itself, and the other device's write makes it a question.
    store(&phone, edit.position, 1, &was);
    phone.settle();
    let asked = phone.session.conflicts().unwrap().remove(0);
    assert!(phone.session.answer(asked.id, asked.revision, &MergeAnswer::KeepLocal).unwrap());
    assert_eq!(phone.settle().next, NextStep::Done);
    let shown = phone.session.allergies().get(milk).unwrap().content;
    assert_eq!((shown.severity, shown.notes.as_deref()), (Some(Severity::Severe), Some("behind")));
    phone.session.history().get(entry).unwrap();
    agree(&phone, &backend);
}

#[test]
fn a_damaged_one_blocks_no_other_is_in_the_export_and_leaves_by_a_persons_word_alone() {
    let backend = Backend::start().unwrap();
    let (phone, milk, edit, _) = with_a_held_edit(&backend);
    store(&phone, edit.position, 1, r#"{"severity":"#);
    for at in 0..3 {
        phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, at)).unwrap();
    }
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    assert_eq!(unsent(&phone).len(), 1);
    assert_eq!(phone.settle().failed, 0, "it is told once");
    let text = phone.session.rescue_export().unwrap();
    assert!(text.contains(r#"{\"severity\":"#), "as it is stored");
    assert_eq!(phone.session.queue().export(edit.position, edit.id).unwrap(), text);
    let fresh = Phone::new(&backend.url(), "ana");
    assert_eq!(fresh.session.rescue_import(&text).unwrap().unreadable, 1);
    // A removal does not take it away, either; a discard does.
    phone.session.allergies().remove(milk).unwrap();
    phone.settle();
    assert_eq!(unsent(&phone)[0].id, edit.id);
    assert_eq!(phone.session.allergies().list().unwrap().entries.len(), 1, "in doubt it is shown");
    let gone = phone.session.queue().discard(edit.position, edit.id).unwrap();
    assert_eq!(gone.operations, [edit.id]);
    assert_eq!(phone.settle().next, NextStep::Done);
    assert!(phone.session.allergies().list().unwrap().entries.is_empty(), "the removal has gone through");
    agree(&phone, &backend);
}

fn note(phone: &Phone, id: RecordId, text: &str) {
    let shown = phone.session.allergies().get(id).unwrap();
    let to = AllergyContent { notes: Some(text.into()), ..shown.content.clone() };
    phone.session.allergies().update(&shown, &to).unwrap();
}

/// Takes the other side of the only question, and gives what is shown of the record then.
fn take_theirs(phone: &Phone, id: RecordId) -> Option<AllergyContent> {
    let asked = phone.session.conflicts().unwrap().remove(0);
    assert!(phone.session.answer(asked.id, asked.revision, &MergeAnswer::KeepRemote).unwrap());
    phone.session.allergies().get(id).ok().map(|shown| shown.content)
}

#[test]
fn a_question_is_answered_over_what_is_held() {
    /// What happens there, which operation here is held, whether the record is removed here, the severity after the answer.
    type Case = (&'static str, fn(&Phone, RecordId), usize, bool, Option<Severity>);
    let worse = |there: &Phone, milk| worsen(there, milk, Severity::Severe);
    let gone = |there: &Phone, milk| there.session.allergies().remove(milk).unwrap();
    let cases: [Case; 4] = [
        ("worse there", worse, 1, false, Some(Severity::Severe)),
        ("worse there, removed here", worse, 1, true, Some(Severity::Severe)),
        ("removed there", gone, 1, false, None),
        ("worse there, and what was asked about is held", worse, 0, false, Some(Severity::Severe)),
    ];
    for (name, there, held, removed, expected) in cases {
        let backend = Backend::start().unwrap();
        let (phone, other) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
        let content = AllergyContent::new(Allergen::Eu(EuAllergen::Milk));
        let milk = phone.session.allergies().add(&content).unwrap();
        settle_all(&[&phone, &other]);
        there(&other, milk);
        worsen(&phone, milk, Severity::Moderate);
        settle_all(&[&other, &phone]);
        note(&phone, milk, "behind");
        if removed {
            phone.session.allergies().remove(milk).unwrap();
        }
        let held = unsent(&phone)[held].position;
        let was = store(&phone, held, 2, "{}");
        let shown = take_theirs(&phone, milk);
        let severity = shown.as_ref().map(|content| content.severity.clone());
        assert_eq!(severity, expected.map(Some), "{name}: what was decided is shown");
        assert_eq!(shown.and_then(|content| content.notes), None, "{name}: the answer had none");
        assert_eq!(phone.settle().next, NextStep::NeedsPerson, "{name}");
        let left: Vec<_> = unsent(&phone).iter().map(|op| (op.position, op.state)).collect();
        assert_eq!(left, [(held, HELD)], "{name}");
        assert_eq!(phone.session.queue().counts().unwrap().failed, 1, "{name}");
        // Once it can be read it goes, as an edit that the other side has not seen.
        store(&phone, held, 1, &was);
        phone.settle();
        if !phone.session.conflicts().unwrap().is_empty() {
            take_theirs(&phone, milk);
        }
        assert_eq!(phone.settle().next, NextStep::Done, "{name}");
        agree(&phone, &backend);
    }
}

#[test]
fn one_that_has_lost_its_key_ends_no_claim_and_no_list() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    for at in 0..4 {
        phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, at)).unwrap();
    }
    let spoilt = unsent(&phone).remove(0);
    let conn = Connection::open(file_of(&phone)).unwrap();
    conn.pragma_update(None, "ignore_check_constraints", true).unwrap();
    conn.execute("UPDATE operations SET key = x'00' WHERE seq = ?1", [spoilt.position]).unwrap();
    phone.settle();
    assert_eq!(backend.server.stats().applied, 3);
    let left = unsent(&phone);
    assert_eq!((left.len(), left[0].state, left[0].position), (1, HELD, spoilt.position));
    assert_eq!(phone.session.queue().counts().unwrap().failed, 1);
    assert!(phone.session.verify().unwrap().flaws.iter().any(|flaw| flaw.kind == FlawKind::File));
    assert_eq!(phone.session.history().page(None, 10).unwrap().entries.len(), 4);
    phone.session.queue().discard(left[0].position, left[0].id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    agree(&phone, &backend);
}

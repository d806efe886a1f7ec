//! A user's days with the library, in which every one of its statements is needed.

use crate::backend::{App, Backend, applied, conflict, deferred, plainly_applied, record, rejected};
use foodlens_core::{
    Allergen, AllergyContent, Collection, Config, Environment, EuAllergen, FoodLens, HistoryContent,
    HistoryKind, Hooks, MergeAnswer, NextStep, ProfileContent, QueueFilter, Session, SettingsContent,
    Severity, SignOut, UserId,
};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Everything once, with more acknowledged operations than receipts are kept.
pub fn tell(folder: &Path) {
    let backend = Arc::new(Backend::new());
    let session = open(folder, &backend);
    offline(&session);
    open(&folder.join("another"), &backend).rescue_import(&session.rescue_export().unwrap()).unwrap();
    read_all(&session);
    first_sync(&session, &backend);
    refusals(&session, &backend);
    question(&session, &backend);
    what_others_did(&session, &backend);
    held_back(&session, &backend);
    restored(&folder.join("new"));
    moved_in(&folder.join("old"), &backend);
    held(&folder.join("held"));
    recovered(&folder.join("damaged"));
    copied(&folder.join("another"), &folder.join("copy"), &backend);
    searches(&session);
    read_all(&session);
}

/// Old data of an app, and of a person who had not signed in: looked at, taken over, read, and given up.
fn moved_in(folder: &Path, backend: &Arc<Backend>) {
    let lens = library(folder, backend, "1");
    let session = lens.session(&UserId::new("u").unwrap()).unwrap();
    let legacy = json!({"format": "foodlens-legacy", "version": 1, "allergy_list": {"state": "listed"},
        "profile": {"country": "PT"}, "settings": {"theme": "dark"},
        "allergies": [{"legacy_id": "1", "allergen": {"code": "milk"}}, {"legacy_id": "2"}],
        "history": [{"legacy_id": "1", "kind": "scan", "product_name": "Oat drink", "occurred_at": 5}]})
    .to_string();
    session.import_legacy(&legacy).unwrap();
    session.import_legacy(&legacy).unwrap();
    let import = session.resume_legacy_import();
    import.preview().unwrap();
    import.run(|_| {}).unwrap();
    let half = session.legacy_import(legacy);
    half.cancel();
    half.run(|_| {}).unwrap();
    half.preview().unwrap();
    half.run(|_| {}).unwrap();
    assert_eq!(session.legacy_status().unwrap().waiting, 0);
    session.set_legacy_reads(true).unwrap();
    read_all(&session);
    let shown = session.history().page(None, 5).unwrap().entries;
    session.history().get(shown[0].id).unwrap();
    session.history().search("oat", 5).unwrap();
    session.allergies().get(session.allergies().list().unwrap().entries[0].id).unwrap();
    session.set_legacy_reads(false).unwrap();
    session.finish_legacy().unwrap();

    let anonymous = UserId::new("anonymous").unwrap();
    offline_alone(&lens.session(&anonymous).unwrap());
    lens.adopt(&anonymous, session.user()).unwrap().run(|_| {}).unwrap();
    assert_eq!(session.history().count().unwrap(), 2);
}

fn offline_alone(session: &Session) {
    session.history().add(&entry(1)).unwrap();
    session.allergies().add(&milk(Severity::Mild)).unwrap();
}

/// The files of one phone on another.
fn copied(from: &Path, to: &Path, backend: &Arc<Backend>) {
    std::fs::create_dir(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    let session = open(to, backend);
    assert!(session.sign_out_preview().unwrap().unsent > 0);
    session.sign_out(&SignOut::KeepSealed).unwrap();
}

/// The same small day again and again, with a sync every four days: what a run does once is not frequent.
pub fn repeat(folder: &Path, times: u32) {
    let backend = Arc::new(Backend::new());
    let session = open(folder, &backend);
    let mut theirs = Vec::new();
    for day in 0..times {
        let id = session.history().add(&entry(i64::from(day))).unwrap();
        let shown = session.history().get(id).unwrap();
        session
            .history()
            .update(&shown, &HistoryContent { favourite: true, ..shown.content.clone() })
            .unwrap();
        session.history().page(None, 50).unwrap();
        session.status().unwrap();
        let id = uuid::Uuid::from_u128(1_000 + u128::from(day)).to_string();
        theirs.push(record("history", &id, backend.next_version(), &fields(day)));
        if day % 4 == 3 {
            backend.next_page(&std::mem::take(&mut theirs), &format!("day {day}"));
            assert_eq!(sync(&session), NextStep::Done);
        }
    }
}

fn open(folder: &Path, backend: &Arc<Backend>) -> Session {
    open_as(folder, backend, "1")
}

/// Another version of the app, one that keeps only the newest history.
fn open_as(folder: &Path, backend: &Arc<Backend>, version: &str) -> Session {
    library(folder, backend, version).session(&UserId::new("u").unwrap()).unwrap()
}

fn library(folder: &Path, backend: &Arc<Backend>, version: &str) -> FoodLens {
    let config = Config {
        app_version: Some(version.to_owned()),
        history_window: Some(Duration::ZERO),
        ..Config::new(folder, "https://api.example.com")
    };
    let hooks = Hooks { merge: Some(Arc::new(App)), ..Hooks::new(Arc::new(App)) };
    let environment = Environment::new(Arc::clone(backend) as _, Arc::clone(backend) as _);
    FoodLens::with_parts(config, hooks, Arc::clone(backend) as _, environment)
}

fn entry(occurred_at: i64) -> HistoryContent {
    HistoryContent {
        product_name: Some("Oat drink".into()),
        ..HistoryContent::new(HistoryKind::Scan, occurred_at)
    }
}

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

fn fields(day: u32) -> Value {
    json!({"kind": "scan", "occurred_at": day})
}

fn sync(session: &Session) -> NextStep {
    session.sync(Duration::from_secs(600)).unwrap().next
}

fn offline(session: &Session) {
    let history = session.history();
    history.add_all(&(0..600).map(entry).collect::<Vec<_>>()).unwrap();
    let kept = history.get(history.add(&entry(601)).unwrap()).unwrap();
    // Waits behind the creation and has to learn its version.
    history.update(&kept, &entry(602)).unwrap();
    let folded = history.get(kept.id).unwrap();
    history.update(&folded, &entry(603)).unwrap();
    let regretted = history.add(&entry(700)).unwrap();
    history.delete(regretted).unwrap();
    session.allergies().add(&milk(Severity::Mild)).unwrap();
    let name = |name: &str| ProfileContent { display_name: Some(name.into()), ..ProfileContent::default() };
    session.profile().update(&ProfileContent::default(), &name("Ana")).unwrap();
    session.profile().update(&name("Ana"), &name("Ana M.")).unwrap();
    let settings = SettingsContent { language: Some("pt".into()), ..SettingsContent::default() };
    session.settings().update(&SettingsContent::default(), &settings).unwrap();
    let legacy = json!({"format": "foodlens-legacy", "version": 1, "history": [
        {"legacy_id": "1", "kind": "scan", "occurred_at": 5}, {"legacy_id": "2", "occurred_at": "never"}]});
    session.import_legacy(&legacy.to_string()).unwrap();
    session.set_paused(true).unwrap();
    assert_eq!(sync(session), NextStep::Paused);
    session.set_paused(false).unwrap();
}

fn read_all(session: &Session) {
    let first = session.history().page(None, 50).unwrap();
    session.history().page(first.next.as_deref(), 50).unwrap();
    session.history().count().unwrap();
    session.allergies().list().unwrap();
    session.profile().get().unwrap();
    session.settings().get().unwrap();
    use QueueFilter::{Acknowledged, All, Failed, Pending, Sending, Unsent};
    for filter in [All, Unsent, Pending, Sending, Failed, Acknowledged] {
        session.queue().list(filter, 0, 50).unwrap();
    }
    session.queue().counts().unwrap();
    session.status().unwrap();
    session.conflicts().unwrap();
    session.overwritten(None, 50).unwrap();
    let report = session.verify().unwrap();
    assert!(report.is_sound(), "{report:?}");
    session.unreadable().unwrap();
    session.export_json().unwrap();
}

/// A rare word; two that are common and never together; what was changed and deleted since.
fn searches(session: &Session) {
    let history = session.history();
    let named = |at: i64| HistoryContent {
        product_name: Some(if at % 2 == 0 { "Rye bread" } else { "Spelt bread" }.into()),
        ..entry(at)
    };
    history.add_all(&(0..2_200).map(named).collect::<Vec<_>>()).unwrap();
    let found = |query: &str| history.search(query, 20).unwrap().len();
    assert_eq!((found("rye bre"), found("rye spelt")), (20, 0));
    let id = history.add(&entry(650)).unwrap();
    assert_eq!(found("oat 4012345678901"), 0);
    let shown = history.get(id).unwrap();
    history.update(&shown, &HistoryContent { note: Some("rare".into()), ..shown.content.clone() }).unwrap();
    assert_eq!(found("rare"), 1);
    history.delete(id).unwrap();
    assert_eq!(found("rare"), 0);
}

fn first_sync(session: &Session, backend: &Backend) {
    backend.answer(applied);
    let unreadable =
        record("history", &uuid::Uuid::from_u128(7).to_string(), 1, &json!({"occurred_at": "never"}));
    backend.next_page(&[unreadable], "1");
    assert_eq!(sync(session), NextStep::Done);
    assert_eq!(session.unreadable().unwrap().len(), 2);
    let replaced = session.overwritten(None, 500).unwrap();
    let named = replaced.iter().find(|entry| entry.collection == Collection::History).unwrap();
    session.layers(named.collection, named.record_id).unwrap();
    session.restore_overwritten(named.position).unwrap();
    assert_eq!(sync(session), NextStep::Done);
}

fn refusals(session: &Session, backend: &Backend) {
    backend.answer(rejected);
    session.history().add(&entry(800)).unwrap();
    session.history().add(&entry(801)).unwrap();
    assert_eq!(sync(session), NextStep::NeedsPerson);
    let parked = session.queue().list(QueueFilter::Unsent, 0, 10).unwrap();
    session.queue().export(parked[0].position, parked[0].id).unwrap();
    session.queue().discard(parked[0].position, parked[0].id).unwrap();
    session.queue().retry(parked[1].position, parked[1].id).unwrap();
    backend.answer(deferred);
    assert!(matches!(sync(session), NextStep::RetryAt(_)));
    backend.pass_an_hour();
    backend.answer(applied);
    assert_eq!(sync(session), NextStep::Done);
    // Neighbours in the queue.
    session.history().add(&entry(802)).unwrap();
    session.history().add(&entry(803)).unwrap();
    backend.answer(plainly_applied);
    assert_eq!(sync(session), NextStep::Done);
    backend.answer(applied);
}

/// The server refuses an edit of an allergy, which another device has changed.
fn ask(session: &Session, backend: &Backend) {
    let listed = session.allergies().list().unwrap();
    let shown = session.allergies().get(listed.entries[0].id).unwrap();
    session.allergies().update(&shown, &milk(Severity::Severe)).unwrap();
    backend.answer(conflict);
    assert_eq!(sync(session), NextStep::NeedsPerson);
}

fn question(session: &Session, backend: &Backend) {
    ask(session, backend);
    let asked = session.conflicts().unwrap();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].deferred);
    session.answer(asked[0].id, asked[0].revision, &MergeAnswer::KeepLocal).unwrap();
    backend.answer(applied);
    assert_eq!(sync(session), NextStep::Done);
}

fn what_others_did(session: &Session, backend: &Backend) {
    let newest = session.history().page(None, 1).unwrap().entries[0].id.to_string();
    let mended = record("history", &uuid::Uuid::from_u128(7).to_string(), backend.next_version(), &fields(9));
    let deleted = record("history", &newest, backend.next_version(), &Value::Null);
    backend.next_page(&[mended, deleted], "2");
    assert_eq!(sync(session), NextStep::Done);
    assert_eq!(session.unreadable().unwrap().len(), 1);
    // The server was restored from a backup: another epoch, everything from the start.
    backend.begin_another_life();
    assert_eq!(sync(session), NextStep::Done);
}

/// The backend holds deletions back and takes again what it had refused; "none" waits for the removal before it.
fn held_back(session: &Session, backend: &Backend) {
    backend.answer(rejected);
    session.history().add(&entry(900)).unwrap();
    assert_eq!(sync(session), NextStep::NeedsPerson);
    backend.pass_an_hour();
    backend.can(json!({"user": "u", "pauses": [{"kind": "delete"}], "retry_parked": "mended"}));
    backend.answer(applied);
    let listed = session.allergies().list().unwrap();
    session.allergies().remove(listed.entries[0].id).unwrap();
    session.allergies().confirm_none().unwrap();
    assert!(matches!(sync(session), NextStep::RetryAt(_)));
    let waiting = session.queue().list(QueueFilter::Pending, 0, 10).unwrap();
    assert_eq!(waiting.len(), 2, "the removal, and what was said after it");
    backend.pass_an_hour();
    backend.can(json!({"user": "u", "retry_parked": "mended", "ids": "server"}));
    assert_eq!(sync(session), NextStep::Done);
}

/// A newer build has queued something; later this one can read it after all.
fn held(folder: &Path) {
    let backend = Arc::new(Backend::new());
    let session = open(folder, &backend);
    session.history().add(&entry(1)).unwrap();
    let as_stored = |version: i64| {
        let conn = Connection::open(crate::database_in(folder)).unwrap();
        conn.execute(
            "UPDATE operations SET payload_version = ?1 WHERE seq = (SELECT max(seq) FROM operations)",
            [version],
        )
        .unwrap();
    };
    as_stored(2);
    assert_eq!(sync(&session), NextStep::NeedsPerson);
    session.rescue_export().unwrap();
    as_stored(1);
    backend.answer(applied);
    assert_eq!(sync(&session), NextStep::Done);
    // The same of a write that has become a question: it is answered, and the write stays.
    session.allergies().add(&milk(Severity::Mild)).unwrap();
    assert_eq!(sync(&session), NextStep::Done);
    ask(&session, &backend);
    as_stored(2);
    let asked = session.conflicts().unwrap();
    session.answer(asked[0].id, asked[0].revision, &MergeAnswer::KeepRemote).unwrap();
    assert_eq!(sync(&session), NextStep::NeedsPerson);
}

/// A page that an open does not look at is damaged, with every kind of thing in the file that a recovery keeps.
fn recovered(folder: &Path) {
    let backend = Arc::new(Backend::new());
    let session = open(folder, &backend);
    offline(&session);
    backend.answer(rejected);
    assert_eq!(sync(&session), NextStep::NeedsPerson);
    session.allergies().add(&milk(Severity::Mild)).unwrap();
    let last = session.queue().list(QueueFilter::Pending, 0, 1).unwrap()[0].position;
    let stored = format!(
        "INSERT INTO waits_for VALUES ({last}, 1);
        INSERT INTO overwritten (collection, record_id, field, value, noticed_at) VALUES (5, zeroblob(16), 'note', '1', 1)"
    );
    let file = crate::database_in(folder);
    let conn = Connection::open(&file).unwrap();
    conn.execute_batch(&stored).unwrap();
    let page: usize = conn
        .query_row("SELECT max(pageno) FROM dbstat WHERE name = 'history_shelves'", [], |row| row.get(0))
        .unwrap();
    session.close();
    conn.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    drop(conn);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(&file, bytes).unwrap();
    let found = library(folder, &backend, "1").recover(&UserId::new("u").unwrap()).unwrap();
    assert!(found.set_aside.is_some() && found.salvaged > 500 && found.complete);
}

/// A new phone: the lists first, then the newest history, the rest on demand.
fn restored(folder: &Path) {
    let backend = Arc::new(Backend::new());
    backend.can(json!({"user": "u", "changes": {"latest": true}, "history": {}}));
    let session = open(folder, &backend);
    assert_eq!(sync(&session), NextStep::Done);
    assert!(session.status().unwrap().older_history);
    session.history().fetch_older(10, Duration::from_secs(600)).unwrap();
    assert_eq!(session.history().count().unwrap(), 2);
    drop(session);
    assert_eq!(sync(&open_as(folder, &backend, "2")), NextStep::Done);
}

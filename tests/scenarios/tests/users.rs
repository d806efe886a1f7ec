//! One user's data are never read, sent or shown under another, and nothing secret is ever written to a log or error.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, differences};
use std::sync::Mutex;

#[test]
fn a_second_user_sees_nothing_of_the_first_and_the_first_loses_nothing() {
    let backend = Backend::start().unwrap();
    let ana = Phone::new(&backend.url(), "ana");
    ana.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Milk))).unwrap();
    // Ben signs in on the same phone while Ana's edit still waits.
    let ben = Phone::in_folder(ana.folder(), &backend.url(), "ben", Default::default()).unwrap();
    assert!(ben.session.allergies().list().unwrap().entries.is_empty());
    assert!(ben.session.queue().list(QueueFilter::All, 0, 10).unwrap().is_empty());
    ben.settle();
    assert!(backend.server.snapshot("ben").unwrap().is_empty(), "nothing of Ana's was sent as Ben");
    assert!(ben.session.allergies().list().unwrap().entries.is_empty());
    ana.settle();
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(snapshot.len(), 2);
    assert_eq!(differences(&ana.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
}

#[test]
fn hostile_user_ids_are_harmless_and_each_has_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(UserId::MAX_BYTES);
    let ids = [
        "../../etc/passwd",
        "file:x?mode=memory",
        "a/b",
        "A/b",
        "a%00b",
        "ana",
        "Ana",
        " ana",
        "'; DROP TABLE history;--",
        "NUL",
        &long,
    ];
    for (n, id) in ids.iter().enumerate() {
        let phone = Phone::in_folder(folder.path(), "http://127.0.0.1:9", id, Default::default()).unwrap();
        assert_eq!(phone.session.history().count().unwrap(), 0, "{n}");
        phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    }
    let files =
        std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
    let databases: Vec<_> = files.filter(|name| name.ends_with(".db")).collect();
    assert_eq!(databases.len(), ids.len(), "{databases:?}");
    for refused in ["", "  ", "a\0b", &"x".repeat(UserId::MAX_BYTES + 1)] {
        assert!(UserId::new(refused).is_err());
    }
}

#[test]
fn a_file_of_another_account_or_of_a_newer_app_or_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let open = |user: &str| Phone::in_folder(folder.path(), "http://127.0.0.1:9", user, Default::default());
    let file_of = |user: &str| {
        let before: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().path()).collect();
        drop(open(user).unwrap());
        let after = std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().path());
        after.filter(|p| !before.contains(p)).find(|p| p.extension().is_some_and(|e| e == "db")).unwrap()
    };
    let (ana, ben, carl, dora) = (file_of("ana"), file_of("ben"), file_of("carl"), file_of("dora"));

    std::fs::copy(&ana, &ben).unwrap();
    assert_eq!(*open("ben").err().unwrap().kind(), ErrorKind::WrongAccount);
    assert_eq!(std::fs::read(&ben).unwrap(), std::fs::read(&ana).unwrap());

    let newer = foodlens_scenarios::look_into(&carl);
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    let before = std::fs::read(&carl).unwrap();
    assert!(matches!(open("carl").err().unwrap().kind(), ErrorKind::NeedsNewerApp { found: 99, .. }));
    assert_eq!(std::fs::read(&carl).unwrap(), before);

    std::fs::write(&dora, "this is no database, but it may be somebody's only copy of something").unwrap();
    let before = std::fs::read(&dora).unwrap();
    assert!(matches!(open("dora").err().unwrap().kind(), ErrorKind::Corrupt { .. }));
    assert_eq!(std::fs::read(&dora).unwrap(), before);
}

#[test]
fn after_close_every_call_says_so_and_a_new_session_goes_on() {
    let phone = Phone::new("http://127.0.0.1:9", "ana");
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    let handle = phone.session.clone();
    phone.session.close();
    assert_eq!(*handle.history().count().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(*handle.sync(std::time::Duration::from_secs(1)).unwrap_err().kind(), ErrorKind::Closed);
    let again = phone.library.session(&UserId::new("ana").unwrap()).unwrap();
    assert_eq!(again.history().count().unwrap(), 1);
}

/// Everything that any library logs in this process.
struct Lines(Mutex<Vec<String>>);
static LINES: Lines = Lines(Mutex::new(Vec::new()));
impl log::Log for Lines {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        // ureq says itself that TRACE dumps headers; the documentation tells hosts to keep it off.
        metadata.level() <= log::Level::Debug
    }
    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.lock().unwrap().push(format!("{} {}", record.target(), record.args()));
        }
    }
    fn flush(&self) {}
}

#[test]
fn no_token_and_no_content_reaches_a_log_an_error_or_another_file() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(log::LevelFilter::Debug);
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let canary = |severity| AllergyContent {
        notes: Some("CANARY-notes".into()),
        severity: Some(severity),
        ..AllergyContent::new(Allergen::Custom("CANARY-allergen".into()))
    };
    let id = a.session.allergies().add(&canary(Severity::Mild)).unwrap();
    a.settle();
    b.settle();
    for (phone, severity) in [(&a, Severity::Severe), (&b, Severity::Moderate)] {
        let shown = phone.session.allergies().get(id).unwrap();
        phone.session.allergies().update(&shown, &canary(severity)).unwrap();
    }
    backend.server.faults().push(foodlens_server::Fault::new(
        foodlens_server::Endpoint::Any,
        foodlens_server::FaultKind::Garbage,
    ));
    a.settle();
    b.settle();
    backend
        .server
        .put_raw(
            "ana",
            &foodlens_server::RawRecord {
                entity: "allergies".into(),
                id: uuid::Uuid::from_u128(9).to_string(),
                deleted: false,
                fields: serde_json::json!({"allergen": "CANARY-broken"}),
            },
        )
        .unwrap();
    let report = b.settle();
    let mut said = vec![format!("{report:?}"), format!("{:?}", b.session.status().unwrap())];
    let long = "CANARY".repeat(1_000);
    let refused = [
        b.session.allergies().add(&AllergyContent::new(Allergen::Custom(long.clone()))).unwrap_err(),
        b.session.import_legacy(&format!("{{\"CANARY\": {long}")).unwrap_err(),
        b.session.allergies().get(RecordId::SINGLE).unwrap_err(),
    ];
    said.extend(refused.iter().map(|error| format!("{error} {error:?}")));
    said.extend(b.session.queue().list(QueueFilter::All, 0, 100).unwrap().iter().map(|op| format!("{op:?}")));
    let lines = LINES.0.lock().unwrap().clone();
    assert!(
        lines.iter().any(|line| line.contains("foodlens: run")),
        "the test listens to the log: {lines:?}"
    );
    let token = foodlens_server::mint_token(foodlens_scenarios::SECRET, "ana", 3_600).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    for line in lines.iter().chain(&said) {
        assert!(!line.contains("CANARY"), "{line}");
        assert!(!line.contains("Bearer") && !line.contains(signature) && !line.contains("eyJ"), "{line}");
    }
    let ben = Phone::in_folder(a.folder(), &backend.url(), "ben", Default::default()).unwrap();
    ben.settle();
    assert!(!ben.session.export_json().unwrap().contains("CANARY"));
}

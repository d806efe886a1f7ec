//! A plain database becomes an encrypted one when there is a key: all that was in it goes on.

use super::*;
use foodlens_scenarios::{Backend, differences};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

fn severity(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

/// All that the app shows of the person's data.
fn shown(phone: &Phone) -> String {
    let (session, history) = (&phone.session, phone.session.history());
    let found: Vec<_> = history.search("bread", 500).unwrap().into_iter().map(|entry| entry.id).collect();
    format!(
        "{} {:?} {:?} {:?} {:?} {found:?} {:?}",
        session.export_json().unwrap(),
        session.queue().list(QueueFilter::All, 0, 500).unwrap(),
        session.queue().counts().unwrap(),
        session.conflicts().unwrap(),
        session.allergies().list().unwrap(),
        session.overwritten(None, 100).unwrap(),
    )
}

fn phone(folder: &Path, backend: &Backend, keys: Keys) -> Phone {
    let options = PhoneOptions { keys, ..PhoneOptions::default() };
    Phone::in_folder(folder, &backend.url(), "ana", options).unwrap()
}

/// A plain phone with unsent edits, an open question, receipts, and holes where entries were.
fn plain(folder: &Path, backend: &Backend) -> Phone {
    let phone = phone(folder, backend, Keys::Nobody);
    let other = Phone::new(&backend.url(), "ana");
    let (history, allergies) = (phone.session.history(), phone.session.allergies());
    let milk = allergies.add(&severity(Severity::Mild)).unwrap();
    let entries = history.add_all(&vec![scan("bread"); 50]).unwrap();
    for entry in entries.iter().step_by(3) {
        history.delete(*entry).unwrap();
    }
    let _ = (phone.settle(), other.settle());
    for (phone, to) in [(&phone, Severity::Moderate), (&other, Severity::Severe)] {
        let at = phone.session.allergies().get(milk).unwrap();
        phone.session.allergies().update(&at, &severity(to)).unwrap();
    }
    let _ = (other.settle(), phone.settle());
    assert_eq!(phone.session.conflicts().unwrap().len(), 1);
    history.add_all(&vec![scan("bread and butter"); 20]).unwrap();
    history.delete(entries[1]).unwrap();
    phone
}

#[test]
fn unsent_edits_and_open_questions_go_on_encrypted() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let before = shown(&plain(folder.path(), &backend));
    let head = || std::fs::read(database(folder.path())).unwrap()[..4].to_vec();
    assert_eq!(head(), b"SQLi");
    let encrypted = phone(folder.path(), &backend, Keys::AsBuilt);
    assert_eq!(shown(&encrypted), before);
    assert_eq!(encrypted.session.verify().unwrap().flaws, []);
    assert_eq!(head(), b"FLE1");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    for file in left {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"bread"), "{file:?}");
    }
    let question = encrypted.session.conflicts().unwrap().remove(0);
    encrypted.session.answer(question.id, question.revision, &MergeAnswer::KeepLocal).unwrap();
    encrypted.settle();
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&encrypted.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(encrypted.session.queue().counts().unwrap().pending, 0);
}

#[test]
fn who_meets_at_a_plain_file_gets_the_encrypted_one() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let before = shown(&plain(folder.path(), &backend));
    let mut apps: Vec<_> = (0..4)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"));
            command.arg(folder.path()).args([&backend.url(), "ana", "open"]);
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for app in &mut apps {
        let mut line = String::new();
        BufReader::new(app.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
    }
    for app in &mut apps {
        app.stdin.take().unwrap().write_all(b"\n").unwrap();
    }
    for app in &mut apps {
        assert!(app.wait().unwrap().success());
    }
    assert_eq!(shown(&phone(folder.path(), &backend, Keys::AsBuilt)), before);
}

#[test]
fn a_plain_file_that_is_in_use_is_not_taken_from_under_anyone() {
    let folder = tempfile::tempdir().unwrap();
    let plain = open(folder.path(), Keys::Nobody).unwrap();
    plain.session.history().add(&scan("bread")).unwrap();
    assert_eq!(kind(open(folder.path(), Keys::AsBuilt)), ErrorKind::StorageBusy);
    plain.session.history().add(&scan("butter")).unwrap();
    drop(plain);
    let encrypted = open(folder.path(), Keys::AsBuilt).unwrap();
    assert_eq!(encrypted.session.history().count().unwrap(), 2);
}

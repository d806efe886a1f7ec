//! Killed at every call while a plain file becomes an encrypted one, and while a key is replaced: the old file is there or
//! the new one, whole, with all that waits in it.

use super::check::{database_in, whole};
use super::prepared::{Facts, Prepared};
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use foodlens_scenarios::{KEY, Keys, OTHER_KEY, Phone, PhoneOptions};
use std::path::Path;

fn head(folder: &Path) -> Vec<u8> {
    std::fs::read(database_in(folder)).unwrap()[..16].to_vec()
}

/// What the phone had is there, and it is the same device as before.
fn all_there(name: &str, phone: &Phone, facts: &Facts) {
    let waiting = whole(name, phone);
    assert_eq!(waiting, facts.queue, "{name}");
    assert_eq!(phone.session.history().search("spare", 10).unwrap().len(), 1, "{name}");
    // A copy's list is doubted until the server was heard.
    assert!(phone.session.allergies().list().unwrap().complete, "{name}: taken for a copy");
}

/// Nothing of the attempt is left beside the file, and nothing plain.
fn nothing_left(name: &str, folder: &Path) {
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        assert!(file.extension().is_none_or(|end| end != "encrypting"), "{name}: {file:?}");
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(5).any(|window| window == b"spare"), "{name}: {file:?}");
    }
}

#[test]
fn a_plain_file_is_there_or_the_encrypted_one() {
    let prepared = Prepared::with_keys(Keys::Nobody);
    let url = prepared.server.base_url();
    let (mut plain, mut encrypted) = (0, 0);
    before_each_call(
        "encrypting",
        |n| {
            let folder = prepared.folder_again();
            // As the system kills an app: its log is there, and its mark says so.
            assert!(app(folder.path(), &url, "die").status().unwrap().success());
            (tracer::kill_before_call(n, &mut app(folder.path(), &url, "open")), folder)
        },
        |name, ended, folder| {
            let folder = folder.path();
            if head(folder).starts_with(b"SQLite") {
                plain += 1;
                assert!(ended.killed_before.is_some(), "{name}");
                if plain % 2 == 0 {
                    // Without its key it is what it was.
                    let options = PhoneOptions { keys: Keys::Nobody, ..PhoneOptions::default() };
                    let phone = Phone::in_folder(folder, &url, "ana", options).unwrap();
                    all_there(name, &phone, &prepared.facts);
                }
            } else {
                encrypted += 1;
            }
            let phone = prepared.open(folder).unwrap_or_else(|e| panic!("{name}: {e}"));
            all_there(name, &phone, &prepared.facts);
            nothing_left(name, folder);
        },
    );
    assert!(plain > 20 && encrypted > 3, "{plain} {encrypted}");
}

#[test]
fn the_old_key_opens_the_file_or_the_new_one_and_asking_again_ends_it() {
    let prepared = Prepared::with_keys(Keys::of(OTHER_KEY));
    let url = prepared.server.base_url();
    let (mut old, mut new) = (0, 0);
    before_each_call(
        "replacing a key",
        |n| {
            let folder = prepared.folder_again();
            (tracer::kill_before_call(n, &mut app(folder.path(), &url, "rekey")), folder)
        },
        |name, ended, folder| {
            let open = |keys| {
                let options = PhoneOptions { keys, ..PhoneOptions::default() };
                Phone::in_folder(folder.path(), &url, "ana", options)
            };
            let (by_old, by_new) = match (open(Keys::of(OTHER_KEY)), open(Keys::of(KEY))) {
                (Ok(phone), Err(error)) => ((true, phone), error),
                (Err(error), Ok(phone)) => ((false, phone), error),
                (Ok(_), Ok(_)) => panic!("{name}: both keys open it"),
                (Err(old), Err(new)) => panic!("{name}: {old}; {new}"),
            };
            assert_eq!(*by_new.kind(), ErrorKind::WrongKey, "{name}");
            let (is_old, phone) = by_old;
            assert!(ended.killed_before.is_some() || !is_old, "{name}");
            if is_old {
                old += 1;
            } else {
                new += 1;
            }
            // By whoever still has both.
            drop(phone);
            let ana = UserId::new("ana").unwrap();
            let options = PhoneOptions { keys: Keys::of(OTHER_KEY), ..PhoneOptions::default() };
            let other = Phone::in_folder(folder.path(), &url, "ben", options).unwrap();
            other.library.rekey(&ana, &DatabaseKey::new(&KEY)).unwrap();
            other.library.wipe(&UserId::new("ben").unwrap()).unwrap();
            drop(other);
            let phone = prepared.open(folder.path()).unwrap_or_else(|e| panic!("{name}: {e}"));
            all_there(name, &phone, &prepared.facts);
            nothing_left(name, folder.path());
        },
    );
    assert!(old > 20 && new > 1, "{old} {new}");
}

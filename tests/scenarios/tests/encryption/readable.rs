//! Nothing of a person's can be read in any file, and SQLCipher says nothing by itself.

use super::*;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};

const CANARIES: [&str; 6] =
    ["zabaglione", "xanthosoma", "quandong", "ullucus", "ana@people.example", "SQLite format 3"];

/// Lives a little, so that everything there is has been written, and gives the files while it is open and afterwards.
fn files(keys: Keys) -> [BTreeMap<PathBuf, Vec<u8>>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let options = PhoneOptions { keys, ..PhoneOptions::default() };
    let phone = Phone::in_folder(folder.path(), NOWHERE, CANARIES[4], options).unwrap();
    let allergy = AllergyContent {
        notes: Some("xanthosoma".into()),
        ..AllergyContent::new(Allergen::Custom("zabaglione".into()))
    };
    phone.session.allergies().add(&allergy).unwrap();
    let profile = ProfileContent { display_name: Some("quandong".into()), ..Default::default() };
    phone.session.profile().update(&ProfileContent::default(), &profile).unwrap();
    let history = phone.session.history();
    history.add_all(&vec![scan("ullucus"); 3_000]).unwrap();
    assert_eq!(history.search("ullucus", 500).unwrap().len(), 500);
    let deleted = history.add(&scan("ullucus")).unwrap();
    history.delete(deleted).unwrap();
    // A sort too large for a cache, and the change of a whole table.
    let _ = history.search("u", 500).unwrap();
    let all = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    };
    let open = all();
    drop(phone);
    [open, all()]
}

fn found(files: &[BTreeMap<PathBuf, Vec<u8>>]) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for (path, bytes) in files.iter().flatten() {
        for canary in CANARIES {
            if bytes.windows(canary.len()).any(|window| window.eq_ignore_ascii_case(canary.as_bytes())) {
                found.push((path.extension().unwrap().to_str().unwrap().to_owned(), canary));
            }
        }
    }
    found
}

#[test]
fn no_word_of_the_persons_is_in_any_file() {
    let encrypted = files(Keys::AsBuilt);
    let wal = encrypted[0].keys().any(|path| path.extension().is_some_and(|end| end == "db-wal"));
    assert!(wal, "the log was there to be looked into");
    assert_eq!(found(&encrypted), []);
    // The look is not blind.
    let plain = found(&files(Keys::Nobody));
    for canary in CANARIES {
        assert!(plain.iter().any(|(_, found)| *found == canary), "{canary}");
    }
    assert!(plain.iter().any(|(file, _)| file == "db-wal"));
}

#[test]
fn what_fails_is_told_by_an_error_and_by_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), Keys::AsBuilt).unwrap();
    phone.session.history().add_all(&vec![scan("bread"); 100]).unwrap();
    drop(phone);
    let file = database(folder.path());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let app = Command::new(env!("CARGO_BIN_EXE_foodlens-phone"))
        .arg(folder.path())
        .args([NOWHERE, "ana", "open"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&app.stdout);
    assert!(said.contains("failed Corrupt"), "{said}");
    assert!(app.stderr.is_empty(), "{}", String::from_utf8_lossy(&app.stderr));
}

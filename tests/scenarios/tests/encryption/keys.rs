//! The right key, a wrong one, none, and another one.

use super::*;
use foodlens_scenarios::{KEY, OTHER_KEY};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Gives a key every other time, and notes for whom.
#[derive(Default)]
struct Locked {
    asked: AtomicU32,
    for_whom: std::sync::Mutex<Vec<String>>,
}

impl KeyProvider for Locked {
    fn key(&self, user: &UserId) -> std::result::Result<DatabaseKey, HookError> {
        self.for_whom.lock().unwrap().push(user.as_str().to_owned());
        if self.asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            return Err(HookError);
        }
        Ok(DatabaseKey::new(&KEY))
    }
}

#[test]
fn only_the_right_key_opens_and_nothing_is_touched_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), Keys::AsBuilt).unwrap();
    let id = phone.session.history().add(&scan("bread")).unwrap();
    drop(phone);
    let everything = || -> Vec<_> {
        let mut files: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|file| (file.as_ref().unwrap().path(), std::fs::read(file.unwrap().path()).unwrap()))
            .collect();
        files.sort();
        files
    };
    let before = everything();
    for bit in [0, 1, 100, 255] {
        let mut wrong = KEY;
        wrong[bit / 8] ^= 1 << (bit % 8);
        let told = open(folder.path(), Keys::of(wrong)).err().unwrap();
        assert_eq!((told.kind(), told.can_retry()), (&ErrorKind::WrongKey, false));
        assert!(!format!("{told} {told:?}").contains("the key of every"));
    }
    let told = open(folder.path(), Keys::Nobody).err().unwrap();
    assert_eq!((told.kind(), told.can_retry()), (&ErrorKind::KeyUnavailable, true));
    let locked = Arc::new(Locked::default());
    assert_eq!(kind(open(folder.path(), Keys::By(locked.clone()))), ErrorKind::KeyUnavailable);
    assert!(everything() == before, "nothing was touched");
    // Unlocked meanwhile.
    let phone = open(folder.path(), Keys::By(locked.clone())).unwrap();
    assert!(phone.session.history().get(id).is_ok());
    let again = phone.library.session(&UserId::new("ana").unwrap()).unwrap();
    assert!(again.history().get(id).is_ok());
    assert_eq!(*locked.for_whom.lock().unwrap(), ["ana", "ana"], "not asked while a session is open");
}

/// Looks at the session from within, as an app may.
struct Asks(std::sync::OnceLock<(Arc<FoodLens>, Session)>);

impl KeyProvider for Asks {
    fn key(&self, user: &UserId) -> std::result::Result<DatabaseKey, HookError> {
        if let Some((library, of_another)) = self.0.get().filter(|_| user.as_str() != "ben") {
            of_another.history().count().map_err(|_| HookError)?;
            library.session(&UserId::new("ben").unwrap()).map_err(|_| HookError)?;
        }
        Ok(DatabaseKey::new(&KEY))
    }
}

#[test]
fn the_provider_is_asked_with_no_lock_held() {
    let folder = tempfile::tempdir().unwrap();
    let asks = Arc::new(Asks(std::sync::OnceLock::new()));
    let Phone { library, session, .. } = Phone::in_folder(
        folder.path(),
        NOWHERE,
        "ben",
        PhoneOptions { keys: Keys::By(asks.clone()), ..PhoneOptions::default() },
    )
    .unwrap();
    let library = Arc::new(library);
    assert!(asks.0.set((Arc::clone(&library), session)).is_ok());
    assert!(library.session(&UserId::new("ana").unwrap()).is_ok());
}

#[test]
fn a_new_key_replaces_the_old_one_and_that_can_be_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let phone = open(folder.path(), Keys::AsBuilt).unwrap();
    let entries = phone.session.history().add_all(&vec![scan("bread"); 500]).unwrap();
    let ana = UserId::new("ana").unwrap();
    let new = DatabaseKey::new(&OTHER_KEY);
    assert_eq!(kind(phone.library.rekey(&ana, &new)), ErrorKind::SessionOpen);
    phone.session.close();
    for _ in 0..2 {
        // The provider still gives the old one, as after a death that came late.
        phone.library.rekey(&ana, &new).unwrap();
        assert_eq!(kind(phone.library.session(&ana)), ErrorKind::WrongKey);
    }
    let phone = open(folder.path(), Keys::of(OTHER_KEY)).unwrap();
    assert_eq!(phone.session.history().count().unwrap(), 500);
    assert_eq!(phone.session.queue().counts().unwrap().pending, 500);
    let found = phone.session.history().search("bre", 500).unwrap();
    assert_eq!(found.len(), entries.len());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
    phone.session.close();
    let third = DatabaseKey::new(&[3; 32]);
    // By one who has neither the old nor the new one.
    let Phone { library, session, .. } = Phone::in_folder(
        folder.path(),
        NOWHERE,
        "ben",
        PhoneOptions { keys: Keys::AsBuilt, ..PhoneOptions::default() },
    )
    .unwrap();
    assert_eq!(kind(library.rekey(&ana, &third)), ErrorKind::WrongKey);
    drop(session);
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = names();
    library.rekey(&UserId::new("nobody").unwrap(), &third).unwrap();
    assert_eq!(names(), before, "who has no data gets none");
    assert!(open(folder.path(), Keys::of(OTHER_KEY)).is_ok());
}

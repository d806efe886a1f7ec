//! Several phones of one user: letting them finish, and what must hold then.

use crate::{Backend, Phone, differences};

/// Syncs them in turn until nobody has anything more to say.
///
/// # Panics
/// On a storage error.
pub fn settle_all(phones: &[&Phone]) {
    for _ in 0..3 {
        for phone in phones {
            phone.settle();
        }
    }
}

/// All of Ana's phones show what the server has, and each is sound.
///
/// # Panics
/// When they do not.
#[allow(clippy::expect_used, reason = "a test that cannot go on says so")]
pub fn all_agree(phones: &[&Phone], backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").expect("a snapshot");
    for phone in phones {
        let export = phone.session.export_json().expect("an export");
        assert_eq!(differences(&export, &snapshot), Vec::<String>::new());
        assert_eq!(phone.session.verify().expect("a check").flaws, []);
    }
}

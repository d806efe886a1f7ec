//! What a person did before signing in becomes the account's.

use super::*;
use std::cell::Cell;

fn user(name: &str) -> UserId {
    UserId::new(name).unwrap()
}

/// A phone used by somebody who has not signed in, and what they did.
fn anonymous(backend: &Backend) -> (Phone, Session) {
    let phone = Phone::new(&backend.url(), "ana");
    let anonymous = phone.library.session(&user("anonymous-1")).unwrap();
    anonymous.allergies().add(&allergy(EuAllergen::Milk, Severity::Severe)).unwrap();
    let fish = anonymous.allergies().add(&allergy(EuAllergen::Fish, Severity::Mild)).unwrap();
    let shown = anonymous.allergies().get(fish).unwrap();
    let noted = AllergyContent { notes: Some("smoked, too".into()), ..shown.content.clone() };
    anonymous.allergies().update(&shown, &noted).unwrap();
    let regretted = anonymous.allergies().add(&allergy(EuAllergen::Eggs, Severity::Mild)).unwrap();
    anonymous.allergies().remove(regretted).unwrap();
    let profile = ProfileContent {
        display_name: Some("Before".into()),
        country: Some("PT".into()),
        ..Default::default()
    };
    anonymous.profile().update(&ProfileContent::default(), &profile).unwrap();
    let scans: Vec<_> = (0..450).map(|at| HistoryContent::new(HistoryKind::Scan, at)).collect();
    anonymous.history().add_all(&scans).unwrap();
    anonymous.import_legacy(&export(json!({"allergies": [{"legacy_id": "broken"}]}))).unwrap();
    (phone, anonymous)
}

#[test]
fn all_of_it_moves_in_once_and_the_anonymous_store_stays_as_it_is() {
    let backend = Backend::start().unwrap();
    let (phone, anonymous) = anonymous(&backend);
    let before = (anonymous.export_json().unwrap(), anonymous.rescue_export().unwrap());
    let adoption = phone.library.adopt(&user("anonymous-1"), &user("ana")).unwrap();
    let told = adoption.preview().unwrap();
    assert!(list(&phone).entries.is_empty());
    let mut last = LegacyProgress::default();
    let report = adoption.run(|progress| last = progress).unwrap();
    assert_eq!(report, told);
    assert_eq!((report.imported, report.already_there, report.unreadable), (454, 0, 1));
    assert_eq!((last.total, last.stored, last.settled), (455, 455, 455));
    let fish = list(&phone).entries;
    let fish = fish.iter().find(|e| e.content.allergen == Allergen::Eu(EuAllergen::Fish)).unwrap();
    assert_eq!(fish.content.notes.as_deref(), Some("smoked, too"));
    assert_eq!((list(&phone).entries.len(), list(&phone).unreadable), (2, 1));
    assert_eq!((name_of(&phone).as_deref(), phone.session.history().count().unwrap()), (Some("Before"), 450));
    assert_eq!((anonymous.export_json().unwrap(), anonymous.rescue_export().unwrap()), before);
    // Again, also after something was deleted.
    phone.session.allergies().remove(fish.id).unwrap();
    let again = phone.library.adopt(&user("anonymous-1"), &user("ana")).unwrap().run(|_| {}).unwrap();
    assert_eq!((again.imported, again.already_there), (0, 454));
    assert_eq!(phone.settle().next, NextStep::Done);
    all_agree(&[&phone], &backend);
    let records = backend.server.snapshot("ana").unwrap();
    assert_eq!(records.iter().filter(|record| !record.deleted).count(), 453);
    assert!(backend.server.snapshot("anonymous-1").unwrap().is_empty());
}

#[test]
fn cancelled_after_any_step_it_goes_on_without_doubles() {
    let backend = Backend::start().unwrap();
    let mut steps = 1;
    let mut stop_after = 0;
    while stop_after < steps {
        let (phone, _anonymous) = anonymous(&backend);
        let (adoption, seen) =
            (phone.library.adopt(&user("anonymous-1"), &user("ana")).unwrap(), Cell::new(0));
        if stop_after == 0 {
            adoption.cancel();
        }
        let stopped = adoption.run(|_| {
            seen.set(seen.get() + 1);
            if seen.get() == stop_after {
                adoption.cancel();
            }
        });
        assert!(!stopped.unwrap().complete);
        let rest = Cell::new(0);
        let report = adoption.run(|_| rest.set(rest.get() + 1)).unwrap();
        assert_eq!((report.imported, report.unreadable, report.complete), (454, 1, true), "{stop_after}");
        assert_eq!(phone.session.queue().counts().unwrap().pending, 454, "each is queued once");
        assert_eq!(phone.session.verify().unwrap().flaws, []);
        if stop_after == 0 {
            steps = rest.get();
        }
        stop_after += 1;
    }
    assert!(steps > 4, "{steps}");
}

#[test]
fn an_account_that_is_not_empty_loses_nothing_and_is_asked_about_allergies() {
    for synced_before in [false, true] {
        let backend = Backend::start().unwrap();
        let other = Phone::new(&backend.url(), "ana");
        other.session.allergies().add(&allergy(EuAllergen::Milk, Severity::Mild)).unwrap();
        let named = ProfileContent { display_name: Some("Account".into()), ..Default::default() };
        set_profile(&other, &named);
        other.settle();
        let (phone, _anonymous) = anonymous(&backend);
        if synced_before {
            phone.settle();
        }
        phone.library.adopt(&user("anonymous-1"), &user("ana")).unwrap().run(|_| {}).unwrap();
        settle_all(&[&phone, &other]);
        for phone in [&phone, &other] {
            let entry = shown_milk(phone);
            assert_eq!((entry.in_question, entry.content.severity), (true, Some(Severity::Severe)));
            assert_eq!((list(phone).entries.len(), phone.session.conflicts().unwrap().len()), (2, 1));
            let profile = phone.session.profile().get().unwrap().content;
            assert_eq!(profile.display_name.as_deref(), Some("Account"), "{synced_before}");
            assert_eq!(profile.country.as_deref(), Some("PT"));
        }
        assert!(overwritten(&phone).contains(&("display_name".into(), "\"Before\"".into())));
        all_agree(&[&phone, &other], &backend);
    }
}

#[test]
fn no_allergies_on_either_side_hides_none_of_the_other() {
    let backend = Backend::start().unwrap();
    let (phone, _anonymous) = anonymous(&backend);
    phone.session.allergies().confirm_none().unwrap();
    phone.settle();
    phone.library.adopt(&user("anonymous-1"), &user("ana")).unwrap().run(|_| {}).unwrap();
    assert_eq!((list(&phone).state, list(&phone).entries.len()), (ListState::Listed, 2));

    let other = phone.library.session(&user("anonymous-2")).unwrap();
    other.allergies().confirm_none().unwrap();
    let report = phone.library.adopt(&user("anonymous-2"), &user("ana")).unwrap().run(|_| {}).unwrap();
    assert_eq!((report.imported, report.already_there), (0, 1));
    assert_eq!((list(&phone).state, list(&phone).entries.len()), (ListState::Listed, 2));
    assert_eq!(phone.settle().next, NextStep::Done);
}

#[test]
fn one_account_s_data_never_become_another_s() {
    let backend = Backend::start().unwrap();
    let (phone, _anonymous) = anonymous(&backend);
    let refused = |from: &str, into: &str| {
        let refused = phone.library.adopt(&user(from), &user(into));
        refused.err().map(|error| error.kind().clone())
    };
    assert_eq!(refused("nobody", "ana"), Some(ErrorKind::NotFound { what: "user" }));
    assert!(matches!(refused("ana", "ana"), Some(ErrorKind::Invalid { .. })));
    phone.settle();
    assert_eq!(refused("ana", "ben"), Some(ErrorKind::NotAnonymous));
    let files = std::fs::read_dir(phone.folder()).unwrap().map(|file| file.unwrap().path());
    let databases = files.filter(|path| path.extension().is_some_and(|extension| extension == "db")).count();
    assert_eq!(databases, 2, "nobody's store was made by asking");
}

//! Old data and an account that is not empty: nothing of either side is lost, nothing old beats what the account knows.

use super::*;

/// A phone that has filled the account, and a new one that has never synced.
fn account(fill: impl FnOnce(&Phone)) -> (Backend, Phone, Phone) {
    let backend = Backend::start().unwrap();
    let (old, new) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    fill(&old);
    old.settle();
    assert!(new.session.status().unwrap().restoring);
    (backend, old, new)
}

#[test]
fn severities_that_differ_are_asked_about_and_the_higher_is_shown_meanwhile() {
    for (theirs, ours) in [(Severity::Mild, "severe"), (Severity::Severe, "mild")] {
        let (backend, old, new) = account(|phone| {
            phone.session.allergies().add(&allergy(EuAllergen::Milk, theirs.clone())).unwrap();
        });
        new.session.import_legacy(&export(json!({"allergies": [milk(ours)]}))).unwrap();
        settle_all(&[&new, &old]);
        for phone in [&new, &old] {
            let entry = shown_milk(phone);
            assert_eq!((entry.in_question, entry.content.severity), (true, Some(Severity::Severe)));
            assert_eq!((entry.linked.len(), phone.session.conflicts().unwrap().len()), (1, 1));
        }
        all_agree(&[&new, &old], &backend);
    }
}

#[test]
fn an_allergy_that_is_on_the_list_brings_what_the_list_does_not_say() {
    let (_backend, old, new) = account(|phone| {
        phone.session.allergies().add(&allergy(EuAllergen::Milk, Severity::Severe)).unwrap();
    });
    let mut noted = milk("severe");
    noted["notes"] = json!("since school");
    noted["reactions"] = json!(["hives"]);
    new.session.import_legacy(&export(json!({"allergies": [noted]}))).unwrap();
    settle_all(&[&new, &old]);
    for phone in [&new, &old] {
        let entry = shown_milk(phone);
        assert_eq!(entry.content.notes.as_deref(), Some("since school"));
        assert_eq!((entry.content.reactions, entry.in_question), (vec!["hives".to_owned()], false));
    }
}

#[test]
fn what_is_equal_in_all_it_says_is_not_stored_twice() {
    let phone = Phone::new(NOWHERE, "ana");
    phone.session.allergies().add(&allergy(EuAllergen::Milk, Severity::Mild)).unwrap();
    let scan = HistoryContent { barcode: Some("42".into()), ..HistoryContent::new(HistoryKind::Scan, 7) };
    phone.session.history().add(&scan).unwrap();
    let same = json!({"legacy_id": "1", "kind": "scan", "barcode": "42", "occurred_at": 7, "created_at": 1});
    let noted = json!({"legacy_id": "2", "kind": "scan", "barcode": "42", "occurred_at": 7, "note": "n"});
    // Two of the old data that are alike were two before, too.
    let twice = |id: &str| json!({"legacy_id": id, "kind": "meal", "occurred_at": 9});
    let text = export(json!({"allergies": [milk("mild")], "history": [same, noted, twice("3"), twice("4")]}));
    let report = phone.session.import_legacy(&text).unwrap();
    let there: Vec<_> = report.records.iter().map(|line| line.result == LegacyResult::AlreadyThere).collect();
    assert_eq!(there, [true, true, false, false, false]);
    // The noted one is a record of its own, and one entry with the one that was here.
    assert_eq!((list(&phone).entries[0].linked.len(), phone.session.history().count().unwrap()), (0, 3));
}

#[test]
fn no_allergies_in_the_old_data_overrules_nothing() {
    let none = export(json!({"allergy_list": {"state": "confirmed_none"}}));
    // The account has one, and says so.
    let (backend, old, new) = account(|phone| {
        phone.session.allergies().add(&allergy(EuAllergen::Milk, Severity::Mild)).unwrap();
    });
    new.session.import_legacy(&none).unwrap();
    assert_eq!(list(&new).state, ListState::Unknown, "not believed before the account is known");
    settle_all(&[&new, &old]);
    for phone in [&new, &old] {
        assert_eq!((list(phone).state, shown_milk(phone).in_question), (ListState::Listed, false));
        assert!(phone.session.conflicts().unwrap().is_empty());
    }
    let state = |backend: &Backend| {
        let records = backend.server.snapshot("ana").unwrap();
        records.into_iter().find(|r| r.entity == "allergy_list").map(|r| r.fields["state"].clone())
    };
    assert_eq!(state(&backend), Some(json!("listed")));
    assert_eq!(old.session.import_legacy(&none).unwrap().already_there, 1);

    // The person adds one on this phone before it syncs.
    let (backend, _old, new) = account(|_| {});
    new.session.import_legacy(&none).unwrap();
    assert!(new.session.rescue_export().unwrap().contains("confirmed_none"));
    new.session.allergies().add(&allergy(EuAllergen::Fish, Severity::Mild)).unwrap();
    assert!(!new.session.rescue_export().unwrap().contains("confirmed_none"), "it is not even said");
    assert_eq!(new.settle().next, NextStep::Done);
    assert_eq!((list(&new).state, state(&backend)), (ListState::Listed, Some(json!("listed"))));

    // Nobody says otherwise: then it holds, here and on the other phone.
    let (backend, old, new) = account(|_| {});
    new.session.import_legacy(&none).unwrap();
    settle_all(&[&new, &old]);
    assert_eq!(state(&backend), Some(json!("confirmed_none")));
    assert_eq!([list(&new).state, list(&old).state], [ListState::ConfirmedNone; 2]);
}

#[test]
fn an_account_without_allergies_hears_of_the_old_ones() {
    let (backend, old, new) = account(|phone| phone.session.allergies().confirm_none().unwrap());
    let text = export(json!({"allergy_list": {"state": "listed"}, "allergies": [milk("severe")]}));
    new.session.import_legacy(&text).unwrap();
    settle_all(&[&new, &old]);
    for phone in [&new, &old] {
        assert_eq!(
            (list(phone).state, shown_milk(phone).content.severity),
            (ListState::Listed, Some(Severity::Severe))
        );
    }
    assert_eq!(
        new.session.conflicts().unwrap().len(),
        1,
        "whether the account's \"none\" still holds is asked"
    );
    drop(backend);
}

#[test]
fn of_profile_and_settings_the_account_s_values_stay_and_gaps_are_filled() {
    let (backend, old, new) = account(|phone| {
        let country = Some("DE".into());
        set_profile(
            phone,
            &ProfileContent { display_name: Some("Account".into()), country, ..Default::default() },
        );
    });
    let profile = json!({"display_name": "Old", "date_of_birth": "1990-01-01", "country": "PT"});
    let text = export(json!({"profile": profile, "settings": {"theme": "dark"}}));
    assert_eq!(new.session.import_legacy(&text).unwrap().imported, 2);
    assert_eq!(name_of(&new).as_deref(), Some("Old"), "at once, and without a network");
    // What the person sets on the new phone is no old value.
    let shown = new.session.profile().get().unwrap().content;
    new.session
        .profile()
        .update(&shown, &ProfileContent { country: Some("FR".into()), ..shown.clone() })
        .unwrap();
    settle_all(&[&new, &old]);
    for phone in [&new, &old] {
        let content = phone.session.profile().get().unwrap().content;
        assert_eq!(content.display_name.as_deref(), Some("Account"));
        assert_eq!(content.date_of_birth.as_deref(), Some("1990-01-01"));
        assert_eq!(content.country.as_deref(), Some("FR"));
        assert_eq!(phone.session.settings().get().unwrap().content.theme.as_deref(), Some("dark"));
    }
    all_agree(&[&new, &old], &backend);
    let lost = overwritten(&new);
    assert!(lost.contains(&("display_name".into(), "\"Old\"".into())), "{lost:?}");
    let entry = new.session.overwritten(None, 50).unwrap();
    let entry = entry.iter().find(|entry| entry.field == "display_name").unwrap();
    new.session.restore_overwritten(entry.position).unwrap();
    assert_eq!(name_of(&new).as_deref(), Some("Old"), "and can be brought back");
}

#[test]
fn what_was_changed_or_deleted_after_another_phone_s_import_stays_so() {
    let text = export(json!({
        "allergies": [milk("mild")],
        "history": [
            {"legacy_id": "kept", "kind": "scan", "occurred_at": 1, "note": "old"},
            {"legacy_id": "gone", "kind": "scan", "occurred_at": 2},
        ],
    }));
    for synced_before in [false, true] {
        let (backend, old, new) = account(|phone| drop(phone.session.import_legacy(&text).unwrap()));
        let entries = old.session.history().page(None, 5).unwrap().entries;
        old.session.history().delete(entries[0].id).unwrap();
        let newer = HistoryContent { note: Some("new".into()), ..entries[1].content.clone() };
        old.session.history().update(&entries[1], &newer).unwrap();
        let shown = shown_milk(&old);
        let worse = AllergyContent { severity: Some(Severity::Severe), ..shown.content.clone() };
        old.session.allergies().update(&shown, &worse).unwrap();
        old.settle();
        if synced_before {
            new.settle();
        }
        new.session.import_legacy(&text).unwrap();
        settle_all(&[&new, &old]);
        assert_eq!(new.session.queue().counts().unwrap().failed, u64::from(!synced_before), "the question's");
        let notes: Vec<_> = new.session.history().page(None, 5).unwrap().entries;
        assert_eq!(notes.iter().map(|e| e.content.note.as_deref()).collect::<Vec<_>>(), [Some("new")]);
        let entry = shown_milk(&new);
        assert_eq!((entry.content.severity, entry.in_question), (Some(Severity::Severe), !synced_before));
        if !synced_before {
            let asked = new.session.conflicts().unwrap().remove(0);
            new.session.answer(asked.id, asked.revision, &MergeAnswer::KeepRemote).unwrap();
        }
        settle_all(&[&new, &old]);
        all_agree(&[&new, &old], &backend);
    }
}

#[test]
fn an_imported_allergy_that_was_removed_before_the_first_sync_is_removed_at_the_server() {
    let text = export(json!({"allergies": [milk("mild")]}));
    let (backend, old, new) = account(|phone| drop(phone.session.import_legacy(&text).unwrap()));
    new.session.import_legacy(&text).unwrap();
    new.session.allergies().remove(shown_milk(&new).id).unwrap();
    settle_all(&[&new, &old]);
    assert_eq!((list(&new).entries.len(), list(&old).entries.len()), (0, 0));
    all_agree(&[&new, &old], &backend);
}

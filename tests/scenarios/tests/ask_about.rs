//! Fields that a team has made sensitive, in collections where the server takes what arrives last.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Entity, PauseRule};
use std::sync::Arc;

fn phone(backend: &Backend) -> Phone {
    let configure =
        |config: &mut Config| config.ask_about = vec![(Collection::Profile, "date_of_birth".into())];
    let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
    Phone::with_options(&backend.url(), "ana", options)
}

fn profile(phone: &Phone) -> ProfileContent {
    phone.session.profile().get().unwrap().content
}

fn edit(phone: &Phone, change: impl Fn(&mut ProfileContent)) {
    let shown = profile(phone);
    let mut to = shown.clone();
    change(&mut to);
    phone.session.profile().update(&shown, &to).unwrap();
}

fn born(phone: &Phone, date: &str) {
    edit(phone, |to| to.date_of_birth = Some(date.into()));
}

fn two_phones(backend: &Backend) -> (Phone, Phone) {
    let (a, b) = (phone(backend), phone(backend));
    born(&a, "1990-01-01");
    a.settle();
    b.settle();
    (a, b)
}

fn dates(conflict: &Conflict) -> [Option<String>; 2] {
    [&conflict.local, &conflict.remote].map(|side| match side {
        Some(RecordContent::Profile(profile)) => profile.date_of_birth.clone(),
        other => panic!("{other:?}"),
    })
}

fn same(phones: &[&Phone], backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    for phone in phones {
        assert_eq!(phone.settle().next, NextStep::Done);
        assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    }
}

#[test]
fn what_a_write_replaced_is_asked_about_and_can_come_back() {
    for (answer, expected) in
        [(MergeAnswer::KeepRemote, "1991-01-01"), (MergeAnswer::KeepLocal, "1992-01-01")]
    {
        let backend = Backend::start().unwrap();
        let (a, b) = two_phones(&backend);
        born(&a, "1991-01-01");
        born(&b, "1992-01-01");
        a.settle();
        assert_eq!(b.settle().next, NextStep::NeedsPerson);
        assert_eq!(profile(&b).date_of_birth.as_deref(), Some("1992-01-01"), "in effect until answered");
        let asked = b.session.conflicts().unwrap().remove(0);
        assert_eq!(dates(&asked), [Some("1992-01-01".into()), Some("1991-01-01".into())]);
        // Meanwhile another field goes on as ever, and the question moves on with it.
        edit(&a, |to| to.display_name = Some("Ana".into()));
        a.settle();
        b.settle();
        let moved = b.session.conflicts().unwrap().remove(0);
        assert_eq!((moved.id, moved.revision), (asked.id, asked.revision + 1));
        let stale = b.session.answer(asked.id, asked.revision, &answer).unwrap_err();
        assert_eq!(*stale.kind(), ErrorKind::StaleAnswer);
        assert!(b.session.answer(moved.id, moved.revision, &answer).unwrap());
        b.settle();
        a.settle();
        for phone in [&a, &b] {
            let now = profile(phone);
            assert_eq!(
                (now.date_of_birth.as_deref(), now.display_name.as_deref()),
                (Some(expected), Some("Ana"))
            );
        }
        same(&[&a, &b], &backend);
    }
}

#[test]
fn a_copy_that_comes_before_the_edit_is_sent_asks_first() {
    let backend = Backend::start().unwrap();
    let (a, b) = two_phones(&backend);
    born(&a, "1991-01-01");
    a.settle();
    // The backend holds profiles back: what is pulled meets what still waits.
    backend.server.set_pauses(vec![PauseRule { entity: Some(Entity::Profile), ..Default::default() }]);
    b.clock.advance_ms(3_600_000);
    born(&b, "1992-01-01");
    let _ = b.sync();
    backend.server.set_pauses(Vec::new());
    let asked = b.session.conflicts().unwrap().remove(0);
    assert_eq!(dates(&asked), [Some("1992-01-01".into()), Some("1991-01-01".into())]);
    assert_eq!(profile(&b).date_of_birth.as_deref(), Some("1992-01-01"), "the edit stays visible");
    b.settle();
    assert_eq!(backend.server.snapshot("ana").unwrap()[0].fields["date_of_birth"], "1991-01-01", "and waits");
    let merged = ProfileContent { date_of_birth: Some("1993-01-01".into()), ..profile(&b) };
    let answer = MergeAnswer::Merged(RecordContent::Profile(merged));
    assert!(b.session.answer(asked.id, asked.revision, &answer).unwrap());
    b.settle();
    a.settle();
    assert_eq!(profile(&a).date_of_birth.as_deref(), Some("1993-01-01"));
    same(&[&a, &b], &backend);
}

#[test]
fn the_other_side_coming_round_ends_the_question() {
    let backend = Backend::start().unwrap();
    let (a, b) = two_phones(&backend);
    born(&a, "1991-01-01");
    born(&b, "1992-01-01");
    a.settle();
    b.settle();
    assert_eq!(b.session.conflicts().unwrap().len(), 1);
    a.settle();
    born(&a, "1991-01-01");
    a.settle();
    b.settle();
    assert!(b.session.conflicts().unwrap().is_empty(), "it is what the question offered");
    same(&[&a, &b], &backend);
}

#[test]
fn an_answer_of_another_kind_is_refused_and_other_fields_never_ask() {
    let backend = Backend::start().unwrap();
    let (a, b) = two_phones(&backend);
    edit(&a, |to| to.display_name = Some("Ana".into()));
    edit(&b, |to| to.display_name = Some("Anna".into()));
    a.settle();
    assert_eq!(b.settle().next, NextStep::Done);
    born(&a, "1991-01-01");
    born(&b, "1992-01-01");
    a.settle();
    b.settle();
    let asked = b.session.conflicts().unwrap().remove(0);
    for wrong in [
        RecordContent::AllergyList(ListState::Listed),
        RecordContent::Profile(ProfileContent { date_of_birth: Some("soon".into()), ..profile(&b) }),
    ] {
        let told = b.session.answer(asked.id, asked.revision, &MergeAnswer::Merged(wrong)).unwrap_err();
        assert!(matches!(told.kind(), ErrorKind::Invalid { .. }));
    }
}

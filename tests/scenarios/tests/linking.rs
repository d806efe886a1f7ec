//! The same allergen, written on two devices: one entry, the higher severity, a question where they differ; and what is
//! decided where nobody is asked.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, all_agree, settle_all};
use std::sync::Arc;

fn kiwi(words: &str, severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Custom(words.into())) }
}

fn entries(phone: &Phone) -> Vec<Allergy> {
    phone.session.allergies().list().unwrap().entries
}

fn only(phone: &Phone) -> Allergy {
    let mut entries = entries(phone);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

/// Two phones that wrote the same allergen apart from one another.
fn written_twice(backend: &Backend, one: Severity, other: Severity) -> (Phone, Phone) {
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.allergies().add(&kiwi("Kiwi", one)).unwrap();
    b.clock.advance_ms(1_000);
    b.session.allergies().add(&kiwi(" ki\u{200b}wi", other)).unwrap();
    settle_all(&[&a, &b]);
    (a, b)
}

#[test]
fn it_is_one_entry_on_both_and_both_records_stay() {
    let backend = Backend::start().unwrap();
    let (a, b) = written_twice(&backend, Severity::Severe, Severity::Severe);
    for phone in [&a, &b] {
        let entry = only(phone);
        assert_eq!((entry.in_question, entry.linked.len()), (false, 1));
        assert_eq!(entry.content.allergen, Allergen::Custom("Kiwi".into()), "as the eldest says it");
        assert!(phone.session.conflicts().unwrap().is_empty());
    }
    assert_eq!(only(&a).id, only(&b).id);
    assert_eq!(a.settle().next, NextStep::Done);
    all_agree(&[&a, &b], &backend);
}

#[test]
fn where_they_differ_the_higher_is_shown_and_a_person_is_asked_once() {
    for (one, other) in [(Severity::Mild, Severity::Severe), (Severity::Severe, Severity::Mild)] {
        let backend = Backend::start().unwrap();
        let (a, b) = written_twice(&backend, one, other);
        for phone in [&a, &b] {
            let entry = only(phone);
            assert_eq!((entry.in_question, entry.content.severity), (true, Some(Severity::Severe)));
            assert_eq!(phone.settle().next, NextStep::NeedsPerson);
        }
        let asked = a.session.conflicts().unwrap().remove(0);
        assert_eq!(asked.other_record, Some(only(&a).linked[0]));
        let keep = MergeAnswer::KeepRemote;
        assert!(a.session.answer(asked.id, asked.revision, &keep).unwrap());
        assert!(!a.session.answer(asked.id, asked.revision, &keep).unwrap(), "a second answer is harmless");
        settle_all(&[&a, &b]);
        let Some(RecordContent::Allergy(decided)) = asked.remote else { panic!("{asked:?}") };
        for phone in [&a, &b] {
            let entry = only(phone);
            assert_eq!((entry.in_question, &entry.content.severity), (false, &decided.severity));
            assert!(phone.session.conflicts().unwrap().is_empty(), "the other phone is not asked any more");
            assert_eq!(phone.settle().next, NextStep::Done);
        }
        all_agree(&[&a, &b], &backend);
    }
}

#[test]
fn of_many_records_each_answer_settles_what_it_showed_and_nothing_else() {
    use Severity::{LifeThreatening, Mild, Moderate, Severe};
    for keep in [MergeAnswer::KeepLocal, MergeAnswer::KeepRemote] {
        let backend = Backend::start().unwrap();
        let phone = Phone::new(&backend.url(), "ana");
        let said = [Mild, Severe, Moderate, Severe, LifeThreatening, Mild];
        for severity in &said {
            phone.session.allergies().add(&kiwi("Kiwi", severity.clone())).unwrap();
        }
        let mut open: Vec<_> = vec![LifeThreatening, Severe, Moderate, Mild];
        for answers_left in (1..=3).rev() {
            assert_eq!(only(&phone).content.severity.as_ref(), open.first());
            let asked = phone.session.conflicts().unwrap().remove(0);
            let said = |side: &Option<RecordContent>| match side {
                Some(RecordContent::Allergy(content)) => content.severity.clone().unwrap(),
                _ => panic!("{asked:?}"),
            };
            let (local, remote) = (said(&asked.local), said(&asked.remote));
            let gone = if keep == MergeAnswer::KeepLocal { remote } else { local };
            assert!(phone.session.answer(asked.id, asked.revision, &keep).unwrap());
            open.retain(|severity| *severity != gone);
            assert_eq!(open.len(), answers_left, "one answer, one severity less");
        }
        assert!(phone.session.conflicts().unwrap().is_empty(), "and an end");
        assert!(!only(&phone).in_question);
        phone.settle();
        all_agree(&[&phone], &backend);
    }
}

#[test]
fn a_question_moves_on_with_either_record_and_an_old_answer_is_refused() {
    let backend = Backend::start().unwrap();
    let (a, b) = written_twice(&backend, Severity::Mild, Severity::Severe);
    let asked = a.session.conflicts().unwrap().remove(0);
    // On the other phone somebody makes it worse, for the whole entry.
    b.session.allergies().update(&only(&b), &kiwi("Kiwi", Severity::LifeThreatening)).unwrap();
    settle_all(&[&b, &a]);
    let told = a.session.answer(asked.id, asked.revision, &MergeAnswer::KeepLocal);
    match told {
        Ok(done) => assert!(!done, "it ended by itself"),
        Err(error) => assert_eq!(*error.kind(), ErrorKind::StaleAnswer),
    }
    assert_eq!(only(&a).content.severity, Some(Severity::LifeThreatening));
    assert!(!only(&a).in_question && a.session.conflicts().unwrap().is_empty());
    all_agree(&[&a, &b], &backend);
}

#[test]
fn an_entry_is_changed_and_removed_as_one() {
    let backend = Backend::start().unwrap();
    let (a, b) = written_twice(&backend, Severity::Severe, Severity::Severe);
    let noted = AllergyContent { notes: Some("since school".into()), ..only(&a).content };
    a.session.allergies().update(&only(&a), &noted).unwrap();
    settle_all(&[&a, &b]);
    assert_eq!(only(&b).content.notes.as_deref(), Some("since school"));
    // A phone that knows one record only removes what it has seen; the other's record stays in effect.
    let c = Phone::new(&backend.url(), "ana");
    let id = c.session.allergies().add(&kiwi("KIWI", Severity::Severe)).unwrap();
    c.session.allergies().remove(id).unwrap();
    settle_all(&[&c, &a]);
    assert_eq!(entries(&c).len(), 1);
    b.session.allergies().remove(only(&b).id).unwrap();
    assert!(entries(&b).is_empty());
    settle_all(&[&b, &a, &c]);
    for phone in [&a, &b, &c] {
        assert!(entries(phone).is_empty(), "a person removed all that they saw");
    }
    all_agree(&[&a, &b, &c], &backend);
}

#[test]
fn while_the_allergen_of_a_record_is_in_question_nothing_else_goes_with_it_and_a_change_is_one_of_what_was_shown()
 {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let kiwi = |severity| kiwi("kiwi", severity);
    let mango = |severity| AllergyContent {
        severity: Some(severity),
        ..AllergyContent::new(Allergen::Custom("mango".into()))
    };
    let fig = AllergyContent {
        severity: Some(Severity::Mild),
        ..AllergyContent::new(Allergen::Custom("fig".into()))
    };
    let doubted = a.session.allergies().add(&fig).unwrap();
    a.clock.advance_ms(1_000);
    let a_kiwi = a.session.allergies().add(&kiwi(Severity::Severe)).unwrap();
    let a_mango = a.session.allergies().add(&mango(Severity::Severe)).unwrap();
    settle_all(&[&a, &b]);
    // Fig, says one phone, was kiwi; mango, says the other.
    let shown = |phone: &Phone| phone.session.allergies().get(doubted).unwrap();
    a.session.allergies().update(&shown(&a), &kiwi(Severity::Mild)).unwrap();
    b.session.allergies().update(&shown(&b), &mango(Severity::Mild)).unwrap();
    a.settle();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    let both = entries(&b);
    assert_eq!(
        both.iter().map(|entry| (entry.id, entry.in_question)).collect::<Vec<_>>(),
        [(doubted, true); 2]
    );
    // What the other phone called it is worse than thought: mango stays as it was.
    let as_kiwi =
        both.iter().find(|entry| entry.content.allergen == Allergen::Custom("kiwi".into())).unwrap();
    b.session.allergies().update(as_kiwi, &kiwi(Severity::LifeThreatening)).unwrap();
    let severity = |id| b.session.allergies().get(id).unwrap().content.severity;
    assert_eq!(
        (severity(a_kiwi), severity(a_mango)),
        (Some(Severity::LifeThreatening), Some(Severity::Severe))
    );
    b.session.allergies().remove(doubted).unwrap();
    for id in [a_kiwi, a_mango] {
        assert!(
            entries(&b).iter().any(|entry| entry.id == id || entry.linked.contains(&id)),
            "nobody removed it"
        );
    }
}

#[test]
fn a_form_filled_in_before_the_other_record_came_is_refused_where_it_would_weaken() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.allergies().add(&kiwi("kiwi", Severity::Moderate)).unwrap();
    let shown = only(&a);
    b.session.allergies().add(&kiwi("Kiwi", Severity::Severe)).unwrap();
    settle_all(&[&b, &a]);
    let told = a.session.allergies().update(&only(&a), &kiwi("kiwi", Severity::Mild));
    assert!(told.is_ok(), "what was shown was the higher severity, and a person lowers it");
    settle_all(&[&a, &b]);
    assert_eq!(only(&b).content.severity, Some(Severity::Mild));
    b.session.allergies().update(&only(&b), &kiwi("kiwi", Severity::LifeThreatening)).unwrap();
    settle_all(&[&b, &a]);
    let told = a.session.allergies().update(&shown, &kiwi("kiwi", Severity::Mild)).unwrap_err();
    assert_eq!(*told.kind(), ErrorKind::StaleEdit);
    assert_eq!(only(&a).content.severity, Some(Severity::LifeThreatening));
}

struct AlwaysRemote;

impl MergeHook for AlwaysRemote {
    fn resolve(&self, conflict: &Conflict) -> Result<MergeAnswer, HookError> {
        assert!(conflict.other_record.is_some());
        Ok(MergeAnswer::KeepRemote)
    }
}

#[test]
fn the_apps_hook_is_asked_too() {
    let backend = Backend::start().unwrap();
    let a = Phone::new(&backend.url(), "ana");
    a.session.allergies().add(&kiwi("kiwi", Severity::Mild)).unwrap();
    a.settle();
    let options = PhoneOptions { merge: Some(Arc::new(AlwaysRemote)), ..Default::default() };
    let b = Phone::with_options(&backend.url(), "ana", options);
    b.clock.advance_ms(1_000);
    b.session.allergies().add(&kiwi("kiwi", Severity::Severe)).unwrap();
    settle_all(&[&b, &a]);
    assert_eq!((only(&a).content.severity, only(&a).in_question), (Some(Severity::Severe), false));
    all_agree(&[&a, &b], &backend);
}

/// Two phones that know the same record and change it apart from one another; the second does not ask.
fn changed_apart(
    backend: &Backend,
    one: impl Fn(&Phone, &Allergy),
    other: impl Fn(&Phone, &Allergy),
) -> (Phone, Phone) {
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.session.allergies().add(&kiwi("kiwi", Severity::Moderate)).unwrap();
    settle_all(&[&a, &b]);
    b.session.set_manual_merge(false).unwrap();
    one(&a, &only(&a));
    other(&b, &only(&b));
    a.settle();
    assert_eq!(b.settle().next, NextStep::Done, "nobody is asked");
    settle_all(&[&a, &b]);
    all_agree(&[&a, &b], backend);
    (a, b)
}

#[test]
fn without_asking_no_allergy_goes_and_no_severity_falls() {
    let to = |severity: Severity| {
        move |phone: &Phone, shown: &Allergy| {
            phone.session.allergies().update(shown, &kiwi("kiwi", severity.clone())).unwrap();
        }
    };
    let remove = |phone: &Phone, shown: &Allergy| phone.session.allergies().remove(shown.id).unwrap();
    let other_allergen = |phone: &Phone, shown: &Allergy| {
        phone.session.allergies().update(shown, &kiwi("mango", Severity::Mild)).unwrap();
    };
    let shown = |phones: &(Phone, Phone)| {
        let entry = |entry: &Allergy| {
            let Allergen::Custom(words) = &entry.content.allergen else { panic!("{entry:?}") };
            (words.clone(), entry.content.severity.clone().unwrap())
        };
        let mut all: Vec<_> = entries(&phones.0).iter().map(entry).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let kiwi_is = |severity| vec![("kiwi".to_owned(), severity)];
    for (one, other) in [(Severity::Mild, Severity::Severe), (Severity::Severe, Severity::Mild)] {
        let backend = Backend::start().unwrap();
        assert_eq!(shown(&changed_apart(&backend, to(one), to(other))), kiwi_is(Severity::Severe));
    }
    let backend = Backend::start().unwrap();
    assert_eq!(shown(&changed_apart(&backend, remove, to(Severity::Mild))), kiwi_is(Severity::Mild));
    let backend = Backend::start().unwrap();
    assert_eq!(shown(&changed_apart(&backend, to(Severity::Severe), remove)), kiwi_is(Severity::Severe));
    let backend = Backend::start().unwrap();
    let both = changed_apart(&backend, to(Severity::Severe), other_allergen);
    assert_eq!(
        shown(&both),
        [("kiwi".to_owned(), Severity::Severe), ("mango".to_owned(), Severity::Severe)],
        "of two allergens both stay"
    );
}

#[test]
fn turning_the_asking_off_decides_what_was_open_and_on_again_asks_again() {
    let backend = Backend::start().unwrap();
    let (a, b) = written_twice(&backend, Severity::Mild, Severity::Severe);
    assert_eq!(a.session.conflicts().unwrap().len(), 1);
    a.session.set_manual_merge(false).unwrap();
    assert!(a.session.conflicts().unwrap().is_empty());
    settle_all(&[&a, &b]);
    assert_eq!((only(&b).content.severity, only(&b).in_question), (Some(Severity::Severe), false));
    a.session.set_manual_merge(true).unwrap();
    let apart = |phone: &Phone, severity| {
        phone.session.allergies().update(&only(phone), &kiwi("Kiwi", severity)).unwrap();
    };
    apart(&b, Severity::Moderate);
    apart(&a, Severity::LifeThreatening);
    b.settle();
    a.settle();
    assert!(!a.session.conflicts().unwrap().is_empty());
    assert_eq!(only(&a).content.severity, Some(Severity::LifeThreatening));
}

//! No allergy disappears or weakens without a person's decision.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, all_agree};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::{Arc, Mutex};

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

/// Two phones that both know one allergy: mild milk.
fn two_phones(backend: &Backend) -> (Phone, Phone, RecordId) {
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let id = a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    a.settle();
    b.settle();
    (a, b, id)
}

/// The same two, and each has changed it: severe on the server, moderate on the second, which has the question.
fn two_phones_that_differ(backend: &Backend) -> (Phone, Phone, RecordId) {
    let (a, b, id) = two_phones(backend);
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    edit(&b, id, |c| c.severity = Some(Severity::Moderate));
    a.settle();
    b.settle();
    (a, b, id)
}

fn edit(phone: &Phone, id: RecordId, change: impl FnOnce(&mut AllergyContent)) {
    let shown = phone.session.allergies().get(id).unwrap();
    let mut content = shown.content.clone();
    change(&mut content);
    phone.session.allergies().update(&shown, &content).unwrap();
}

fn severities(phone: &Phone) -> Vec<Option<Severity>> {
    phone.session.allergies().list().unwrap().entries.into_iter().map(|a| a.content.severity).collect()
}

#[test]
fn the_more_severe_side_is_shown_until_answered_then_all_agree() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    edit(&a, id, |c| c.severity = Some(Severity::LifeThreatening));
    edit(&b, id, |c| c.severity = Some(Severity::Moderate));
    a.settle();
    let report = b.settle();
    assert_eq!((report.next, report.conflicts_raised), (NextStep::NeedsPerson, 1));
    let list = b.session.allergies().list().unwrap();
    assert_eq!(list.entries.len(), 1);
    assert!(list.entries[0].in_question);
    assert_eq!(list.entries[0].content.severity, Some(Severity::LifeThreatening));
    assert_eq!(list.entries[0].sync.state, SyncState::Conflict);

    let conflict = b.session.conflicts().unwrap().remove(0);
    let side = |content: Severity| Some(RecordContent::Allergy(milk(content)));
    assert_eq!(conflict.base, side(Severity::Mild));
    assert_eq!(conflict.local, side(Severity::Moderate));
    assert_eq!(conflict.remote, side(Severity::LifeThreatening));
    assert!(b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepLocal).unwrap());
    assert!(
        !b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepRemote).unwrap(),
        "twice is harmless"
    );
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    assert_eq!(severities(&a), [Some(Severity::Moderate)], "a person decided so");
    all_agree(&[&a, &b], &backend);
}

#[test]
fn merged_notes_need_no_question() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    edit(&a, id, |c| c.notes = Some("from a".into()));
    edit(&b, id, |c| c.severity = Some(Severity::Severe));
    a.settle();
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    let content = a.session.allergies().get(id).unwrap().content;
    assert_eq!((content.notes.as_deref(), content.severity), (Some("from a"), Some(Severity::Severe)));
    all_agree(&[&a, &b], &backend);
}

#[test]
fn an_unseen_edit_beats_a_deletion_until_a_person_says() {
    let backend = Backend::start().unwrap();
    // Deleted on b, made worse on a; and the other way round.
    let (a, b, id) = two_phones(&backend);
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    b.session.allergies().remove(id).unwrap();
    assert!(severities(&b).is_empty(), "the person sees the own deletion");
    a.settle();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    assert_eq!(severities(&b), [Some(Severity::Severe)], "but not over what the person has not seen");
    let conflict = b.session.conflicts().unwrap().remove(0);
    assert_eq!(conflict.local, None);
    b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepRemote).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);

    let (a, b) = (b, a);
    a.session.allergies().remove(id).unwrap();
    edit(&b, id, |c| c.severity = Some(Severity::LifeThreatening));
    a.settle();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    assert_eq!(severities(&b), [Some(Severity::LifeThreatening)]);
    let conflict = b.session.conflicts().unwrap().remove(0);
    assert_eq!(conflict.remote, None);
    b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    assert_eq!(severities(&a), [Some(Severity::LifeThreatening)], "it is back, by a person's word");
    all_agree(&[&a, &b], &backend);
}

#[test]
fn a_question_moves_on_with_its_sides_and_refuses_stale_answers() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones_that_differ(&backend);
    let first = b.session.conflicts().unwrap().remove(0);
    // A third edit on b, then a newer one from a: the question is rebuilt each time.
    edit(&b, id, |c| c.notes = Some("third".into()));
    let second = b.session.conflicts().unwrap().remove(0);
    assert_eq!((second.id, second.revision), (first.id, first.revision + 1));
    edit(&a, id, |c| c.severity = Some(Severity::LifeThreatening));
    a.settle();
    b.settle();
    let third = b.session.conflicts().unwrap().remove(0);
    assert_eq!(third.remote, Some(RecordContent::Allergy(milk(Severity::LifeThreatening))));
    for stale in [&first, &second] {
        let refused = b.session.answer(stale.id, stale.revision, &MergeAnswer::KeepLocal).unwrap_err();
        assert_eq!(*refused.kind(), ErrorKind::StaleAnswer);
    }
    let merged = AllergyContent { notes: Some("both".into()), ..milk(Severity::LifeThreatening) };
    b.session
        .answer(third.id, third.revision, &MergeAnswer::Merged(RecordContent::Allergy(merged.clone())))
        .unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    assert_eq!(a.session.allergies().get(id).unwrap().content, merged);
    all_agree(&[&a, &b], &backend);
}

#[test]
fn a_question_that_the_other_side_settles_goes_away_by_itself() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones_that_differ(&backend);
    assert_eq!(b.session.conflicts().unwrap().len(), 1);
    edit(&a, id, |c| c.severity = Some(Severity::Moderate));
    a.settle();
    assert_eq!(b.settle().next, NextStep::Done);
    assert!(b.session.conflicts().unwrap().is_empty());
    all_agree(&[&a, &b], &backend);
}

struct Hook {
    answers: Mutex<Vec<std::result::Result<MergeAnswer, HookError>>>,
    asked: Mutex<Vec<Conflict>>,
}

impl Hook {
    fn new(answers: Vec<std::result::Result<MergeAnswer, HookError>>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }
}

impl MergeHook for Hook {
    fn resolve(&self, conflict: &Conflict) -> std::result::Result<MergeAnswer, HookError> {
        self.asked.lock().unwrap().push(conflict.clone());
        match self.answers.lock().unwrap().pop() {
            Some(answer) => answer,
            None => panic!("a broken app"),
        }
    }
}

#[test]
fn the_hook_answers_within_the_run_and_a_failing_one_defers() {
    let merged = MergeAnswer::Merged(RecordContent::Allergy(milk(Severity::Severe)));
    let too_long = AllergyContent { notes: Some("x".repeat(5_000)), ..milk(Severity::Mild) };
    for (name, answers, answered) in [
        ("answers", vec![Ok(merged)], true),
        ("defers", vec![Ok(MergeAnswer::Defer)], false),
        ("fails", vec![Err(HookError)], false),
        ("panics", vec![], false),
        ("breaks a rule", vec![Ok(MergeAnswer::Merged(RecordContent::Allergy(too_long)))], false),
        (
            "answers another question",
            vec![Ok(MergeAnswer::Merged(RecordContent::AllergyList(ListState::Unknown)))],
            false,
        ),
    ] {
        let backend = Backend::start().unwrap();
        let hook = Hook::new(answers);
        let options = PhoneOptions { merge: Some(hook.clone()), ..Default::default() };
        let a = Phone::new(&backend.url(), "ana");
        let b = Phone::with_options(&backend.url(), "ana", options);
        let id = a.session.allergies().add(&milk(Severity::Mild)).unwrap();
        a.settle();
        b.settle();
        edit(&a, id, |c| c.severity = Some(Severity::LifeThreatening));
        edit(&b, id, |c| c.severity = Some(Severity::Moderate));
        a.settle();
        let report = b.settle();
        assert_eq!(report.conflicts_answered == 1, answered, "{name}");
        if answered {
            assert_eq!(report.next, NextStep::Done, "{name}");
            a.settle();
            assert_eq!(severities(&a), [Some(Severity::Severe)], "{name}");
            all_agree(&[&a, &b], &backend);
        } else {
            assert_eq!(report.next, NextStep::NeedsPerson, "{name}");
            assert!(b.session.conflicts().unwrap()[0].deferred, "{name}");
            assert_eq!(severities(&b), [Some(Severity::LifeThreatening)], "{name}: cautious");
            b.settle();
            assert_eq!(hook.asked.lock().unwrap().len(), 1, "{name}: what was put off is not asked again");
        }
    }
}

#[test]
fn a_conflict_survives_a_restart() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), open());
    let id = a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    a.settle();
    b.settle();
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    edit(&b, id, |c| c.severity = None);
    a.settle();
    b.settle();
    let before = b.session.conflicts().unwrap();
    drop(b);
    let b = open();
    assert_eq!(b.session.conflicts().unwrap(), before);
    assert_eq!(severities(&b), [Some(Severity::Severe)]);
}

#[test]
fn different_allergens_are_both_shown() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    edit(&a, id, |c| c.allergen = Allergen::Eu(EuAllergen::Nuts));
    edit(&b, id, |c| c.allergen = Allergen::Custom("kiwi".into()));
    a.settle();
    b.settle();
    let list = b.session.allergies().list().unwrap();
    let shown: Vec<_> = list.entries.iter().map(|e| e.content.allergen.clone()).collect();
    assert_eq!(shown, [Allergen::Custom("kiwi".into()), Allergen::Eu(EuAllergen::Nuts)]);
}

#[test]
fn a_form_filled_in_before_the_other_sides_change_came_is_refused() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    let shown = b.session.allergies().get(id).unwrap();
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    a.settle();
    b.settle();
    let refused = b.session.allergies().update(&shown, &milk(Severity::Moderate)).unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::StaleEdit);
    // A field that was not touched keeps the other side's value.
    let noted = AllergyContent { notes: Some("n".into()), ..milk(Severity::Mild) };
    b.session.allergies().update(&shown, &noted).unwrap();
    assert_eq!(severities(&b), [Some(Severity::Severe)]);
}

#[test]
fn an_edit_in_flight_that_met_another_devices_change_never_weakens_unseen() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    edit(&b, id, |c| c.severity = Some(Severity::Moderate));
    // b's request is lost on the way: sent, not committed, unknown to b.
    backend.server.faults().push(foodlens_server::Fault::new(
        foodlens_server::Endpoint::Batch,
        foodlens_server::FaultKind::DropBeforeCommit,
    ));
    let _ = b.sync();
    edit(&a, id, |c| c.severity = Some(Severity::LifeThreatening));
    a.settle();
    // The next run of b pulls only (its edit backs off), then retries: the question comes from the server's 409.
    let _ = b.sync();
    b.settle();
    assert_eq!(severities(&b), [Some(Severity::LifeThreatening)]);
    assert_eq!(b.session.conflicts().unwrap().len(), 1);
    let on_server = backend.server.snapshot("ana").unwrap();
    let record = on_server.iter().find(|r| r.entity == "allergies").unwrap();
    assert_eq!(record.fields["severity"], "life_threatening");
}

#[test]
fn none_confirmed_here_and_an_allergy_added_there_asks_and_shows_the_allergy() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    a.settle();
    b.settle();
    a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    b.session.allergies().confirm_none().unwrap();
    a.settle();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    let list = b.session.allergies().list().unwrap();
    assert_eq!((list.state, list.entries.len()), (ListState::Listed, 1));
    let conflict = b.session.conflicts().unwrap().remove(0);
    assert_eq!(conflict.local, Some(RecordContent::AllergyList(ListState::ConfirmedNone)));
    assert_eq!(conflict.remote, Some(RecordContent::AllergyList(ListState::Listed)));
}

#[test]
fn plain_fields_go_to_the_later_arrival_and_what_lost_is_kept() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let with = |name: &str, country: &str| ProfileContent {
        display_name: Some(name.into()),
        country: Some(country.into()),
        ..Default::default()
    };
    a.session.profile().update(&ProfileContent::default(), &with("Ana", "PT")).unwrap();
    a.settle();
    b.settle();
    a.session.profile().update(&with("Ana", "PT"), &with("Ana Maria", "PT")).unwrap();
    b.session.profile().update(&with("Ana", "PT"), &with("Anna", "DE")).unwrap();
    a.settle();
    b.settle();
    a.settle();
    for phone in [&a, &b] {
        assert_eq!(phone.session.profile().get().unwrap().content, with("Anna", "DE"));
    }
    let lost = b.session.overwritten(None, 10).unwrap();
    assert_eq!((lost[0].field.as_str(), lost[0].value_json.as_str()), ("display_name", "\"Ana Maria\""));
    all_agree(&[&a, &b], &backend);
}

#[test]
fn an_edit_behind_a_creation_whose_answer_was_lost_keeps_the_whole_record_when_another_deletes_it() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    backend.server.faults().push(foodlens_server::Fault::new(
        foodlens_server::Endpoint::Batch,
        foodlens_server::FaultKind::CommitThenSilence { after: None },
    ));
    let id = a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    let _ = a.sync();
    b.settle();
    b.session.allergies().remove(id).unwrap();
    b.settle();
    edit(&a, id, |c| c.notes = Some("edited".into()));
    // The tombstone comes first (the creation backs off), then the creation's answer, then the edit's.
    let _ = a.sync();
    assert_eq!(a.settle().next, NextStep::NeedsPerson);
    let conflict = a.session.conflicts().unwrap().remove(0);
    let whole = AllergyContent { notes: Some("edited".into()), ..milk(Severity::Mild) };
    assert_eq!((conflict.local, conflict.remote), (Some(RecordContent::Allergy(whole.clone())), None));
    a.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepLocal).unwrap();
    a.settle();
    b.settle();
    assert_eq!(b.session.allergies().get(id).unwrap().content, whole);
    all_agree(&[&a, &b], &backend);
}

#[test]
fn what_was_said_behind_a_verdict_that_was_lost_is_not_taken_for_said_when_the_verdict_is_old() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    a.settle();
    // The server's refusal, with "severe" in it, is lost; meanwhile the person says "severe", and the other one "mild".
    edit(&b, id, |c| c.severity = Some(Severity::Moderate));
    let silence = foodlens_server::FaultKind::CommitThenSilence { after: None };
    backend.server.faults().push(foodlens_server::Fault::new(foodlens_server::Endpoint::Batch, silence));
    let _ = b.sync();
    edit(&b, id, |c| c.severity = Some(Severity::Severe));
    edit(&a, id, |c| c.severity = Some(Severity::Mild));
    a.settle();
    // Past the wait after the silence: what waits goes again before anything is pulled.
    b.clock.advance_ms(7_200_000);
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    assert_eq!(severities(&b), [Some(Severity::Severe)]);
    let conflict = b.session.conflicts().unwrap().remove(0);
    let side = |severity: Severity| Some(RecordContent::Allergy(milk(severity)));
    assert_eq!((conflict.local, conflict.remote), (side(Severity::Severe), side(Severity::Mild)));
    b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepLocal).unwrap();
    b.settle();
    a.settle();
    assert_eq!(severities(&a), [Some(Severity::Severe)]);
    all_agree(&[&a, &b], &backend);
}

#[test]
fn an_edit_of_what_the_server_lost_asks_and_brings_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = Backend::start().unwrap();
    let b = Phone::in_folder(folder.path(), &first.url(), "ana", PhoneOptions::default()).unwrap();
    let id = b.session.allergies().add(&milk(Severity::Mild)).unwrap();
    b.settle();
    edit(&b, id, |c| c.severity = Some(Severity::Severe));
    let server = first.replaced_by_an_empty_one().unwrap();
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    assert_eq!(severities(&b), [Some(Severity::Severe)]);
    let conflict = b.session.conflicts().unwrap().remove(0);
    assert_eq!(conflict.remote, None);
    b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepLocal).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    let on_server = server.server.snapshot("ana").unwrap();
    let record = on_server.iter().find(|r| r.entity == "allergies").unwrap();
    assert_eq!(
        (&record.fields["severity"], &record.fields["allergen"]["code"]),
        (&"severe".into(), &"milk".into())
    );
}

#[test]
fn everything_removed_here_and_one_added_there_keeps_the_added_one() {
    let backend = Backend::start().unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    for code in [EuAllergen::Milk, EuAllergen::Eggs, EuAllergen::Fish] {
        a.session.allergies().add(&AllergyContent::new(Allergen::Eu(code))).unwrap();
    }
    a.settle();
    b.settle();
    for entry in a.session.allergies().list().unwrap().entries {
        a.session.allergies().remove(entry.id).unwrap();
    }
    a.session.allergies().confirm_none().unwrap();
    b.session.allergies().add(&AllergyContent::new(Allergen::Eu(EuAllergen::Sesame))).unwrap();
    for phone in [&b, &a, &b, &a] {
        phone.settle();
    }
    for phone in [&a, &b] {
        let list = phone.session.allergies().list().unwrap();
        let allergens: Vec<_> = list.entries.iter().map(|entry| entry.content.allergen.clone()).collect();
        assert_eq!(allergens, [Allergen::Eu(EuAllergen::Sesame)], "what nobody removed stays in effect");
        assert_eq!(list.state, ListState::Listed, "whatever was said about the list");
    }
}

/// "None" stands on a removal. It goes after it also when both have become questions, and new operations by the answers.
#[test]
fn none_confirmed_still_waits_for_the_removal_when_both_were_asked_about() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend);
    b.session.allergies().remove(id).unwrap();
    b.session.allergies().confirm_none().unwrap();
    edit(&a, id, |c| c.severity = Some(Severity::Severe));
    a.session.allergies().set_unknown().unwrap();
    a.settle();
    b.settle();
    let said = || {
        let records = backend.server.snapshot("ana").unwrap();
        records.iter().find(|record| record.entity == "allergy_list").unwrap().fields["state"].clone()
    };
    let keep_ours = |of_the_list: bool| {
        let asked = b.session.conflicts().unwrap();
        let asked = asked.iter().find(|asked| (asked.record_id != id) == of_the_list).unwrap();
        assert!(b.session.answer(asked.id, asked.revision, &MergeAnswer::KeepLocal).unwrap());
    };
    keep_ours(true);
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    assert_eq!(said(), "unknown", "the removal is in question");
    keep_ours(false);
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)).times(50));
    assert_eq!(b.settle().next, NextStep::NeedsPerson);
    backend.server.faults().clear();
    assert_eq!(said(), "unknown", "the removal was refused");
    let parked = b.session.queue().list(QueueFilter::Failed, 0, 9).unwrap().remove(0);
    b.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    assert_eq!(said(), "confirmed_none");
    a.settle();
    all_agree(&[&a, &b], &backend);
}

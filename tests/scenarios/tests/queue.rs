//! The queue as a person sees it: listed by state, sent again, mended, given up, handed over; and the order it keeps.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn listed(phone: &Phone, filter: QueueFilter) -> Vec<QueuedOperation> {
    phone.session.queue().list(filter, 0, 500).unwrap()
}

fn counted(phone: &Phone) -> (u64, u64, u64) {
    let counts = phone.session.queue().counts().unwrap();
    let walked = |filter| listed(phone, filter).len() as u64;
    use QueueFilter::{Failed, Pending, Sending};
    let by_hand = (walked(Pending), walked(Sending), walked(Failed));
    assert_eq!((counts.pending, counts.sending, counts.failed), by_hand, "counts without counting are right");
    by_hand
}

fn same_as_server(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

/// The next requests are refused for what is in them, until the whole is down to single operations.
fn refuse_everything(backend: &Backend) {
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)).times(50));
}

#[test]
fn it_is_listed_by_state_and_counted_right_through_every_change() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    assert_eq!(counted(&phone), (0, 0, 0));
    let done = phone.session.history().add(&scan("done")).unwrap();
    phone.settle();
    refuse_everything(&backend);
    let refused = phone.session.history().add(&scan("refused")).unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    backend.server.faults().clear();
    let waits = phone.session.history().add(&scan("waits")).unwrap();
    let shown = phone.session.history().get(refused).unwrap();
    assert_eq!(shown.sync.state, SyncState::Failed);
    assert_eq!(counted(&phone), (1, 0, 1));
    let records = |filter| listed(&phone, filter).iter().map(|op| op.record_id).collect::<Vec<_>>();
    assert_eq!(records(QueueFilter::Failed), [refused]);
    assert_eq!(records(QueueFilter::Pending), [waits]);
    assert_eq!(records(QueueFilter::Unsent), [refused, waits]);
    assert_eq!(records(QueueFilter::Acknowledged), [done]);
    assert_eq!(records(QueueFilter::All), [done, refused, waits]);
    assert_eq!(records(QueueFilter::Sending), []);
    let last = listed(&phone, QueueFilter::All)[1].position;
    let page = phone.session.queue().list(QueueFilter::All, last, 1).unwrap();
    assert_eq!((page.len(), page[0].record_id), (1, waits), "pages go on after a position");
    phone.session.history().delete(waits).unwrap();
    assert_eq!(counted(&phone), (0, 0, 1), "never sent, so it cancels out");
    let parked = listed(&phone, QueueFilter::Failed).remove(0);
    phone.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(counted(&phone), (1, 0, 0));
    phone.settle();
    assert_eq!(counted(&phone), (0, 0, 0));
    let scans: Vec<_> = (0..700).map(|n| scan(&n.to_string())).collect();
    phone.session.history().add_all(&scans).unwrap();
    assert_eq!(listed(&phone, QueueFilter::Pending).len(), 500, "a page has at most 500");
    assert_eq!(phone.session.queue().counts().unwrap().pending, 700);
}

#[test]
fn a_refused_edit_is_mended_by_the_next_one_even_with_others_behind_it() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&scan("a")).unwrap();
    phone.settle();
    let edit = |change: &dyn Fn(&mut HistoryContent)| {
        let shown = phone.session.history().get(id).unwrap();
        let mut to = shown.content.clone();
        change(&mut to);
        phone.session.history().update(&shown, &to).unwrap();
    };
    edit(&|to| to.note = Some("what the server does not like".into()));
    refuse_everything(&backend);
    let report = {
        // A second edit comes while the first is under way, so it stands behind it.
        edit(&|to| to.favourite = true);
        phone.settle()
    };
    assert_eq!(report.next, NextStep::NeedsPerson);
    backend.server.faults().clear();
    edit(&|to| to.brand = Some("behind".into()));
    edit(&|to| to.note = Some("fine".into()));
    assert_eq!(phone.settle().next, NextStep::Done);
    let content = phone.session.history().get(id).unwrap().content;
    assert_eq!(
        (content.note.as_deref(), content.favourite, content.brand.as_deref()),
        (Some("fine"), true, Some("behind")),
        "nothing that was typed is lost"
    );
    same_as_server(&phone, &backend);
}

#[test]
fn what_was_tried_too_often_goes_again_under_its_key_when_its_record_is_edited() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&scan("a")).unwrap();
    let silence = FaultKind::CommitThenSilence { after: None };
    backend.server.faults().push(Fault::new(Endpoint::Batch, silence).times(50));
    phone.settle();
    let exhausted = listed(&phone, QueueFilter::Failed).remove(0);
    assert_eq!(exhausted.state, OperationState::Failed(FailureReason::Exhausted));
    backend.server.faults().clear();
    let shown = phone.session.history().get(id).unwrap();
    phone.session.history().update(&shown, &scan("b")).unwrap();
    let waiting = listed(&phone, QueueFilter::Unsent);
    assert_eq!((waiting.len(), waiting[0].id, waiting[0].attempts), (2, exhausted.id, 0));
    let report = phone.settle();
    assert_eq!((report.next, report.duplicates), (NextStep::Done, 1), "it had been at the server all along");
    same_as_server(&phone, &backend);
}

#[test]
fn what_is_deleted_here_goes_at_the_server_too_when_its_creation_was_refused_after_it_had_arrived() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&scan("a")).unwrap();
    for kind in [FaultKind::Garbage, FaultKind::status(422)] {
        backend.server.faults().push(Fault::new(Endpoint::Batch, kind));
        phone.clock.advance_ms(7_200_000);
        let _ = phone.sync();
    }
    let refused = listed(&phone, QueueFilter::Failed).remove(0);
    phone.session.queue().retry(refused.position, refused.id).unwrap();
    phone.session.history().delete(id).unwrap();
    assert_eq!(*phone.session.history().get(id).unwrap_err().kind(), ErrorKind::NotFound { what: "record" });
    assert_eq!(phone.settle().next, NextStep::Done);
    assert!(backend.server.snapshot("ana").unwrap().iter().all(|record| record.deleted));
    same_as_server(&phone, &backend);
}

#[test]
fn a_discard_shows_first_what_the_record_falls_back_to() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&scan("at the server")).unwrap();
    let profile = |name: &str| ProfileContent { display_name: Some(name.into()), ..Default::default() };
    phone.session.profile().update(&Default::default(), &profile("Ana")).unwrap();
    phone.settle();
    let shown = phone.session.history().get(id).unwrap();
    phone.session.history().update(&shown, &scan("edited")).unwrap();
    phone.session.profile().update(&profile("Ana"), &profile("Anna")).unwrap();
    let made = phone.session.history().add(&scan("made here")).unwrap();
    let shown = phone.session.history().get(made).unwrap();
    phone.session.history().update(&shown, &scan("and edited")).unwrap();
    let waiting = listed(&phone, QueueFilter::Unsent);
    let queue = phone.session.queue();
    for (operation, falls_back_to, gone) in [
        (&waiting[0], Some(RecordContent::History(scan("at the server"))), 1),
        (&waiting[1], Some(RecordContent::Profile(profile("Ana"))), 1),
        (&waiting[2], None, 2),
    ] {
        let before = (listed(&phone, QueueFilter::All), phone.session.export_json().unwrap());
        let preview = queue.preview_discard(operation.position, operation.id).unwrap();
        assert_eq!(preview.falls_back_to, falls_back_to);
        assert_eq!(preview.operations.len(), gone, "without its creation an edit has nothing to change");
        assert_eq!(
            before,
            (listed(&phone, QueueFilter::All), phone.session.export_json().unwrap()),
            "a look"
        );
        assert_eq!(queue.discard(operation.position, operation.id).unwrap(), preview, "done as it was shown");
    }
    assert_eq!(phone.session.profile().get().unwrap().content, profile("Ana"));
    assert!(phone.session.history().get(made).is_err());
    assert!(listed(&phone, QueueFilter::Unsent).is_empty());
    same_as_server(&phone, &backend);
}

#[test]
fn one_operation_can_be_handed_over_and_read_back_elsewhere() {
    let backend = Backend::start().unwrap();
    let (phone, support) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let id = phone.session.history().add(&scan("a")).unwrap();
    phone.session.history().add(&scan("another")).unwrap();
    let operation = listed(&phone, QueueFilter::Unsent).remove(0);
    let text = phone.session.queue().export(operation.position, operation.id).unwrap();
    assert_eq!(support.session.rescue_import(&text).unwrap().imported, 1);
    assert_eq!(listed(&support, QueueFilter::Unsent)[0].id, operation.id, "under the same key");
    support.settle();
    phone.settle();
    assert_eq!(backend.server.stats().duplicates, 1, "so it takes effect once");
    assert!(phone.session.history().get(id).is_ok());
    let told = phone.session.queue().export(operation.position, operation.id).unwrap_err();
    assert!(matches!(told.kind(), ErrorKind::WrongState { .. }), "a receipt has no content any more");
    same_as_server(&phone, &backend);
}

#[test]
fn to_give_up_an_edit_behind_a_creation_that_may_have_arrived_leaves_the_creation() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let id = phone.session.history().add(&scan("made")).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::DropBeforeCommit));
    let _ = phone.sync();
    let shown = phone.session.history().get(id).unwrap();
    let to = HistoryContent { note: Some("behind".into()), ..shown.content.clone() };
    phone.session.history().update(&shown, &to).unwrap();
    let [made, behind] = listed(&phone, QueueFilter::Unsent).try_into().unwrap();
    let sending = phone.session.queue().discard(made.position, made.id).unwrap_err();
    assert_eq!(*sending.kind(), ErrorKind::WrongState { state: "maybe sent" });
    assert_eq!(phone.session.queue().discard(behind.position, behind.id).unwrap().operations, [behind.id]);
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(phone.session.history().get(id).unwrap().content, scan("made"));
    same_as_server(&phone, &backend);
}

/// No allergies may not be said to the server before the removal that made it true has arrived.
#[test]
fn none_confirmed_waits_for_the_removal_that_made_it_true() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let milk = AllergyContent::new(Allergen::Eu(EuAllergen::Milk));
    let id = phone.session.allergies().add(&milk).unwrap();
    phone.settle();
    phone.session.allergies().remove(id).unwrap();
    phone.session.allergies().confirm_none().unwrap();
    refuse_everything(&backend);
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    backend.server.faults().clear();
    assert_eq!(counted(&phone), (1, 0, 1), "the removal is refused, what stands on it waits");
    let state = || {
        let snapshot = backend.server.snapshot("ana").unwrap();
        snapshot.iter().find(|record| record.entity == "allergy_list").unwrap().fields["state"].clone()
    };
    for _ in 0..3 {
        phone.clock.advance_ms(86_400_000);
        phone.settle();
        assert_eq!(state(), "listed", "the server never says none while it has the allergy");
    }
    let parked = listed(&phone, QueueFilter::Failed).remove(0);
    phone.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(state(), "confirmed_none");
    same_as_server(&phone, &backend);
}

/// Tokens that are another's though the app does not know it, as after a mix-up in its own sign-in.
struct Mixed(AtomicBool);

impl TokenProvider for Mixed {
    fn token(&self, user: &UserId, refused: bool) -> Result<AccessToken, HookError> {
        let whose = if self.0.load(Ordering::SeqCst) || refused { "ben" } else { user.as_str() };
        let value =
            foodlens_server::mint_token(foodlens_scenarios::SECRET, whose, 3_600).map_err(|_| HookError)?;
        Ok(AccessToken { user_id: user.as_str().to_owned(), value })
    }
}

#[test]
fn a_single_write_never_goes_under_another_users_token() {
    for (batch, mixed_from_the_start) in [(false, true), (false, false), (true, true), (true, false)] {
        let backend = Backend::start_with(|options| foodlens_server::Options { batch, ..options }).unwrap();
        let tokens = Arc::new(Mixed(AtomicBool::new(mixed_from_the_start)));
        let options = PhoneOptions { tokens: Some(tokens.clone()), ..Default::default() };
        let phone = Phone::with_options(&backend.url(), "ana", options);
        if !mixed_from_the_start {
            phone.settle();
            // The good token is refused once, and the fresh one is another's.
            let endpoint = if batch { Endpoint::Batch } else { Endpoint::Write };
            backend.server.faults().push(Fault::new(endpoint, FaultKind::status(401)));
        }
        phone.session.history().add(&scan("ana's")).unwrap();
        let report = phone.sync();
        assert_eq!((report.next, report.acknowledged), (NextStep::NeedsSignIn, 0));
        assert!(phone.session.status().unwrap().auth_required);
        assert!(backend.server.snapshot("ben").unwrap().is_empty(), "nothing of ana's is at ben's");
        let waiting = listed(&phone, QueueFilter::Unsent).remove(0);
        assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0));
    }
}

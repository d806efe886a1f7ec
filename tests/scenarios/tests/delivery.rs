//! Whatever the network and the server do: nothing lost, nothing doubled, nothing stuck.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

fn same_as_server(phone: &Phone, backend: &Backend) {
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

/// Every fault, once on the push and once on the pull: afterwards the same state as without it, and one effect per
/// operation.
#[test]
fn after_any_single_fault_everything_arrives_exactly_once() {
    let faults = [
        ("committed, no reply", FaultKind::CommitThenSilence { after: None }),
        ("half committed, no reply", FaultKind::CommitThenSilence { after: Some(3) }),
        ("dropped", FaultKind::DropBeforeCommit),
        ("server error", FaultKind::status(500)),
        ("unavailable", FaultKind::status(503)),
        ("asked to wait", FaultKind::retry_after(429, "120")),
        ("asked to wait for ever", FaultKind::retry_after(503, "99999999999999999999")),
        ("portal", FaultKind::portal()),
        ("redirect", FaultKind::redirect("http://127.0.0.1:9/login")),
        ("garbage", FaultKind::Garbage),
        ("truncated", FaultKind::Truncated),
        ("answer for another user", FaultKind::WrongUser),
        (
            "a firewall's page",
            FaultKind::Status {
                status: 403,
                retry_after: None,
                body: Some("<html>blocked</html>".into()),
                content_type: None,
                headers: Default::default(),
            },
        ),
        (
            "empty 200",
            FaultKind::Status {
                status: 200,
                retry_after: None,
                body: Some(String::new()),
                content_type: Some("application/json".into()),
                headers: Default::default(),
            },
        ),
        (
            "error in a 200",
            FaultKind::Status {
                status: 200,
                retry_after: None,
                body: Some(r#"{"error":"oops"}"#.into()),
                content_type: Some("application/json".into()),
                headers: Default::default(),
            },
        ),
    ];
    for (name, fault) in faults {
        for endpoint in [Endpoint::Batch, Endpoint::Changes] {
            let backend = Backend::start().unwrap();
            let phone = Phone::new(&backend.url(), "ana");
            for n in 0..10 {
                phone.session.history().add(&scan(&format!("p{n}"))).unwrap();
            }
            backend.server.faults().push(Fault::new(endpoint, fault.clone()));
            let first = phone.sync();
            assert!(!matches!(first.next, NextStep::Done), "{name} at {endpoint:?} must be told: {first:?}");
            let waiting = phone.session.queue().counts().unwrap();
            assert_eq!(waiting.failed + waiting.sending, 0, "{name} at {endpoint:?} parks nothing");
            let last = phone.settle();
            assert_eq!(last.next, NextStep::Done, "{name} at {endpoint:?}");
            assert_eq!(backend.server.snapshot("ana").unwrap().len(), 10, "{name} at {endpoint:?}");
            let stats = backend.server.stats();
            assert_eq!(stats.applied, 10, "{name} at {endpoint:?}: one effect an operation");
            same_as_server(&phone, &backend);
        }
    }
}

#[test]
fn a_server_in_trouble_parks_after_ten_counted_attempts_and_a_retry_sends_the_same_key() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan("a")).unwrap();
    let key = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap()[0].id;
    backend
        .server
        .faults()
        .push(Fault::new(Endpoint::Batch, FaultKind::CommitThenSilence { after: None }).times(10));
    for _ in 0..10 {
        phone.clock.advance_ms(3_600_000);
        let _ = phone.sync();
    }
    let parked = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!(parked.state, OperationState::Failed(FailureReason::Exhausted));
    assert_eq!((parked.attempts, parked.id), (10, key));
    assert_eq!(phone.sync().next, NextStep::NeedsPerson);
    phone.session.queue().retry(parked.position, parked.id).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 1);
    same_as_server(&phone, &backend);
}

#[test]
fn a_month_without_a_network_uses_up_no_attempt() {
    let backend = Backend::start().unwrap();
    let url = backend.url();
    let folder = tempfile::tempdir().unwrap();
    let phone = Phone::in_folder(folder.path(), &url, "ana", PhoneOptions::default()).unwrap();
    phone.session.history().add(&scan("a")).unwrap();
    drop(backend);
    for _ in 0..60 {
        phone.clock.advance_ms(12 * 3_600_000);
        assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    }
    let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0));
}

#[test]
fn retry_after_is_obeyed_and_clamped_also_when_the_clock_jumps() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan("a")).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::retry_after(429, "600")));
    assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    phone.clock.advance_ms(599_000);
    let early = phone.sync();
    assert_eq!(early.requests, 0, "not before the server said");
    assert!(matches!(early.next, NextStep::RetryAt(_)));
    phone.clock.set_wall_ms(1_000);
    assert_eq!(phone.sync().next, NextStep::Done, "a clock set back must not make the wait longer");
}

struct Refusing(AtomicU32);
impl TokenProvider for Refusing {
    fn token(&self, user: &UserId, refused: bool) -> std::result::Result<AccessToken, HookError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let ttl = if refused { 3_600 } else { -3_600 };
        let value = foodlens_server::mint_token(foodlens_scenarios::SECRET, user.as_str(), ttl)
            .map_err(|_| HookError)?;
        Ok(AccessToken { user_id: user.as_str().into(), value })
    }
}

#[test]
fn an_expired_token_is_renewed_once_and_the_run_goes_on() {
    let backend = Backend::start().unwrap();
    let tokens = Arc::new(Refusing(AtomicU32::new(0)));
    let options = PhoneOptions { tokens: Some(tokens.clone()), ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    phone.session.history().add(&scan("a")).unwrap();
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(tokens.0.load(Ordering::SeqCst), 2, "one token, one fresh one, for the whole run");
}

enum Wrong {
    Error,
    Panic,
    OtherUser,
    Bad,
}
struct Broken(Wrong);
impl TokenProvider for Broken {
    fn token(&self, user: &UserId, _: bool) -> std::result::Result<AccessToken, HookError> {
        match self.0 {
            Wrong::Error => Err(HookError),
            Wrong::Panic => panic!("a broken app"),
            Wrong::OtherUser => Ok(AccessToken { user_id: "ben".into(), value: "x".into() }),
            Wrong::Bad => Ok(AccessToken { user_id: user.as_str().into(), value: "not a token".into() }),
        }
    }
}

#[test]
fn without_a_good_token_a_sign_in_is_asked_for_and_nothing_is_sent_or_lost() {
    for (name, wrong, requests) in [
        ("error", Wrong::Error, 0),
        ("panic", Wrong::Panic, 0),
        ("token of another user", Wrong::OtherUser, 0),
        ("refused token", Wrong::Bad, 2),
    ] {
        let backend = Backend::start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let options = PhoneOptions { tokens: Some(Arc::new(Broken(wrong))), ..Default::default() };
        let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", options).unwrap();
        phone.session.history().add(&scan("a")).unwrap();
        let report = phone.sync();
        assert_eq!((report.next, report.requests), (NextStep::NeedsSignIn, requests), "{name}");
        assert!(phone.session.status().unwrap().auth_required, "{name}");
        let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
        assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0), "{name}");
        drop(phone);
        let phone = Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
        assert_eq!(phone.sync().next, NextStep::Done, "{name}: signed in again");
        assert!(!phone.session.status().unwrap().auth_required);
        same_as_server(&phone, &backend);
    }
}

#[test]
fn a_refused_operation_is_parked_with_its_reason_and_mended_by_an_edit() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let other = Phone::new(&backend.url(), "ana");
    let history = phone.session.history();
    let id = history.add(&scan("a")).unwrap();
    phone.settle();
    other.settle();
    other.session.history().delete(id).unwrap();
    other.settle();
    let shown = history.get(id).unwrap();
    history.update(&shown, &HistoryContent { note: Some("n".into()), ..shown.content.clone() }).unwrap();
    assert_eq!(phone.settle().next, NextStep::NeedsPerson);
    let parked = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!(parked.state, OperationState::Failed(FailureReason::Gone));
    assert_eq!((parked.http_status, parked.server_code.as_deref()), (Some(410), Some("gone")));
    assert!(parked.request_id.is_some());
    let shown = history.get(id).unwrap();
    assert_eq!(shown.content.note.as_deref(), Some("n"), "the edit stays visible and marked");
    assert_eq!((shown.sync.state, shown.sync.last_error), (SyncState::Failed, Some(FailureReason::Gone)));
    let gone = phone.session.queue().discard(parked.position, parked.id).unwrap();
    assert_eq!(gone.falls_back_to, None, "it falls back to what the server has: nothing");
    assert_eq!(phone.sync().next, NextStep::Done);
    same_as_server(&phone, &backend);
}

#[test]
fn an_answer_bigger_than_the_limit_is_not_read_and_nothing_is_lost() {
    let backend = Backend::start().unwrap();
    let a = Phone::new(&backend.url(), "ana");
    for n in 0..20 {
        a.session
            .history()
            .add(&HistoryContent { note: Some("x".repeat(4_000)), ..scan(&format!("{n}")) })
            .unwrap();
    }
    a.settle();
    // The answer is compressed on the way (80 KB of the same letter): the limit counts what comes out.
    let options = PhoneOptions { max_response_bytes: Some(20_000), ..Default::default() };
    let b = Phone::with_options(&backend.url(), "ana", options);
    b.session.history().add(&scan("mine")).unwrap();
    let report = b.sync();
    assert_eq!(report.error.as_deref(), Some("answer too large"));
    assert_eq!(report.acknowledged, 1, "the push was fine");
    assert_eq!(b.session.history().count().unwrap(), 1);
}

#[test]
fn cancel_and_budget_end_a_run_between_steps() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    phone.session.history().add(&scan("a")).unwrap();
    let report = phone.session.sync(std::time::Duration::ZERO).unwrap();
    assert_eq!((report.next, report.requests), (NextStep::MoreWork, 0));
    assert_eq!(phone.sync().next, NextStep::Done);
}

#[test]
fn paused_dispatch_is_kept_over_a_restart_and_sends_nothing() {
    let backend = Backend::start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = || Phone::in_folder(folder.path(), &backend.url(), "ana", PhoneOptions::default()).unwrap();
    let phone = open();
    phone.session.history().add(&scan("a")).unwrap();
    phone.session.set_paused(true).unwrap();
    drop(phone);
    let phone = open();
    let report = phone.sync();
    assert_eq!((report.next, report.requests), (NextStep::Paused, 0));
    phone.session.set_paused(false).unwrap();
    assert_eq!(phone.sync().next, NextStep::Done);
}

#[test]
fn a_backend_with_plain_endpoints_only_is_found_out_and_served_one_write_a_request() {
    let backend = Backend::start_with(|options| foodlens_server::Options {
        batch: false,
        capabilities: false,
        newest_first: false,
        ..options
    })
    .unwrap();
    let (a, b) = (Phone::new(&backend.url(), "ana"), Phone::new(&backend.url(), "ana"));
    let allergy = AllergyContent {
        severity: Some(Severity::Mild),
        ..AllergyContent::new(Allergen::Custom("kiwi".into()))
    };
    let kiwi = a.session.allergies().add(&allergy).unwrap();
    let kept = a.session.history().add(&scan("kept")).unwrap();
    let gone = a.session.history().add(&scan("gone")).unwrap();
    let profile = ProfileContent { display_name: Some("Ana".into()), ..Default::default() };
    a.session.profile().update(&ProfileContent::default(), &profile).unwrap();
    let first = a.settle();
    assert_eq!(
        (first.next, first.acknowledged, first.requests),
        (NextStep::Done, 5, 9),
        "what it can do, one try, whose token it is, five writes, one page"
    );
    assert_eq!(a.sync().requests, 1, "nothing waits: one page");
    b.settle();
    let shown = a.session.history().get(kept).unwrap();
    a.session
        .history()
        .update(&shown, &HistoryContent { note: Some("n".into()), ..shown.content.clone() })
        .unwrap();
    a.session.history().delete(gone).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Write, FaultKind::CommitThenSilence { after: None }));
    backend.server.faults().push(Fault::new(Endpoint::Write, FaultKind::portal()));
    assert_eq!(a.settle().next, NextStep::Done);
    b.session.history().delete(gone).unwrap();
    assert_eq!(b.settle().next, NextStep::Done, "to delete what is gone is no failure");
    for (phone, severity) in [(&a, Severity::Severe), (&b, Severity::Moderate)] {
        let shown = phone.session.allergies().get(kiwi).unwrap();
        let to = AllergyContent { severity: Some(severity), ..shown.content.clone() };
        phone.session.allergies().update(&shown, &to).unwrap();
    }
    a.settle();
    assert_eq!(b.settle().next, NextStep::NeedsPerson, "a 409 raises the question as a batch's verdict does");
    let conflict = b.session.conflicts().unwrap().remove(0);
    b.session.answer(conflict.id, conflict.revision, &MergeAnswer::KeepRemote).unwrap();
    assert_eq!(b.settle().next, NextStep::Done);
    a.settle();
    same_as_server(&a, &backend);
    same_as_server(&b, &backend);
}

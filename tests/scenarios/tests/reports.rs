//! What a run reports and leaves in the status, in cases where the server, the transport or the app is not at its best.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, SECRET, all_agree};
use foodlens_server::{Endpoint, Fault, FaultKind, PauseRule};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

fn milk(severity: Severity) -> AllergyContent {
    AllergyContent { severity: Some(severity), ..AllergyContent::new(Allergen::Eu(EuAllergen::Milk)) }
}

fn scan(at: i64) -> HistoryContent {
    HistoryContent::new(HistoryKind::Scan, at)
}

/// Two phones of one user that both know the mild milk, the second with a merge hook.
fn two_phones(backend: &Backend, merge: Option<Arc<dyn MergeHook>>) -> (Phone, Phone, RecordId) {
    let a = Phone::new(&backend.url(), "ana");
    let b = Phone::with_options(&backend.url(), "ana", PhoneOptions { merge, ..Default::default() });
    let id = a.session.allergies().add(&milk(Severity::Mild)).unwrap();
    let _ = (a.settle(), b.settle());
    (a, b, id)
}

fn worsen(session: &Session, id: RecordId, severity: Severity) {
    let shown = session.allergies().get(id).unwrap();
    session.allergies().update(&shown, &milk(severity)).unwrap();
}

#[test]
fn a_question_that_a_page_raises_is_counted_and_so_is_its_change() {
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend, None);
    worsen(&a.session, id, Severity::Severe);
    a.settle();
    worsen(&b.session, id, Severity::Moderate);
    // Nothing goes up, so that the page is first to tell.
    backend.server.set_pauses(vec![PauseRule::default()]);
    b.clock.advance_ms(86_400_000);
    let report = b.sync();
    assert_eq!((report.acknowledged, report.pulled, report.conflicts_raised), (0, 1, 1));
    let asked = b.session.queue().list(QueueFilter::Failed, 0, 9).unwrap().remove(0);
    let refused = b.session.queue().retry(asked.position, asked.id).unwrap_err();
    assert_eq!(
        *refused.kind(),
        ErrorKind::WrongState { state: "a conflict" },
        "an answer is what it waits for"
    );
}

#[test]
fn when_it_goes_on_is_in_the_status_also_after_the_run() {
    let backend = Backend::start().unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let next = |phone: &Phone| phone.session.status().unwrap().next_attempt_at;
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::status(503)));
    let NextStep::RetryAt(at) = phone.sync().next else { panic!("it failed") };
    assert_eq!(next(&phone), Some(at));
    phone.clock.advance_ms(86_400_000);
    assert_eq!((phone.sync().next, next(&phone)), (NextStep::Done, None));
    let report = phone.session.sync(Duration::ZERO).unwrap();
    assert_eq!((report.next, next(&phone)), (NextStep::MoreWork, Some(phone.clock.now_ms())));
}

#[test]
fn what_the_hook_has_decided_goes_within_the_same_run() {
    struct Ours;
    impl MergeHook for Ours {
        fn resolve(&self, _: &Conflict) -> Result<MergeAnswer, HookError> {
            Ok(MergeAnswer::KeepLocal)
        }
    }
    let backend = Backend::start().unwrap();
    let (a, b, id) = two_phones(&backend, Some(Arc::new(Ours)));
    worsen(&a.session, id, Severity::Severe);
    a.settle();
    worsen(&b.session, id, Severity::Moderate);
    let report = b.sync();
    assert_eq!((report.next, report.acknowledged, report.conflicts_answered), (NextStep::Done, 1, 1));
    a.settle();
    all_agree(&[&a, &b], &backend);
}

/// Another edit comes while the hook thinks about the first question.
struct Meanwhile {
    session: OnceLock<Session>,
    asked: Mutex<Vec<i64>>,
}

impl MergeHook for Meanwhile {
    fn resolve(&self, conflict: &Conflict) -> Result<MergeAnswer, HookError> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(conflict.revision);
        if asked.len() == 1 {
            let session = self.session.get().unwrap();
            let shown = session.allergies().get(conflict.record_id).unwrap();
            let to = AllergyContent { notes: Some("meanwhile".into()), ..shown.content.clone() };
            session.allergies().update(&shown, &to).unwrap();
        }
        Ok(MergeAnswer::KeepLocal)
    }
}

#[test]
fn a_question_that_moved_on_while_the_hook_thought_is_asked_again_in_the_same_run() {
    let backend = Backend::start().unwrap();
    let hook = Arc::new(Meanwhile { session: OnceLock::new(), asked: Mutex::default() });
    let (a, b, id) = two_phones(&backend, Some(hook.clone()));
    let _ = hook.session.set(b.session.clone());
    worsen(&a.session, id, Severity::Severe);
    a.settle();
    worsen(&b.session, id, Severity::Moderate);
    assert_eq!(b.sync().next, NextStep::Done);
    assert_eq!(*hook.asked.lock().unwrap(), [1, 2]);
    a.settle();
    let content = a.session.allergies().get(id).unwrap().content;
    assert_eq!((content.severity, content.notes.as_deref()), (Some(Severity::Moderate), Some("meanwhile")));
    all_agree(&[&a, &b], &backend);
}

/// A host's own transport, which fills every answer up to a length.
struct Padded {
    to: HttpTransport,
    length: usize,
}

impl Transport for Padded {
    fn execute(&self, request: &Request) -> Outcome {
        match self.to.execute(request) {
            Outcome::Response(mut response) => {
                response.body.resize(self.length, b' ');
                Outcome::Response(response)
            }
            other => other,
        }
    }
}

#[test]
fn the_limit_of_an_answer_holds_for_a_hosts_own_transport_and_is_itself_allowed() {
    const LIMIT: usize = 8_000;
    for (length, next) in [(LIMIT, Some(NextStep::Done)), (LIMIT + 1, None)] {
        let backend = Backend::start().unwrap();
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        let to = HttpTransport::new(&backend.url(), &options).unwrap();
        let options = PhoneOptions {
            transport: Some(Arc::new(Padded { to, length })),
            max_response_bytes: Some(LIMIT as u64),
            ..Default::default()
        };
        let report = Phone::with_options(&backend.url(), "ana", options).sync();
        assert_eq!(report.error.is_none(), next.is_some(), "{length}: {report:?}");
        assert!(next.is_none_or(|next| next == report.next), "{length}: {report:?}");
        assert!(report.error.is_none_or(|error| error == "answer too large"), "{length}");
    }
}

/// The app cancels its run while it is asked for a token, and gives none.
struct GivesUp(OnceLock<Session>);

impl TokenProvider for GivesUp {
    fn token(&self, user: &UserId, _: bool) -> Result<AccessToken, HookError> {
        match self.0.get() {
            Some(session) => {
                session.cancel_sync();
                Err(HookError)
            }
            None => {
                let value =
                    foodlens_server::mint_token(SECRET, user.as_str(), 3_600).map_err(|_| HookError)?;
                Ok(AccessToken { user_id: user.as_str().to_owned(), value })
            }
        }
    }
}

#[test]
fn no_token_for_a_run_that_was_cancelled_says_nothing_about_the_sign_in() {
    let backend = Backend::start().unwrap();
    let tokens = Arc::new(GivesUp(OnceLock::new()));
    let options = PhoneOptions { tokens: Some(tokens.clone()), ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    assert_eq!(phone.sync().next, NextStep::Done);
    let _ = tokens.0.set(phone.session.clone());
    let report = phone.sync();
    assert_eq!((report.next, report.error), (NextStep::MoreWork, None));
    assert!(!phone.session.status().unwrap().auth_required);
}

#[test]
fn a_backend_without_a_batch_is_not_tried_again_within_a_day() {
    let backend = Backend::start_with(|options| foodlens_server::Options {
        batch: false,
        capabilities: false,
        ..options
    })
    .unwrap();
    let phone = Phone::new(&backend.url(), "ana");
    let tried = || backend.server.requests().all().iter().filter(|seen| seen.path == "/v1/me/batch").count();
    for (wait, expected) in [(0, 1), (23 * 3_600_000, 1), (2 * 3_600_000, 2)] {
        phone.clock.advance_ms(wait);
        phone.session.history().add(&scan(1)).unwrap();
        assert_eq!(phone.sync().next, NextStep::Done);
        assert_eq!(tried(), expected, "after {wait} more");
    }
}

#[test]
fn a_version_with_a_space_in_it_is_told() {
    let backend = Backend::start().unwrap();
    let configure = |config: &mut Config| config.app_version = Some("2.1 (7)".into());
    let options = PhoneOptions { configure: Some(Arc::new(configure)), ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    let _ = phone.sync();
    let seen = backend.server.requests().all();
    assert!(seen.iter().all(|seen| seen.app_version.as_deref() == Some("2.1 (7)")), "{seen:?}");
}

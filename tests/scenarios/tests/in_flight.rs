//! A backend that takes one write a request gets several at the same time, of different records: first one, then two, then
//! four. Each is judged for itself, and what is said of allergies arrives in its order.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, SECRET, all_agree};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

/// Lets writes go on to the real server when all that should be under way with them are.
struct Flights {
    to: HttpTransport,
    /// How many writes each flight has.
    plan: Vec<usize>,
    arrived: Mutex<Vec<String>>,
    changed: Condvar,
    /// What is under way is looked at in its queue.
    session: OnceLock<Session>,
    /// Writes about allergies that were under way at the same time, at most.
    most_of_allergies: AtomicUsize,
    /// The token that is good no more.
    expired: Mutex<Option<String>>,
    /// From this write on, the token that it has is good no more.
    expires_at: usize,
}

impl Flights {
    fn new(backend: &Backend, plan: &[usize], expires_at: usize) -> Arc<Self> {
        let options = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
        Arc::new(Self {
            to: HttpTransport::new(&backend.url(), &options).unwrap(),
            plan: plan.to_vec(),
            arrived: Mutex::default(),
            changed: Condvar::new(),
            session: OnceLock::new(),
            most_of_allergies: AtomicUsize::new(0),
            expired: Mutex::default(),
            expires_at,
        })
    }

    /// How many writes have arrived when the flight of this one is whole.
    fn whole(&self, at: usize) -> usize {
        let ends = self.plan.iter().scan(0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        ends.into_iter().find(|end| at < *end).unwrap_or(0)
    }
}

impl Transport for Flights {
    fn execute(&self, request: &Request) -> Outcome {
        let bearer = request.headers.iter().find(|(name, _)| name == "authorization").unwrap().1.clone();
        if request.method != Method::Get {
            let mut arrived = self.arrived.lock().unwrap();
            let at = arrived.len();
            arrived.push(request.url.rsplit("/v1/me/").next().unwrap().to_owned());
            if at == self.expires_at {
                *self.expired.lock().unwrap() = Some(bearer.clone());
            }
            self.changed.notify_all();
            let limit = Duration::from_secs(60);
            let (arrived, late) =
                self.changed.wait_timeout_while(arrived, limit, |all| all.len() < self.whole(at)).unwrap();
            drop(arrived);
            assert!(!late.timed_out(), "the flight of write {at} is not whole");
            if let Some(session) = self.session.get() {
                let waiting = session.queue().list(QueueFilter::Unsent, 0, 100).unwrap();
                let sending = waiting.iter().filter(|op| op.state == OperationState::Sending);
                let of_allergies = |op: &&QueuedOperation| {
                    matches!(op.collection, Collection::Allergies | Collection::AllergyList)
                };
                let count = sending.filter(of_allergies).count();
                self.most_of_allergies.fetch_max(count, Ordering::Relaxed);
            }
        }
        if self.expired.lock().unwrap().as_ref() == Some(&bearer) {
            return Outcome::Response(Response {
                status: 401,
                retry_after: None,
                content_type: None,
                body: Vec::new(),
            });
        }
        self.to.execute(request)
    }
}

/// Gives another token each time.
#[derive(Default)]
struct Tokens(Mutex<Vec<bool>>);

impl TokenProvider for Tokens {
    fn token(&self, user: &UserId, refused: bool) -> std::result::Result<AccessToken, HookError> {
        let mut given = self.0.lock().unwrap();
        given.push(refused);
        let value = foodlens_server::mint_token(SECRET, user.as_str(), 3_600 + given.len() as i64).unwrap();
        Ok(AccessToken { user_id: user.as_str().to_owned(), value })
    }
}

fn plain() -> Backend {
    Backend::start_with(|options| foodlens_server::Options { batch: false, ..options }).unwrap()
}

fn phone(backend: &Backend, flights: &Arc<Flights>, tokens: Option<Arc<dyn TokenProvider>>) -> Phone {
    let options = PhoneOptions { transport: Some(flights.clone()), tokens, ..Default::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    assert!(flights.session.set(phone.session.clone()).is_ok());
    phone
}

fn scans(phone: &Phone, count: i64) {
    for at in 0..count {
        phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, at)).unwrap();
    }
}

#[test]
fn one_then_two_then_four_are_under_way() {
    let backend = plain();
    let flights = Flights::new(&backend, &[1, 2, 4, 4, 1], usize::MAX);
    let phone = phone(&backend, &flights, None);
    scans(&phone, 12);
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 12);
    all_agree(&[&phone], &backend);
}

#[test]
fn each_answer_is_for_its_own_write() {
    let backend = plain();
    let flights = Flights::new(&backend, &[1, 2, 4], usize::MAX);
    let phone = phone(&backend, &flights, None);
    scans(&phone, 7);
    let faults = backend.server.faults();
    faults.push(Fault::new(Endpoint::Write, FaultKind::DelayMs { ms: 1 }).times(3));
    // Two of the four meet these.
    faults.push(Fault::new(Endpoint::Write, FaultKind::CommitThenSilence { after: None }));
    faults.push(Fault::new(Endpoint::Write, FaultKind::portal()));
    let first = phone.sync();
    assert_eq!(first.acknowledged, 5, "the three before, and the two that got their answer");
    assert_eq!(phone.session.queue().counts().unwrap().pending, 2);
    assert_eq!(phone.settle().next, NextStep::Done);
    let stats = backend.server.stats();
    assert_eq!((stats.applied, stats.duplicates), (7, 1));
    all_agree(&[&phone], &backend);
}

#[test]
fn a_token_that_is_too_old_for_all_of_them_is_renewed_once() {
    let backend = plain();
    // The four that are refused go again one after the other.
    let flights = Flights::new(&backend, &[1, 2, 4, 1, 1, 1, 1], 3);
    let tokens = Arc::new(Tokens::default());
    let phone = phone(&backend, &flights, Some(tokens.clone()));
    scans(&phone, 7);
    assert_eq!(phone.sync().next, NextStep::Done);
    assert_eq!(*tokens.0.lock().unwrap(), [false, true]);
    let stats = backend.server.stats();
    assert_eq!((stats.applied, stats.duplicates), (7, 0));
    all_agree(&[&phone], &backend);
}

#[test]
fn what_is_said_of_allergies_arrives_one_by_one_in_its_order() {
    let backend = plain();
    let flights = Flights::new(&backend, &[], usize::MAX);
    let phone = phone(&backend, &flights, None);
    scans(&phone, 3);
    let mut said = Vec::new();
    for name in ["kiwi", "celery", "lupin", "sesame"] {
        let allergy = AllergyContent {
            severity: Some(Severity::Severe),
            ..AllergyContent::new(Allergen::Custom(name.into()))
        };
        said.push(format!("allergies/{}", phone.session.allergies().add(&allergy).unwrap()));
        scans(&phone, 2);
    }
    assert_eq!(phone.settle().next, NextStep::Done);
    let arrived = flights.arrived.lock().unwrap().clone();
    let of_allergies: Vec<_> = arrived.into_iter().filter(|url| url.starts_with("allergies/")).collect();
    assert_eq!(of_allergies, said);
    assert_eq!(flights.most_of_allergies.load(Ordering::Relaxed), 1);
    all_agree(&[&phone], &backend);
}

//! The app's monitoring hears what happens, and nothing that is a person's own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use foodlens_server::{Endpoint, Fault, FaultKind};
use std::sync::{Arc, Mutex};

const ALLERGEN: &str = "canary-allergen";

#[derive(Default)]
struct Sink(Mutex<Vec<TelemetryEvent>>);

impl Telemetry for Sink {
    fn on_event(&self, event: &TelemetryEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn heard(sink: &Sink) -> Vec<TelemetryEvent> {
    std::mem::take(&mut sink.0.lock().unwrap())
}

fn phone(backend: &Backend, sink: Arc<dyn Telemetry>) -> Phone {
    let options = PhoneOptions { telemetry: Some(sink), ..Default::default() };
    Phone::with_options(&backend.url(), "ana", options)
}

#[test]
fn a_run_tells_its_requests_what_was_parked_and_how_it_ended() {
    let backend = Backend::start().unwrap();
    let sink = Arc::new(Sink::default());
    let phone = phone(&backend, sink.clone());
    phone.settle();
    phone.clock.advance_ms(86_400_000);
    heard(&sink);
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    backend.server.faults().push(Fault::new(Endpoint::Batch, FaultKind::status(422)));
    backend.server.faults().push(Fault::new(Endpoint::Changes, FaultKind::DropBeforeCommit));
    let report = phone.sync();
    let events = heard(&sink);
    assert!(events.iter().all(|event| event.run_id == report.run_id && event.user.as_str() == "ana"));
    let what: Vec<_> = events.iter().map(|event| &event.what).collect();
    let [Happened::RunStarted, requests @ .., Happened::RunEnded { report: told, duration_ms }] = &what[..]
    else {
        panic!("{what:#?}")
    };
    assert_eq!((told, *duration_ms >= 0), (&report, true));
    let asked: Vec<_> = requests
        .iter()
        .filter_map(|what| match what {
            Happened::Request { endpoint, operations, status, failure, request_id, .. } => {
                assert!(uuid::Uuid::try_parse(request_id).is_ok());
                Some((*endpoint, *operations, *status, failure.is_some()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        asked,
        [("capabilities", 0, Some(200), false), ("batch", 1, Some(422), false), ("changes", 0, None, true)]
    );
    let parked = requests.iter().find_map(|what| match what {
        Happened::OperationParked { reason, http_status, collection, request_id, .. } => {
            Some((*reason, *http_status, *collection, request_id.is_some()))
        }
        _ => None,
    });
    assert_eq!(parked, Some((FailureReason::Refused, Some(422), Collection::History, true)));
}

struct Broken;

impl Telemetry for Broken {
    fn on_event(&self, _: &TelemetryEvent) {
        panic!("the app's monitoring is broken");
    }
}

#[test]
fn a_sink_that_panics_harms_no_run() {
    let backend = Backend::start().unwrap();
    let phone = phone(&backend, Arc::new(Broken));
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    assert_eq!(phone.settle().next, NextStep::Done);
}

#[test]
fn no_token_no_content_and_no_url_is_in_any_event() {
    let backend = Backend::start().unwrap();
    let sink = Arc::new(Sink::default());
    let phone = phone(&backend, sink.clone());
    let allergen = || AllergyContent::new(Allergen::Custom(ALLERGEN.into()));
    let problem = format!(r#"{{"status":422,"code":"{ALLERGEN} Bearer","title":"{ALLERGEN}"}}"#);
    let answers = [
        FaultKind::portal(),
        FaultKind::Garbage,
        FaultKind::WrongUser,
        FaultKind::status(500),
        FaultKind::Status {
            status: 422,
            retry_after: None,
            body: Some(problem),
            content_type: Some("application/problem+json".into()),
            headers: Default::default(),
        },
    ];
    for answer in answers {
        phone.session.allergies().add(&allergen()).unwrap();
        backend.server.faults().push(Fault::new(Endpoint::Batch, answer).times(3));
        phone.settle();
        backend.server.faults().clear();
    }
    let bad = foodlens_server::RawRecord {
        entity: "allergies".into(),
        id: uuid::Uuid::from_u128(1).to_string(),
        deleted: false,
        fields: serde_json::json!({"allergen": ALLERGEN}),
    };
    backend.server.put_raw("ana", &bad).unwrap();
    phone.settle();
    let events = heard(&sink);
    assert!(events.iter().any(|event| matches!(event.what, Happened::OperationParked { .. })), "{events:#?}");
    let said = format!("{events:?}");
    for secret in [ALLERGEN, "Bearer", "eyJ", "http://", "127.0.0.1", "ana"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

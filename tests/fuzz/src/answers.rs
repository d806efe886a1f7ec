//! A backend that answers anything: batch and single verdicts, problems, feed pages, history pages, capabilities.
//!
//! The input is a script: answers in their order, each a line `STATUS CONTENT_TYPE RETRY_AFTER` (the last two may be
//! missing) and a body up to a line `--`. When it is through, there is no network.

use crate::device::{Device, must};
use foodlens_core::{Outcome, QueueFilter, Request, Response, Transport};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const BETWEEN: &str = "\n--\n";
const MOST_ANSWERS: usize = 64;

/// What must hold: a run ends without an error of the store; a write leaves the queue only after an answer that names its
/// key; the allergy stays as severe as it is unless an answer names its record; what is stored fits together.
pub fn answers(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let answers: Vec<Response> = text.split(BETWEEN).take(MOST_ANSWERS).map(response).collect();
    let named: String =
        answers.iter().map(|answer| hex_digits(&String::from_utf8_lossy(&answer.body))).collect();
    let script = Arc::new(Script(Mutex::new(answers.into())));
    let device = Device::new(script.clone());
    let queued = must(device.session.queue().list(QueueFilter::Unsent, 0, 100));
    // A night: what is to be tried later is tried later.
    for _ in 0..MOST_ANSWERS {
        must(device.session.sync(Duration::from_secs(60)));
        device.clock.advance_ms(3_600_000);
        if script.is_through() {
            break;
        }
    }
    let waiting = must(device.session.queue().list(QueueFilter::Unsent, 0, 1_000));
    for operation in &queued {
        let waits = waiting.iter().any(|other| other.id == operation.id);
        assert!(waits || names(&named, &operation.id.to_string()), "a write left the queue unasked");
    }
    let peanuts = &queued[0].record_id.to_string();
    assert!(device.fears_peanuts() || names(&named, peanuts), "an allergy is gone or weaker");
    device.is_sound();
}

struct Script(Mutex<VecDeque<Response>>);

impl Script {
    fn next(&self) -> Option<Response> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn is_through(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}

impl Transport for Script {
    fn execute(&self, _: &Request) -> Outcome {
        self.next().map_or(Outcome::NotSent("offline"), Outcome::Response)
    }
}

fn response(text: &str) -> Response {
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let mut words = head.split(' ');
    let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
    let mut word = || words.next().filter(|word| !word.is_empty()).map(str::to_owned);
    Response { status, content_type: word(), retry_after: word(), body: body.as_bytes().to_vec() }
}

/// The script of what a backend answers to the same phone: the beginnings of the corpus.
pub fn recorded(backend: Arc<dyn Transport>) -> String {
    let recorder = Arc::new(Recorder { backend, answers: Mutex::default() });
    let device = Device::new(recorder.clone());
    for _ in 0..3 {
        must(device.session.sync(Duration::from_secs(60)));
        device.clock.advance_ms(3_600_000);
    }
    script_of(&recorder.answers.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Recorder {
    backend: Arc<dyn Transport>,
    answers: Mutex<Vec<Response>>,
}

impl Transport for Recorder {
    fn execute(&self, request: &Request) -> Outcome {
        let outcome = self.backend.execute(request);
        if let Outcome::Response(response) = &outcome {
            self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(response.clone());
        }
        outcome
    }
}

fn script_of(answers: &[Response]) -> String {
    let one = |answer: &Response| {
        let kind = answer.content_type.as_deref().unwrap_or_default();
        let wait = answer.retry_after.as_deref().unwrap_or_default();
        let body = String::from_utf8_lossy(&answer.body);
        format!("{} {kind} {wait}\n{body}", answer.status)
    };
    answers.iter().map(one).collect::<Vec<_>>().join(BETWEEN)
}

/// An id may be written with or without hyphens, in small or in capital letters.
fn hex_digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase()).collect()
}

fn names(digits: &str, id: &str) -> bool {
    digits.contains(&hex_digits(id))
}

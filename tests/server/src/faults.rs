//! Misbehaviour on demand: a queue of faults, each met by the next requests that it matches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Which requests a fault is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /v1/me/batch`.
    Batch,
    /// `GET /v1/me/changes`.
    Changes,
    /// `GET /v1/me/history`.
    History,
    /// `GET /v1/me/capabilities`.
    Capabilities,
    /// A write of its own: `PUT`, `PATCH`, `DELETE`.
    Write,
    /// A plain read.
    Read,
    /// All of these.
    #[default]
    Any,
}

/// A fault, and how often it happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Which requests it is for.
    #[serde(default)]
    pub endpoint: Endpoint,
    /// How many requests it meets before it is gone.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
}

fn once() -> u32 {
    1
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FaultKind {
    /// The request takes effect, then the connection closes without an answer.
    CommitThenSilence {
        /// Only so many operations of a batch take effect.
        #[serde(default)]
        after: Option<usize>,
    },
    /// The request takes effect, then the process aborts. A server inside a test closes the connection instead.
    DieAfterCommit {
        /// Only so many operations of a batch take effect.
        #[serde(default)]
        after: Option<usize>,
    },
    /// The request arrives, takes no effect, and the connection closes without an answer.
    DropBeforeCommit,
    /// Something between answers in place of the server; nothing takes effect.
    Status {
        /// The HTTP status, 200 for a portal page.
        status: u16,
        /// The `Retry-After` header, as it is.
        #[serde(default)]
        retry_after: Option<String>,
        /// The body; none for a problem of that status.
        #[serde(default)]
        body: Option<String>,
        /// The body's type; none for `text/html`.
        #[serde(default)]
        content_type: Option<String>,
        /// Further headers, such as `location`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The request waits, then goes on as usual.
    DelayMs {
        /// How long.
        ms: u64,
    },
    /// The request waits, takes no effect, and the connection closes without an answer.
    HangMs {
        /// How long.
        ms: u64,
    },
    /// The request takes effect; the answer is 200 and `application/json`, but no JSON.
    Garbage,
    /// The request takes effect; the connection closes in the middle of the answer's body.
    Truncated,
    /// The request takes effect; the answer names another user.
    WrongUser,
}

impl Fault {
    /// A fault that happens once.
    pub fn new(endpoint: Endpoint, kind: FaultKind) -> Self {
        Self { endpoint, times: 1, kind }
    }

    /// The same, `times` times.
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }
}

impl FaultKind {
    /// A status with a problem as its body.
    pub fn status(status: u16) -> Self {
        FaultKind::Status {
            status,
            retry_after: None,
            body: None,
            content_type: None,
            headers: BTreeMap::new(),
        }
    }

    /// A status with a problem as its body, and a `Retry-After` header.
    pub fn retry_after(status: u16, retry_after: &str) -> Self {
        let mut kind = Self::status(status);
        if let FaultKind::Status { retry_after: place, .. } = &mut kind {
            *place = Some(retry_after.to_owned());
        }
        kind
    }

    /// The page of a captive portal: 200 and HTML.
    pub fn portal() -> Self {
        let mut kind = Self::status(200);
        if let FaultKind::Status { body, .. } = &mut kind {
            *body = Some("<html><body>Sign in to this network</body></html>".to_owned());
        }
        kind
    }

    /// A redirect to `location`.
    pub fn redirect(location: &str) -> Self {
        let mut kind = Self::status(302);
        if let FaultKind::Status { headers, body, .. } = &mut kind {
            headers.insert("location".to_owned(), location.to_owned());
            *body = Some(String::new());
        }
        kind
    }
}

/// The queue, shared with a running server.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    /// Adds a fault behind those that wait. A request meets at most one: the first that matches.
    pub fn push(&self, fault: Fault) {
        if fault.times > 0 {
            self.queue().push_back(fault);
        }
    }

    /// How many requests can still meet a fault.
    pub fn waiting(&self) -> u32 {
        self.queue().iter().map(|fault| fault.times).sum()
    }

    /// Lets everything go well again.
    pub fn clear(&self) {
        self.queue().clear();
    }

    /// The fault of a request, used up by it.
    pub(crate) fn take(&self, endpoint: Endpoint) -> Option<FaultKind> {
        let mut queue = self.queue();
        let matches = |fault: &Fault| fault.endpoint == endpoint || fault.endpoint == Endpoint::Any;
        let place = queue.iter().position(matches)?;
        let fault = queue.get_mut(place)?;
        fault.times -= 1;
        let kind = fault.kind.clone();
        if fault.times == 0 {
            queue.remove(place);
        }
        Some(kind)
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_meets_the_first_fault_that_matches_as_often_as_it_says() {
        let faults = Faults::default();
        faults.push(Fault::new(Endpoint::Batch, FaultKind::Garbage).times(2));
        faults.push(Fault::new(Endpoint::Any, FaultKind::WrongUser));
        assert_eq!(faults.waiting(), 3);
        assert_eq!(faults.take(Endpoint::Batch), Some(FaultKind::Garbage));
        assert_eq!(faults.take(Endpoint::Changes), Some(FaultKind::WrongUser));
        assert_eq!(faults.take(Endpoint::Changes), None);
        assert_eq!(faults.take(Endpoint::Batch), Some(FaultKind::Garbage));
        assert_eq!(faults.take(Endpoint::Batch), None);
    }

    #[test]
    fn faults_in_json() {
        let read = |text: &str| serde_json::from_str::<Fault>(text).unwrap();
        assert_eq!(
            read(r#"{"fault":"commit_then_silence"}"#),
            Fault::new(Endpoint::Any, FaultKind::CommitThenSilence { after: None })
        );
        assert_eq!(
            read(r#"{"endpoint":"batch","times":3,"fault":"status","status":429,"retry_after":"7"}"#),
            Fault::new(Endpoint::Batch, FaultKind::retry_after(429, "7")).times(3)
        );
        assert_eq!(
            read(r#"{"endpoint":"write","fault":"die_after_commit","after":1}"#).kind,
            FaultKind::DieAfterCommit { after: Some(1) }
        );
        assert_eq!(read(r#"{"fault":"hang_ms","ms":5}"#).kind, FaultKind::HangMs { ms: 5 });
        assert!(serde_json::from_str::<Fault>(r#"{"fault":"sunshine"}"#).is_err());
    }
}

//! The line between a device and the backend, where requests meet trouble.

use super::backend::Backend;
use super::ledger::writes_of;
use super::storage::Storage;
use super::time::WorldTime;
use crate::plan::{Network, Trouble};
use crate::report::Tally;
use foodlens_core::{HistoryContent, HistoryKind, Outcome, Request, Response, Session, SignOut, Transport};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Longer than any run's time.
const TOO_LONG_MS: i64 = 120_000;

/// What is shared by everybody in a world.
pub struct Shared {
    pub time: WorldTime,
    pub backend: Mutex<Backend>,
    pub tally: Mutex<Tally>,
}

impl Shared {
    /// The backend, for a moment.
    pub fn backend(&self) -> MutexGuard<'_, Backend> {
        lock(&self.backend)
    }

    /// The counts, for a moment.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }
}

/// A panic under the lock ends the world anyway.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A device's line.
pub struct Line {
    pub shared: Arc<Shared>,
    pub storage: Arc<Storage>,
    pub state: Mutex<LineState>,
}

/// What goes on at a line.
pub struct LineState {
    pub network: Network,
    /// Troubles with the number of requests before each.
    pub troubles: Vec<(u32, Trouble)>,
    /// To arrive a second time.
    pub again: Vec<Request>,
    /// The session whose run is under way.
    pub session: Option<Session>,
    /// The user has signed out while a request was under way.
    pub signed_out: bool,
    /// How often a person has written while a request was under way.
    pub edits: u64,
    /// Requests of the present run.
    pub requests: u64,
    /// When requests failed, since somebody began to follow the reports.
    pub failed_at: Vec<i64>,
}

impl Default for LineState {
    fn default() -> Self {
        Self {
            network: Network::Good,
            troubles: Vec::new(),
            again: Vec::new(),
            session: None,
            signed_out: false,
            edits: 0,
            requests: 0,
            failed_at: Vec::new(),
        }
    }
}

impl LineState {
    fn next_trouble(&mut self) -> Option<Trouble> {
        let met = self.troubles.iter().position(|(after, _)| *after == 0);
        for (after, _) in &mut self.troubles {
            *after = after.saturating_sub(1);
        }
        met.map(|index| self.troubles.remove(index).1)
    }
}

impl Transport for Line {
    fn execute(&self, request: &Request) -> Outcome {
        let (trouble, network, again, session) = {
            let mut state = lock(&self.state);
            state.requests += 1;
            (state.next_trouble(), state.network, std::mem::take(&mut state.again), state.session.clone())
        };
        for late in &again {
            self.shared.backend().deliver(late);
        }
        let trouble = network.trouble().or(trouble);
        self.count(request, trouble, network);
        // A request takes its time.
        self.shared.time.pass(20);
        let outcome = match (network, trouble) {
            (Network::Down, _) => Outcome::NotSent("no route"),
            (Network::Silent, _) => {
                self.deliver(request);
                self.shared.time.pass(30_000);
                Outcome::OutcomeUnknown("time-out")
            }
            (_, None) => self.answer(request),
            (_, Some(trouble)) => self.meet(trouble, request, session),
        };
        self.remember(request, &outcome);
        outcome
    }
}

impl Network {
    /// What every request meets by it.
    fn trouble(self) -> Option<Trouble> {
        match self {
            Self::Failing => Some(Trouble::Status { status: 500, retry_after: None }),
            Self::Overloaded => Some(Trouble::Status { status: 429, retry_after: Some(60) }),
            Self::Good | Self::Down | Self::Silent => None,
        }
    }
}

impl Line {
    fn meet(&self, trouble: Trouble, request: &Request, session: Option<Session>) -> Outcome {
        let lost = Outcome::OutcomeUnknown("connection lost");
        match trouble {
            Trouble::BeforeConnect => Outcome::NotSent("refused"),
            Trouble::HalfSent | Trouble::ReceivedNotCommitted => lost,
            Trouble::CommittedAndSilent => {
                self.deliver(request);
                lost
            }
            Trouble::PartlyCommitted { writes } => {
                self.shared.backend().deliver_partly(request, writes);
                lost
            }
            Trouble::HalfReply => {
                self.deliver(request);
                Outcome::OutcomeUnknown("cut short")
            }
            Trouble::HalfReplyUnnoticed => self.changed(request, |answer| {
                let half = answer.body.len() / 2;
                answer.body.truncate(half);
            }),
            Trouble::DeliveredTwice => {
                self.deliver(request);
                self.answer(request)
            }
            Trouble::DeliveredAgainLater => {
                lock(&self.state).again.push(request.clone());
                self.answer(request)
            }
            Trouble::LateReply => {
                self.shared.time.pass(TOO_LONG_MS);
                self.answer(request)
            }
            Trouble::Slow { ms } => {
                self.shared.time.pass(i64::from(ms));
                self.answer(request)
            }
            Trouble::Status { status, retry_after } => Outcome::Response(Response {
                status,
                retry_after: retry_after.map(|seconds| seconds.to_string()),
                content_type: Some("application/problem+json".into()),
                body: format!(r#"{{"status":{status},"code":"fault","title":"t"}}"#).into_bytes(),
            }),
            Trouble::Portal => Outcome::Response(Response {
                status: 200,
                retry_after: None,
                content_type: Some("text/html".into()),
                body: b"<html>Welcome to the hotel</html>".to_vec(),
            }),
            Trouble::Garbage => self.changed(request, |answer| answer.body = br#"{"user":"#.to_vec()),
            Trouble::AnswerForAnother => self.changed(request, |answer| {
                if let Ok(mut body) = serde_json::from_slice::<serde_json::Value>(&answer.body) {
                    body["user"] = "somebody-else".into();
                    answer.body = body.to_string().into_bytes();
                }
            }),
            Trouble::EditMeanwhile => {
                if let Some(session) = session {
                    lock(&self.state).edits += 1;
                    let at = self.shared.time.now_ms();
                    // An error is one of storage: the edit was not stored, and nobody was told that it was.
                    let _ = session.history().add(&HistoryContent::new(HistoryKind::Meal, at));
                }
                self.answer(request)
            }
            Trouble::CancelMeanwhile => {
                session.iter().for_each(Session::cancel_sync);
                self.answer(request)
            }
            Trouble::SignOutMeanwhile => {
                if let Some(session) = session {
                    let out = session.sign_out(&SignOut::KeepSealed);
                    lock(&self.state).signed_out |= out.is_ok();
                }
                self.answer(request)
            }
            Trouble::DeathMeanwhile => {
                self.deliver(request);
                self.storage.crash();
                lost
            }
        }
    }

    /// What I10 asks about: when requests failed, and which writes may have been tried.
    fn remember(&self, request: &Request, outcome: &Outcome) {
        let (failed, tried) = match outcome {
            Outcome::NotSent(_) => (true, false),
            Outcome::OutcomeUnknown(_) => (true, true),
            Outcome::Response(answer) => {
                let put_off = matches!(answer.status, 401 | 429 | 503);
                (put_off || answer.status >= 500, !put_off)
            }
        };
        if failed {
            lock(&self.state).failed_at.push(self.shared.time.now_ms());
        }
        if tried {
            self.shared.backend().ledger.tried(request);
        }
    }

    fn deliver(&self, request: &Request) -> Option<Response> {
        self.shared.backend().deliver(request)
    }

    fn answer(&self, request: &Request) -> Outcome {
        self.deliver(request).map_or(Outcome::OutcomeUnknown("connection lost"), Outcome::Response)
    }

    fn changed(&self, request: &Request, change: impl FnOnce(&mut Response)) -> Outcome {
        let Some(mut answer) = self.deliver(request) else {
            return Outcome::OutcomeUnknown("connection lost");
        };
        change(&mut answer);
        Outcome::Response(answer)
    }

    /// Which fault met which kind of operation.
    fn count(&self, request: &Request, trouble: Option<Trouble>, network: Network) {
        let mut kinds: Vec<_> = writes_of(request).into_iter().map(|write| write.kind).collect();
        if kinds.is_empty() {
            let path = request.url.split("/v1/me/").nth(1).unwrap_or_default();
            kinds.push(path.split('?').next().unwrap_or_default().to_owned());
        }
        self.shared.tally().requests += 1;
        let fault = match (network, trouble) {
            (Network::Down, _) => "no network",
            (Network::Silent, _) => "silence",
            (_, Some(trouble)) => trouble.name(),
            (_, None) => return,
        };
        for kind in kinds {
            self.shared.tally().on_the_line(fault, &kind);
        }
    }
}

impl Trouble {
    /// Its name in the report.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeConnect => "before connect",
            Self::HalfSent => "half sent",
            Self::ReceivedNotCommitted => "received, not committed",
            Self::CommittedAndSilent => "committed and silent",
            Self::PartlyCommitted { .. } => "partly committed",
            Self::HalfReply => "half a reply",
            Self::HalfReplyUnnoticed => "half a reply, unnoticed",
            Self::DeliveredTwice => "delivered twice",
            Self::DeliveredAgainLater => "delivered again later",
            Self::LateReply => "late reply",
            Self::Slow { .. } => "slow",
            Self::Status { status: 401, .. } => "401",
            Self::Status { status: 429, .. } => "429",
            Self::Status { status: 500.., .. } => "5xx",
            Self::Status { .. } => "another status",
            Self::Portal => "a portal's page",
            Self::Garbage => "garbage",
            Self::AnswerForAnother => "answer for another user",
            Self::EditMeanwhile => "edit meanwhile",
            Self::CancelMeanwhile => "cancel meanwhile",
            Self::SignOutMeanwhile => "sign-out meanwhile",
            Self::DeathMeanwhile => "death meanwhile",
        }
    }
}

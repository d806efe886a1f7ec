//! What an answer means for each operation and for the run, and how long to wait. Pure.

use super::operation::{FailureReason, Kind, Operation};
use crate::ids::UserId;
use crate::transport::{
    BatchReply, Outcome, OverwrittenValue, Page, Problem, RemoteRecord, Response, VerdictItem, VerdictName,
};

/// Waiting between attempts: exponential with full jitter and a ceiling.
/// (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct BackoffPolicy {
    pub first_ms: i64,
    pub ceiling_ms: i64,
    /// Counted attempts after which an operation is parked.
    pub max_attempts: u32,
}

impl Default for BackoffPolicy {
    fn default() -> Self {
        Self { first_ms: 2_000, ceiling_ms: 15 * 60_000, max_attempts: 10 }
    }
}

impl BackoffPolicy {
    /// The longest wait before the attempt after `failures` failed ones; the real one is drawn from `0..=this`.
    pub fn longest_wait(&self, failures: u32) -> i64 {
        let doubled =
            self.first_ms.saturating_mul(1_i64.checked_shl(failures.saturating_sub(1)).unwrap_or(i64::MAX));
        if failures > 40 { self.ceiling_ms } else { doubled.clamp(0, self.ceiling_ms) }
    }
}

/// What the answer means for one operation.
#[derive(Debug)]
pub(crate) enum OperationVerdict {
    /// The server has it; `record` is its copy now (`None`: it has none, after a delete).
    Acknowledged { record: Option<RemoteRecord>, overwritten: Vec<OverwrittenValue>, duplicate: bool },
    /// The server's copy moved on, or is not there any more (`None`): merge with it.
    Conflict { record: Option<RemoteRecord> },
    /// Refused for good.
    Refused { reason: FailureReason, status: u16, code: String, record: Option<RemoteRecord> },
    /// Wait and send the same again; `counted` against the cap.
    Again { counted: bool },
}

/// What the answer means for the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RunSignal {
    /// Go on.
    Continue,
    /// No network, or something between us and the server (a portal): stop, nothing is counted.
    NoNetwork(&'static str),
    /// The server is in trouble: stop and back off.
    ServerTrouble(&'static str),
    /// The server asks to wait this long (ms).
    Wait(i64),
    /// The token was refused.
    Unauthorized,
    /// The answer is for another user, or the backend refuses this one: stop, nothing is applied.
    WrongUser,
    /// Too much in one request: send less at once.
    TooLarge,
}

/// The judgement of an answer to a batch: one verdict an operation, in the order sent.
#[derive(Debug)]
pub(crate) struct Judgement {
    pub verdicts: Vec<OperationVerdict>,
    pub signal: RunSignal,
    /// The server's epoch, from an answer that could be read.
    pub epoch: Option<String>,
}

impl RunSignal {
    /// A code for logs and the status.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::NoNetwork(code) | Self::ServerTrouble(code) => code,
            Self::Wait(_) => "server asks to wait",
            Self::Unauthorized => "token refused",
            Self::WrongUser => "answer for another user",
            Self::TooLarge => "too large",
        }
    }
}

/// Longest Retry-After that is obeyed.
pub(crate) const MAX_WAIT_MS: i64 = 60 * 60_000;
/// For 429 and 503 without a Retry-After that can be read.
const DEFAULT_WAIT_MS: i64 = 30_000;

/// Judges the answer to a batch. Success is a parsed body that names this user, this operation and a verdict; never a
/// bare 2xx.
pub(crate) fn judge_batch(outcome: &Outcome, user: &UserId, sent: &[Operation]) -> Judgement {
    let all = |counted: bool, signal: RunSignal| Judgement {
        verdicts: sent.iter().map(|_| OperationVerdict::Again { counted }).collect(),
        signal,
        epoch: None,
    };
    let response = match outcome {
        Outcome::NotSent(code) => return all(false, RunSignal::NoNetwork(code)),
        Outcome::OutcomeUnknown(code) => return all(true, RunSignal::ServerTrouble(code)),
        Outcome::Response(response) => response,
    };
    match response.status {
        200 => match serde_json::from_slice::<BatchReply>(&response.body) {
            Ok(reply) if reply.user != user.as_str() => all(false, RunSignal::WrongUser),
            Ok(reply) => Judgement {
                verdicts: sent.iter().map(|operation| verdict_for(operation, &reply)).collect(),
                signal: wait_of(&reply),
                epoch: Some(reply.epoch),
            },
            // A portal's page, or half an answer of the real server: it may have committed, so it is asked again.
            Err(_) if is_json(response) => all(true, RunSignal::ServerTrouble("answer cannot be read")),
            Err(_) => all(false, RunSignal::NoNetwork("not the backend that answers")),
        },
        401 => all(false, RunSignal::Unauthorized),
        408 => all(true, RunSignal::ServerTrouble("time-out at the server")),
        413 if sent.len() > 1 => all(false, RunSignal::TooLarge),
        413 => refused(sent, response, FailureReason::TooLarge),
        429 | 503 => all(false, RunSignal::Wait(wait_ms(response))),
        300..=399 | 511 => all(false, RunSignal::NoNetwork("not the backend that answers")),
        500..=599 => all(true, RunSignal::ServerTrouble("server error")),
        404 | 405 => all(false, RunSignal::ServerTrouble("no batch endpoint")),
        _ => refusal_of_the_whole(response, sent, &all),
    }
}

/// Judges the answer to a request for a page. `Err(None)`: the cursor is not to be used any more.
pub(crate) fn judge_page(outcome: &Outcome) -> Result<Page, Option<RunSignal>> {
    let response = match outcome {
        Outcome::NotSent(code) => return Err(Some(RunSignal::NoNetwork(code))),
        // A read changes nothing: whether it arrived does not matter.
        Outcome::OutcomeUnknown(code) => return Err(Some(RunSignal::ServerTrouble(code))),
        Outcome::Response(response) => response,
    };
    Err(match response.status {
        200 => match serde_json::from_slice::<Page>(&response.body) {
            Ok(page) => return Ok(page),
            Err(_) if is_json(response) => Some(RunSignal::ServerTrouble("answer cannot be read")),
            Err(_) => Some(RunSignal::NoNetwork("not the backend that answers")),
        },
        401 => Some(RunSignal::Unauthorized),
        400 | 410 => match problem(response) {
            Some(problem) if ["cursor_expired", "bad_cursor"].contains(&problem.code.as_str()) => None,
            _ => Some(RunSignal::ServerTrouble("request refused")),
        },
        403 if problem(response).is_some() => Some(RunSignal::WrongUser),
        429 | 503 => Some(RunSignal::Wait(wait_ms(response))),
        300..=399 | 511 => Some(RunSignal::NoNetwork("not the backend that answers")),
        500..=599 => Some(RunSignal::ServerTrouble("server error")),
        _ => Some(RunSignal::ServerTrouble("request refused")),
    })
}

/// A 4xx for the request, not for an operation of it. Only a refusal in the contract's form, of a single operation,
/// parks that operation; a page of some firewall parks nothing.
fn refusal_of_the_whole(
    response: &Response,
    sent: &[Operation],
    all: &dyn Fn(bool, RunSignal) -> Judgement,
) -> Judgement {
    match problem(response) {
        None => all(false, RunSignal::NoNetwork("not the backend that answers")),
        Some(problem) if problem.code == "wrong_user" => all(false, RunSignal::WrongUser),
        Some(_) if sent.len() > 1 => all(false, RunSignal::TooLarge),
        Some(_) if response.status == 403 => refused(sent, response, FailureReason::Forbidden),
        Some(_) => refused(sent, response, FailureReason::Refused),
    }
}

fn verdict_for(operation: &Operation, reply: &BatchReply) -> OperationVerdict {
    let item = reply
        .verdicts
        .iter()
        .filter_map(|raw| serde_json::from_str::<VerdictItem>(raw.get()).ok())
        .find(|item| item.key == operation.key.as_uuid());
    match item {
        // Not named, or not understood: it may have been applied; ask again under the same key.
        None => OperationVerdict::Again { counted: true },
        Some(item) => verdict_of(operation, item),
    }
}

fn verdict_of(operation: &Operation, item: VerdictItem) -> OperationVerdict {
    // A record that is not this operation's is worth nothing.
    let record = item.record.filter(|record| {
        record.id == operation.record_id.as_uuid() && record.entity == operation.collection.name()
    });
    let duplicate = item.verdict == VerdictName::Duplicate;
    match (item.verdict, record) {
        (VerdictName::Applied | VerdictName::Duplicate, None) if operation.kind == Kind::Delete => {
            OperationVerdict::Acknowledged { record: None, overwritten: Vec::new(), duplicate }
        }
        (VerdictName::Applied | VerdictName::Duplicate, Some(record)) => {
            OperationVerdict::Acknowledged { record: Some(record), overwritten: item.overwritten, duplicate }
        }
        (VerdictName::Conflict, record) => OperationVerdict::Conflict { record },
        (VerdictName::Rejected, record) => rejected(operation, item.problem, record),
        (VerdictName::Deferred, _) => OperationVerdict::Again { counted: false },
        (_, None) => OperationVerdict::Again { counted: true },
    }
}

fn rejected(
    operation: &Operation,
    problem: Option<Problem>,
    record: Option<RemoteRecord>,
) -> OperationVerdict {
    let (status, code) =
        problem.map_or((400, String::from("unnamed")), |problem| (problem.status, problem.code));
    let reason = match status {
        // It is gone, which is what the person wanted.
        404 | 410 if operation.kind == Kind::Delete => {
            return OperationVerdict::Acknowledged { record, overwritten: Vec::new(), duplicate: false };
        }
        403 => FailureReason::Forbidden,
        404 => FailureReason::NotFound,
        410 => FailureReason::Gone,
        413 => FailureReason::TooLarge,
        422 => FailureReason::Invalid,
        _ => FailureReason::Refused,
    };
    OperationVerdict::Refused { reason, status, code: safe_code(&code), record }
}

fn refused(sent: &[Operation], response: &Response, reason: FailureReason) -> Judgement {
    let code = problem(response).map_or_else(|| reason.code().to_owned(), |problem| safe_code(&problem.code));
    let one =
        || OperationVerdict::Refused { reason, status: response.status, code: code.clone(), record: None };
    Judgement { verdicts: sent.iter().map(|_| one()).collect(), signal: RunSignal::Continue, epoch: None }
}

/// A deferred operation's wish to wait.
fn wait_of(reply: &BatchReply) -> RunSignal {
    let longest = reply
        .verdicts
        .iter()
        .filter_map(|raw| serde_json::from_str::<VerdictItem>(raw.get()).ok())
        .filter(|item| item.verdict == VerdictName::Deferred)
        .map(|item| item.retry_after_s.map_or(DEFAULT_WAIT_MS, seconds))
        .max();
    longest.map_or(RunSignal::Continue, RunSignal::Wait)
}

fn problem(response: &Response) -> Option<Problem> {
    serde_json::from_slice(&response.body).ok()
}

fn is_json(response: &Response) -> bool {
    response.content_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

fn wait_ms(response: &Response) -> i64 {
    let text = response.retry_after.as_deref().map(str::trim).unwrap_or_default();
    text.parse::<u64>().map_or(DEFAULT_WAIT_MS, seconds)
}

fn seconds(seconds: u64) -> i64 {
    i64::try_from(seconds.saturating_mul(1000)).unwrap_or(MAX_WAIT_MS).clamp(1_000, MAX_WAIT_MS)
}

/// A server's code may be stored and logged only as far as it looks like one.
fn safe_code(code: &str) -> String {
    let fits = !code.is_empty()
        && code.len() <= 40
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b));
    if fits { code.to_owned() } else { "unnamed".to_owned() }
}

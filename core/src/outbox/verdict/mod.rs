//! What an answer means for each operation and for the run. Pure; the table of cases is in `tests.rs`.

use crate::fields::Fields;
use crate::ids::UserId;
use crate::outbox::operation::{FailureReason, Kind, Operation};
use crate::outbox::payload::Payload;
use crate::transport::{
    Addressed, BatchReply, Outcome, OverwrittenValue, Problem, Refusal, RemoteRecord, Response, SingleReply,
    VerdictItem, VerdictName,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// What the answer means for one operation.
#[derive(Debug, PartialEq)]
pub(crate) enum OperationVerdict {
    /// The server has it; `record` is its copy now (`None`: it has none, after a delete).
    Acknowledged {
        record: Option<RemoteRecord<Payload>>,
        overwritten: Vec<OverwrittenValue>,
        duplicate: bool,
    },
    /// The server's copy moved on, or is not there any more (`None`): merge with it.
    Conflict { record: Option<RemoteRecord> },
    /// Refused for good.
    Refused { reason: FailureReason, status: u16, code: String, record: Option<RemoteRecord> },
    /// Wait and send the same again; `counted` against the cap.
    Again { counted: bool },
}

/// What the answer means for the run. Of answers that came at one time, the last in this order decides: where one of them
/// says stop, no other lets the run go on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RunSignal {
    /// Go on.
    Continue,
    /// Too much in one request, which had so many operations: send less at once.
    TooLarge(usize),
    /// The backend has no such endpoint: one request per write.
    NoBatch,
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
            Self::TooLarge(_) => "too large",
            Self::NoBatch => "no batch endpoint",
        }
    }
}

/// The judgement of an answer: one verdict an operation, in the order sent.
#[derive(Debug, PartialEq)]
pub(crate) struct Judgement {
    pub verdicts: Vec<OperationVerdict>,
    pub signal: RunSignal,
    /// The server's epoch, from an answer that could be read.
    pub epoch: Option<String>,
}

/// Longest Retry-After that is obeyed.
pub(crate) const MAX_WAIT_MS: i64 = 60 * 60_000;
/// For 429 and 503 without a Retry-After that can be read.
const DEFAULT_WAIT_MS: i64 = 30_000;

const PORTAL: RunSignal = RunSignal::NoNetwork("not the backend that answers");
/// A read that the backend refuses for what was asked.
pub(crate) const REFUSED: RunSignal = RunSignal::ServerTrouble("request refused");
const UNREADABLE: RunSignal = RunSignal::ServerTrouble("answer cannot be read");

/// What holds for every request alike.
enum Triage<'a> {
    /// Nothing is known of the operations; `counted` against their cap.
    Stop { counted: bool, signal: RunSignal },
    /// An answer to look into: 2xx, or a 4xx.
    Answer(&'a Response),
}

fn triage(outcome: &Outcome, now: i64) -> Triage<'_> {
    let stop = |counted, signal| Triage::Stop { counted, signal };
    let response = match outcome {
        Outcome::NotSent(code) => return stop(sabotaged!(OfflineCounted), RunSignal::NoNetwork(code)),
        Outcome::OutcomeUnknown(code) => return stop(true, RunSignal::ServerTrouble(code)),
        Outcome::Response(response) => response,
    };
    match response.status {
        401 => stop(false, RunSignal::Unauthorized),
        408 => stop(true, RunSignal::ServerTrouble("time-out at the server")),
        429 | 503 => stop(false, RunSignal::Wait(wait_ms(response.retry_after.as_deref(), now))),
        // A redirect or "network authentication required": something between us and the backend.
        300..=399 | 511 => stop(false, PORTAL),
        500..=599 => stop(true, RunSignal::ServerTrouble("server error")),
        200..=299 | 400..=499 => Triage::Answer(response),
        _ => stop(false, PORTAL),
    }
}

/// A 2xx whose body is not of the contract. JSON: half an answer of the real server, which may have committed, so it is
/// asked again and counted. Anything else: a portal's page, and nothing was reached.
fn not_an_answer(response: &Response) -> (bool, RunSignal) {
    if is_json(response) { (true, UNREADABLE) } else { (false, PORTAL) }
}

/// Judges the answer to a batch. Success is a parsed body that names this user, this operation and a verdict; never a
/// bare 2xx. `now`: device time, for a Retry-After that is a date.
pub(crate) fn judge_batch(outcome: &Outcome, user: &UserId, sent: &[Operation], now: i64) -> Judgement {
    let all = |counted: bool, signal: RunSignal| Judgement {
        verdicts: sent.iter().map(|_| OperationVerdict::Again { counted }).collect(),
        signal,
        epoch: None,
    };
    let response = match triage(outcome, now) {
        Triage::Stop { counted, signal } => return all(counted, signal),
        Triage::Answer(response) => response,
    };
    if response.status < 400 {
        return match Reply::read(&response.body) {
            Some(reply) if reply.user != user.as_str() => all(false, RunSignal::WrongUser),
            Some(reply) => judge_reply(reply, sent),
            None if sabotaged!(AckUnread) => {
                let taken = |_| OperationVerdict::Acknowledged {
                    record: None,
                    overwritten: Vec::new(),
                    duplicate: false,
                };
                let verdicts = sent.iter().map(taken).collect();
                Judgement { verdicts, signal: RunSignal::Continue, epoch: None }
            }
            None => {
                let (counted, signal) = not_an_answer(response);
                all(counted, signal)
            }
        };
    }
    match (response.status, problem(response)) {
        (404 | 405, _) => all(false, RunSignal::NoBatch),
        (413, _) if sent.len() > 1 => all(false, RunSignal::TooLarge(sent.len())),
        (413, _) => refused_whole(sent, response, FailureReason::TooLarge),
        // A page of some firewall parks nothing.
        (_, None) => all(false, PORTAL),
        (_, Some(problem)) if problem.code == "wrong_user" => all(false, RunSignal::WrongUser),
        // A refusal of the request, not of an operation of it: only when alone is an operation to blame.
        (_, Some(_)) if sent.len() > 1 => all(false, RunSignal::TooLarge(sent.len())),
        (403, Some(_)) => refused_whole(sent, response, FailureReason::Forbidden),
        (_, Some(_)) => refused_whole(sent, response, FailureReason::Refused),
    }
}

/// The answer to a batch with the verdicts that can be read.
#[derive(Deserialize)]
struct Reply<'a> {
    user: String,
    epoch: String,
    #[serde(borrow)]
    verdicts: Vec<VerdictItem<&'a RawValue>>,
}

impl<'a> Reply<'a> {
    /// In one go where all of it can be read, as nearly always; else each verdict by itself: a strange one leaves its
    /// operation unnamed and spoils no other.
    fn read(body: &'a [u8]) -> Option<Self> {
        if let Ok(whole) = read_json(body) {
            return Some(whole);
        }
        let BatchReply { user, epoch, verdicts } = read_json(body).ok()?;
        let verdicts = verdicts.into_iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect();
        Some(Self { user, epoch, verdicts })
    }
}

/// Reads a body. Whether it is UTF-8 is looked at once, and not at each text in it.
fn read_json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        // In what nobody reads it need not be.
        Err(_) => serde_json::from_slice(body),
    }
}

fn judge_reply(reply: Reply<'_>, sent: &[Operation]) -> Judgement {
    let mut named: Vec<_> = sent.iter().map(|operation| (operation, None)).collect();
    for (index, item) in reply.verdicts.into_iter().enumerate() {
        let named = place_of(item.key, index, sent).and_then(|place| named.get_mut(place));
        if let Some((operation, first @ None)) = named {
            *first = with_record(item, operation);
        }
    }
    let waits = named.iter().filter_map(|(_, item)| item.as_ref());
    let longest = waits.filter(|item| item.verdict == VerdictName::Deferred).map(deferred_wait).max();
    let verdicts = named.into_iter().map(|(operation, item)| match item {
        // Not named, or not understood: it may have been applied; ask again under the same key.
        None => OperationVerdict::Again { counted: true },
        Some(item) => verdict_of(operation, item),
    });
    let signal = longest.map_or(RunSignal::Continue, RunSignal::Wait);
    Judgement { verdicts: verdicts.collect(), signal, epoch: Some(reply.epoch) }
}

/// The place of the operation with this key among those that were sent: mostly that of its verdict among the verdicts.
fn place_of(key: Uuid, index: usize, sent: &[Operation]) -> Option<usize> {
    let is_it = |operation: &Operation| operation.key.as_uuid() == key;
    if sent.get(index).is_some_and(is_it) { Some(index) } else { sent.iter().position(is_it) }
}

/// The verdict with what the fields of its record say. `None`: they cannot be read. The very text that was sent was read
/// before.
fn with_record(item: VerdictItem<&RawValue>, sent: &Operation) -> Option<VerdictItem<Payload>> {
    let VerdictItem { key, verdict, record, overwritten, problem, retry_after_s } = item;
    let read = |raw: &RawValue| match raw.get() {
        text if text == sent.payload.text() => Some(sent.payload.clone()),
        text => Fields::from_json(text).map(Payload::from).ok(),
    };
    let record = match record {
        Some(record) => Some(record.try_map(read)?),
        None => None,
    };
    Some(VerdictItem { key, verdict, record, overwritten, problem, retry_after_s })
}

/// Judges the answer to a request that carries one write, by the same rules.
pub(crate) fn judge_single(outcome: &Outcome, user: &UserId, sent: &Operation, now: i64) -> Judgement {
    let one = |verdict, signal, epoch| Judgement { verdicts: vec![verdict], signal, epoch };
    let again = |counted, signal| one(OperationVerdict::Again { counted }, signal, None);
    let response = match triage(outcome, now) {
        Triage::Stop { counted, signal } => return again(counted, signal),
        Triage::Answer(response) => response,
    };
    if response.status < 400 {
        let reply = read_json::<SingleReply<'_>>(&response.body).ok();
        let reply =
            reply.and_then(|reply| Some((reply.user, with_record(reply.verdict, sent)?, reply.epoch)));
        return match reply {
            Some((named, ..)) if named != user.as_str() => again(false, RunSignal::WrongUser),
            Some((_, item, _)) if item.key != sent.key.as_uuid() => again(true, UNREADABLE),
            Some((_, item, epoch)) => one(verdict_of(sent, item), RunSignal::Continue, Some(epoch)),
            None => {
                let (counted, signal) = not_an_answer(response);
                again(counted, signal)
            }
        };
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(&response.body) else { return again(false, PORTAL) };
    // A refusal speaks of this operation only if it names its user.
    match refusal.user {
        Some(named) if named != user.as_str() => again(false, RunSignal::WrongUser),
        None if refusal.problem.code == "wrong_user" => again(false, RunSignal::WrongUser),
        _ => {
            let record = refusal.record.filter(|record| is_of(record, sent));
            let verdict = if response.status == 409 && refusal.problem.code == "conflict" {
                OperationVerdict::Conflict { record }
            } else {
                let problem = Problem { status: response.status, ..refusal.problem };
                rejected(sent, Some(problem), record.map(RemoteRecord::from))
            };
            one(verdict, RunSignal::Continue, None)
        }
    }
}

fn is_of<F>(record: &RemoteRecord<F>, operation: &Operation) -> bool {
    record.id == operation.record_id.as_uuid() && record.entity == operation.collection.name()
}

fn verdict_of(operation: &Operation, item: VerdictItem<Payload>) -> OperationVerdict {
    // A record that is not this operation's is worth nothing.
    let record = item.record.filter(|record| is_of(record, operation));
    let duplicate = item.verdict == VerdictName::Duplicate;
    match (item.verdict, record) {
        (VerdictName::Applied | VerdictName::Duplicate, None) if operation.kind == Kind::Delete => {
            OperationVerdict::Acknowledged { record: None, overwritten: Vec::new(), duplicate }
        }
        (VerdictName::Applied | VerdictName::Duplicate, Some(record)) => {
            OperationVerdict::Acknowledged { record: Some(record), overwritten: item.overwritten, duplicate }
        }
        (VerdictName::Applied | VerdictName::Duplicate, None) => OperationVerdict::Again { counted: true },
        (VerdictName::Conflict, record) => {
            OperationVerdict::Conflict { record: record.map(RemoteRecord::from) }
        }
        (VerdictName::Rejected, record) => rejected(operation, item.problem, record),
        (VerdictName::Deferred, _) => OperationVerdict::Again { counted: false },
    }
}

fn rejected(
    operation: &Operation,
    problem: Option<Problem>,
    record: Option<RemoteRecord<Payload>>,
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
    OperationVerdict::Refused {
        reason,
        status,
        code: safe_code(&code),
        record: record.map(RemoteRecord::from),
    }
}

fn refused_whole(sent: &[Operation], response: &Response, reason: FailureReason) -> Judgement {
    let code = problem(response).map_or_else(|| reason.code().to_owned(), |problem| safe_code(&problem.code));
    let one =
        || OperationVerdict::Refused { reason, status: response.status, code: code.clone(), record: None };
    Judgement { verdicts: sent.iter().map(|_| one()).collect(), signal: RunSignal::Continue, epoch: None }
}

/// Judges the answer to a read. `Err(None)`: the cursor is not to be used any more. `read`: what its
/// body says, where it can be read.
pub(crate) fn judge_read<T>(outcome: &Outcome, now: i64, read: Option<T>) -> Result<T, Option<RunSignal>> {
    // A read changes nothing: whether it arrived does not matter, and nothing is counted.
    let response = match triage(outcome, now) {
        Triage::Stop { signal, .. } => return Err(Some(signal)),
        Triage::Answer(response) => response,
    };
    if response.status < 400 {
        return read.ok_or_else(|| Some(not_an_answer(response).1));
    }
    Err(match problem(response) {
        Some(problem) if ["cursor_expired", "bad_cursor"].contains(&problem.code.as_str()) => None,
        Some(_) if response.status == 403 => Some(RunSignal::WrongUser),
        Some(_) => Some(REFUSED),
        None => Some(PORTAL),
    })
}

/// Most bytes of capabilities that are kept.
const CAPABILITIES_BYTES: usize = 64 * 1024;

/// What an answer to "what can you do?" comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// This, as it came.
    Capabilities(String),
    /// Nothing: a backend without that endpoint.
    Nothing,
    /// Nothing that can be read: what it said before still holds.
    NoAnswer,
}

/// Judges that answer. A backend need not have the endpoint, and some answer an unknown path with a page of their own, or
/// not at all: only what certainly concerns every request stops the run here.
pub(crate) fn judge_capabilities(outcome: &Outcome, user: &UserId, now: i64) -> Result<Said, RunSignal> {
    let response = match triage(outcome, now) {
        Triage::Stop { signal: RunSignal::ServerTrouble(_), .. } => return Ok(Said::NoAnswer),
        Triage::Stop { signal, .. } if signal == PORTAL => return Ok(Said::NoAnswer),
        Triage::Stop { signal, .. } => return Err(signal),
        Triage::Answer(response) => response,
    };
    match serde_json::from_slice::<Addressed>(&response.body) {
        // It is kept, and read at every run: no backend has so much to say.
        _ if response.body.len() > CAPABILITIES_BYTES => Ok(Said::Nothing),
        _ if response.status == 403 && problem(response).is_some() => Err(RunSignal::WrongUser),
        _ if response.status >= 400 => Ok(Said::Nothing),
        Ok(answer) if answer.user != user.as_str() => Err(RunSignal::WrongUser),
        // Valid JSON is valid UTF-8.
        Ok(_) => Ok(String::from_utf8(response.body.clone()).map_or(Said::Nothing, Said::Capabilities)),
        Err(_) => Ok(Said::Nothing),
    }
}

fn problem(response: &Response) -> Option<Problem> {
    serde_json::from_slice(&response.body).ok()
}

fn is_json(response: &Response) -> bool {
    response.content_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
}

fn deferred_wait(item: &VerdictItem<Payload>) -> i64 {
    item.retry_after_s.map_or(DEFAULT_WAIT_MS, |seconds| clamped(seconds.saturating_mul(1_000)))
}

/// A Retry-After in either form of RFC 9110, 10.2.3: seconds, or a date. Clamped to 1 s … 1 h, so that neither an
/// absurd value nor a wrong clock stops a queue.
fn wait_ms(retry_after: Option<&str>, now: i64) -> i64 {
    if sabotaged!(RetryAfterIgnored) {
        return 0;
    }
    let Some(text) = retry_after.map(str::trim).filter(|text| !text.is_empty()) else {
        return DEFAULT_WAIT_MS;
    };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return clamped(text.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1_000));
    }
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or(0));
    let until = |date: SystemTime| date.duration_since(now).unwrap_or_default();
    httpdate::parse_http_date(text)
        .map_or(DEFAULT_WAIT_MS, |date| clamped(u64::try_from(until(date).as_millis()).unwrap_or(u64::MAX)))
}

fn clamped(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(MAX_WAIT_MS).clamp(1_000, MAX_WAIT_MS)
}

/// A server's code may be stored and logged only as far as it looks like one.
fn safe_code(code: &str) -> String {
    let fits = !code.is_empty()
        && code.len() <= 40
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.".contains(&b));
    if fits { code.to_owned() } else { "unnamed".to_owned() }
}

#[cfg(test)]
mod tests;

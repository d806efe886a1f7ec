//! An app's scheduler, which knows nothing but the reports; and the bounds within which it has to come to an end.

use crate::device::Device;
use crate::line::Signed;
use foodlens_core::*;

const MINUTE: i64 = 60_000;
/// The longest wait that a server may ask for, and the longest between two attempts of an operation: all of them run
/// at the same time.
const LONGEST_WAIT: i64 = 60 * MINUTE + 15 * MINUTE;

/// What it took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Effort {
    pub runs: u64,
    pub requests: u64,
    pub ms: i64,
}

/// Network, tokens and dispatch are well; the clock goes on from where it is.
pub fn heal(device: &Device) {
    device.line.mend();
    *device.tokens.0.lock().unwrap() = Signed::In;
    device.session().set_paused(false).unwrap();
}

/// Syncs as the reports say until there is nothing more to do without a person. With `n` operations in the queue:
/// - a run waits, at most once for the server and at most once for each operation, or it moves something: `n + 4` runs;
/// - at most two requests an operation (itself, and what a merge makes of it), and four a run: for a page, for a feed
///   that starts over twice, and to find out how this backend takes writes;
/// - all waits end within the longest of each kind.
pub fn to_the_end(name: &str, device: &Device) -> (NextStep, Effort) {
    let waiting = device.session().queue().counts().unwrap();
    let n = waiting.pending + waiting.sending;
    let (began, requests) = (device.now(), device.line.requests());
    let mut effort = Effort::default();
    loop {
        let report = device.sync();
        effort.runs += 1;
        effort.requests = device.line.requests() - requests;
        match report.next {
            NextStep::MoreWork => {}
            // A clock that ticks has always moved on when the app is called.
            NextStep::RetryAt(at) => device.pass((at - device.now()).max(1)),
            NextStep::Done | NextStep::NeedsPerson => break,
            other => panic!("{name}: {other:?}, and all is well: {report:?}"),
        }
        effort.ms = device.now() - began;
        let within = effort.runs < n + 4 && effort.requests <= 2 * n + 4 * effort.runs;
        assert!(
            within && effort.ms <= LONGEST_WAIT,
            "{name}: {n} waited, still not done: {effort:?}, {report:?}"
        );
    }
    nothing_but_a_persons_matters(name, device);
    (device.sync().next, effort)
}

/// The queue holds only what is parked with a reason, or waits behind that; and questions.
fn nothing_but_a_persons_matters(name: &str, device: &Device) {
    let queue = device.session().queue().list(foodlens_core::QueueFilter::Unsent, 0, 500).unwrap();
    for (place, op) in queue.iter().enumerate() {
        let parked = |op: &QueuedOperation| matches!(op.state, OperationState::Failed(_));
        let behind = queue[..place].iter().any(|elder| elder.record_id == op.record_id && parked(elder));
        assert!(parked(op) || (behind && op.state == OperationState::Pending), "{name}: {op:?} is stranded");
    }
}

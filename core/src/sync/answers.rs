//! What was claimed goes out, in one request or in several at the same time, and what the answers say is put together.

use super::engine::{Run, Stop};
use super::mode::Mode;
use super::requests::Asked;
use crate::outbox::{Judgement, Operation, OperationVerdict, RunSignal, judge_batch, judge_single};
use crate::transport::{Outcome, compress};

/// What the answers said that came at one time.
#[derive(Default)]
pub(super) struct Answers {
    /// One a request, in their order.
    pub judgements: Vec<Judgement>,
    /// Why there was no answer to some.
    pub stop: Option<Stop>,
}

impl Answers {
    /// What they mean for the run together.
    pub fn signal(&self) -> RunSignal {
        let signals = self.judgements.iter().map(|judgement| &judgement.signal);
        signals.max().cloned().unwrap_or(RunSignal::Continue)
    }
}

impl Run<'_> {
    /// Sends what was claimed, and hears what becomes of each.
    pub(super) fn ask_for_verdicts(&mut self, mode: Mode, requests: &[Vec<Operation>]) -> Answers {
        let now = self.env().now_ms();
        let mut all: Vec<_> = requests.iter().map(|sent| self.asked(mode, sent, now)).collect();
        let mut compressed = false;
        if self.capabilities.gzip {
            all.iter_mut().for_each(|(asked, _)| compressed |= compress(&mut asked.request));
        }
        let outcomes = self.send_together(&all);
        let mut answers = Answers::default();
        for (sent, outcome) in requests.iter().zip(outcomes) {
            // Nobody has decided about these: back to wait, uncounted.
            let again = || Judgement {
                verdicts: sent.iter().map(|_| OperationVerdict::Again { counted: false }).collect(),
                signal: RunSignal::Continue,
                epoch: None,
            };
            answers.judgements.push(match outcome {
                Ok(Outcome::Response(response)) if compressed && response.status == 415 => {
                    // It says that it can and cannot: as it was, then.
                    self.capabilities.gzip = false;
                    again()
                }
                Ok(outcome) => self.judge(mode, &outcome, sent, now),
                Err(stop) => {
                    answers.stop.get_or_insert(stop);
                    again()
                }
            });
        }
        answers
    }

    /// The request for these, and its id.
    fn asked(&self, mode: Mode, sent: &[Operation], now: i64) -> (Asked, String) {
        let request_id = sent.first().and_then(|first| first.request_id.clone()).unwrap_or_default();
        let asked = match (mode, sent) {
            (Mode::Single(_), [only]) => Asked::single(self.endpoint().single(only, now), only),
            _ => Asked::batch(self.endpoint().batch(sent, now), sent.len()),
        };
        (asked, request_id)
    }

    fn judge(&self, mode: Mode, outcome: &Outcome, sent: &[Operation], now: i64) -> Judgement {
        match (mode, sent) {
            (Mode::Single(_), [only]) => judge_single(outcome, &self.inner.user, only, now),
            _ => judge_batch(outcome, &self.inner.user, sent, now),
        }
    }
}

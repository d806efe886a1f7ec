//! A backend on bad days, for who builds an app: faults by chance, the same again with the same seed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::faults::FaultKind;

mod mixture;

pub use mixture::{Delay, Mixture};

/// Which chaos a server makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Chaos {
    /// The same seed and the same requests in the same order meet the same faults.
    pub seed: u64,
    /// How often what goes wrong.
    pub mixture: Mixture,
}

/// What one request meets.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Mishap {
    pub delay: Option<Duration>,
    pub fault: Option<FaultKind>,
}

/// Decides for one request after the other.
pub(crate) struct Dice {
    random: Mutex<fastrand::Rng>,
    mixture: Mixture,
}

impl Dice {
    pub fn new(chaos: Chaos) -> Self {
        Self { random: Mutex::new(fastrand::Rng::with_seed(chaos.seed)), mixture: chaos.mixture }
    }

    pub fn throw(&self) -> Mishap {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        // Always four: what one request meets does not change what the next ones do.
        let [is_late, how_late, which, how] = std::array::from_fn(|_| random.f64());
        drop(random);
        let delay = self.mixture.delay.as_ref().filter(|delay| is_late < delay.share);
        Mishap { delay: delay.map(|delay| delay.at(how_late)), fault: fault_of(&self.mixture, which, how) }
    }
}

/// Each kind has its stretch of the line from 0 to 1, and the rest is without a fault.
fn fault_of(mixture: &Mixture, which: f64, how: f64) -> Option<FaultKind> {
    let mut end = 0.0;
    let (kind, _) = mixture.faults().into_iter().find(|(_, share)| {
        end += share;
        which < end
    })?;
    Some(match kind {
        mixture::Kind::Drop => FaultKind::DropBeforeCommit,
        // Sometimes only the first operation of a batch.
        mixture::Kind::Silence => FaultKind::CommitThenSilence { after: (how < 0.3).then_some(1) },
        mixture::Kind::Error if how < 0.4 => FaultKind::status(500),
        mixture::Kind::Error if how < 0.7 => FaultKind::status(502),
        mixture::Kind::Error => FaultKind::retry_after(503, "1"),
        mixture::Kind::Limit => FaultKind::retry_after(429, if how < 0.5 { "1" } else { "2" }),
        mixture::Kind::Truncate => FaultKind::Truncated,
        mixture::Kind::Expire => FaultKind::status(401),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throws(seed: u64, mixture: &str, count: usize) -> Vec<Mishap> {
        let dice = Dice::new(Chaos { seed, mixture: mixture.parse().unwrap() });
        (0..count).map(|_| dice.throw()).collect()
    }

    #[test]
    fn a_seed_gives_the_same_days_and_another_seed_others() {
        let all = "drop=0.2,silence=0.2,error=0.2,delay=0.5:1..9ms";
        assert_eq!(throws(7, all, 200), throws(7, all, 200));
        assert_ne!(throws(7, all, 200), throws(8, all, 200));
        let delays = |days: Vec<Mishap>| days.into_iter().map(|day| day.delay).collect::<Vec<_>>();
        assert_eq!(
            delays(throws(7, all, 200)),
            delays(throws(7, "delay=0.5:1..9ms", 200)),
            "one thing does not change when another is left out"
        );
    }

    #[test]
    fn each_comes_about_as_often_as_asked() {
        let is = |kind: &str, fault: &FaultKind| {
            matches!(
                (kind, fault),
                ("drop", FaultKind::DropBeforeCommit)
                    | ("silence", FaultKind::CommitThenSilence { .. })
                    | ("truncate", FaultKind::Truncated)
                    | ("error", FaultKind::Status { status: 500..=503, .. })
                    | ("limit", FaultKind::Status { status: 429, .. })
                    | ("expire", FaultKind::Status { status: 401, .. })
            )
        };
        for kind in ["drop", "silence", "truncate", "error", "limit", "expire"] {
            let days = throws(1, &format!("{kind}=0.25"), 4000);
            let faults: Vec<_> = days.into_iter().filter_map(|day| day.fault).collect();
            assert!((900..1100).contains(&faults.len()), "{kind}: {}", faults.len());
            assert!(faults.iter().all(|fault| is(kind, fault)), "{kind}");
        }
        let mixed = throws(1, "drop=0.25,truncate=0.25", 4000);
        let truncated = mixed.iter().filter(|day| day.fault == Some(FaultKind::Truncated)).count();
        assert!((900..1100).contains(&truncated), "{truncated}");
        let late: Vec<_> =
            throws(1, "delay=0.5:20..40ms", 4000).into_iter().filter_map(|day| day.delay).collect();
        assert!((1900..2100).contains(&late.len()));
        let (first, last) = (Duration::from_millis(20), Duration::from_millis(40));
        assert!(late.iter().all(|delay| (first..=last).contains(delay)));
    }
}

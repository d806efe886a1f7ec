//! One workload against its limit, measured by criterion: each of its samples holds a round of ours and one of the
//! limit, in alternating order, so that both see the same machine. Criterion keeps the statistics of ours (and compares
//! them with the last run); the rounds of both make the row in the table.

use crate::quick;
use crate::table::{Goal, Table, Unit};
use criterion::{Criterion, SamplingMode, Throughput};
use std::time::Duration;

/// Rounds that count; criterion takes no fewer.
const SAMPLES: usize = 10;

pub struct Duel<'a> {
    pub criterion: &'a mut Criterion,
    pub table: &'a mut Table,
    /// Short, for criterion's files and filters.
    pub id: &'a str,
    /// One line, for the table.
    pub workload: &'a str,
    pub unit: Unit,
    pub goal: Goal,
    /// About how long the rounds of ours take together.
    pub budget: Duration,
}

impl Duel<'_> {
    /// `ours` and `limit` prepare a round, do it, and give the time of the doing alone.
    pub fn run(self, mut ours: impl FnMut() -> Duration, mut limit: impl FnMut() -> Duration) {
        let mut rounds = Vec::new();
        let mut group = self.criterion.benchmark_group(self.id);
        group.sampling_mode(SamplingMode::Flat).sample_size(SAMPLES);
        // One round: it also finds out how long a round takes.
        group.warm_up_time(Duration::from_nanos(1)).measurement_time(quick::shortened(self.budget));
        if let Unit::PerSecond(elements) = self.unit {
            group.throughput(Throughput::Elements(elements));
        }
        group.bench_function("ours", |bencher| {
            bencher.iter_custom(|iterations| {
                let mut total = Duration::ZERO;
                for _ in 0..iterations {
                    let round = if rounds.len() % 2 == 0 {
                        let ours = ours();
                        (ours, limit())
                    } else {
                        let limit = limit();
                        (ours(), limit)
                    };
                    rounds.push(round);
                    total += round.0;
                }
                total
            });
        });
        group.finish();
        // The first was the warm-up. Fewer than criterion's samples: this was a test or a listing, not a measurement.
        if rounds.len() > SAMPLES {
            self.table.add(self.workload, self.unit, self.goal, &rounds[1..]);
        }
    }
}

//! Long troubles of one kind: nothing is used up by them, nobody is asked more often than needed, and nothing is stranded.

use crate::chaos::{Dice, edit};
use crate::device::Device;
use crate::drive::{heal, to_the_end};
use crate::line::Weather;
use foodlens_core::*;
use foodlens_scenarios::{Backend, differences};
use foodlens_server::{Endpoint, Fault, FaultKind};

const YEAR: i64 = 365 * 24 * 3_600_000;

fn queue(device: &Device) -> Vec<QueuedOperation> {
    device.session().queue().list(foodlens_core::QueueFilter::Unsent, 0, 500).unwrap()
}

/// A phone with things to send.
fn busy(backend: &Backend) -> Device {
    let device = Device::new(&backend.url());
    let dice = Dice::new(7);
    (0..30).for_each(|_| edit(&dice, device.session()));
    assert!(queue(&device).len() > 10);
    device
}

fn ends_well(name: &str, device: &Device, backend: &Backend) {
    heal(device);
    assert_eq!(to_the_end(name, device).0, NextStep::Done, "{name}");
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(
        differences(&device.session().export_json().unwrap(), &snapshot),
        Vec::<String>::new(),
        "{name}"
    );
}

#[test]
fn a_month_offline_with_a_run_every_quarter_of_an_hour_counts_no_attempt() {
    let backend = Backend::start().unwrap();
    let device = busy(&backend);
    device.line.set(Weather::Down);
    let before = queue(&device);
    for run in 1..=30 * 24 * 4 {
        device.pass(15 * 60_000);
        let report = device.sync();
        assert!(
            matches!(report.next, NextStep::RetryAt(at) if at <= device.now() + 15 * 60_000),
            "{report:?}"
        );
        assert_eq!(device.line.requests(), run, "one try a run");
    }
    let after = queue(&device);
    assert!(after.iter().all(|op| (op.state, op.attempts) == (OperationState::Pending, 0)), "{after:?}");
    let keys = |queue: &[QueuedOperation]| queue.iter().map(|op| op.id).collect::<Vec<_>>();
    assert_eq!(keys(&after), keys(&before));
    ends_well("a month offline", &device, &backend);
}

#[test]
fn a_thousand_restarts_while_the_server_is_down_ask_once_each_and_keep_every_wait() {
    let backend = Backend::start().unwrap();
    let mut device = busy(&backend);
    let faults = backend.server.faults();
    let mut asked = 0;
    for start in 0..1_000 {
        // Refused; silent; in trouble; asking to wait. A minute of each.
        match start / 10 % 4 {
            0 => device.line.set(Weather::Down),
            1 => device.line.set(Weather::LostOnTheWay),
            2 => {
                device.line.set(Weather::Good);
                faults.clear();
                faults.push(Fault::new(Endpoint::Any, FaultKind::status(500)).times(100));
            }
            _ => {
                faults.clear();
                faults.push(Fault::new(Endpoint::Any, FaultKind::retry_after(503, "3")).times(100));
            }
        }
        let (before, now, requests) = (queue(&device), device.now(), device.line.requests());
        device.restart();
        let report = device.sync();
        assert!(matches!(report.next, NextStep::RetryAt(at) if at >= now), "start {start}: {report:?}");
        asked += device.line.requests() - requests;
        assert!(asked <= start + 2, "start {start}: one each, and once what the backend can do: {report:?}");
        for (before, after) in before.iter().zip(queue(&device)) {
            assert_eq!(before.id, after.id, "start {start}");
            if before.next_attempt_at.is_some_and(|at| at > now) {
                assert_eq!(*before, after, "start {start}: its wait is not over");
            }
        }
        device.pass(100);
    }
    faults.clear();
    ends_well("a thousand restarts", &device, &backend);
}

#[test]
fn a_clock_that_is_set_back_or_forth_ten_years_after_a_wait_began_strands_nothing() {
    for (name, jumps) in [
        ("back", vec![-10 * YEAR]),
        ("forth", vec![10 * YEAR]),
        ("forth and back", vec![10 * YEAR, -10 * YEAR]),
    ] {
        let backend = Backend::start().unwrap();
        let device = busy(&backend);
        for jump in jumps {
            device.line.set(Weather::LostOnTheWay);
            for _ in 0..4 {
                device.pass(900_000);
                let _ = device.sync();
            }
            assert!(
                queue(&device).iter().any(|op| op.next_attempt_at.is_some_and(|at| at > device.now())),
                "{name}"
            );
            device.line.set(Weather::Good);
            backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::retry_after(503, "3600")));
            assert!(matches!(device.sync().next, NextStep::RetryAt(_)), "{name}");
            device.set_clock(device.now() + jump);
        }
        ends_well(name, &device, &backend);
    }
}

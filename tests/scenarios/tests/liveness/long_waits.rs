//! Long troubles of one kind: nothing is used up by them, nobody is asked more often than needed, and nothing is stranded.

use crate::chaos::{Dice, edit};
use crate::device::Device;
use crate::drive::{heal, to_the_end};
use crate::line::{Signed, Weather};
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
    let device_is_down = |device: &Device, _: &Backend| device.line.set(Weather::Down);
    uses_nothing_up(
        "a month offline",
        30,
        1,
        device_is_down,
        |device, next| matches!(next, NextStep::RetryAt(at) if at <= device.now() + 15 * 60_000),
    );
}

#[test]
fn days_signed_out_or_put_off_by_the_server_count_no_attempt() {
    let refused = |device: &Device, _: &Backend| *device.tokens.0.lock().unwrap() = Signed::Wrongly;
    uses_nothing_up("token refused", 3, 2, refused, |_, next| next == NextStep::NeedsSignIn);
    let signed_out = |device: &Device, _: &Backend| *device.tokens.0.lock().unwrap() = Signed::Out;
    uses_nothing_up("no token", 3, 0, signed_out, |_, next| next == NextStep::NeedsSignIn);
    let overloaded = |_: &Device, backend: &Backend| {
        backend
            .server
            .faults()
            .push(Fault::new(Endpoint::Any, FaultKind::retry_after(429, "600")).times(1_000));
    };
    uses_nothing_up("overloaded", 3, 1, overloaded, |_, next| matches!(next, NextStep::RetryAt(_)));
    let paused = |_: &Device, backend: &Backend| backend.server.set_paused(true);
    uses_nothing_up("put off one by one", 3, 2, paused, |_, next| matches!(next, NextStep::RetryAt(_)));
}

/// Days of one trouble, with a run every quarter of an hour that makes so many requests and ends as `ends` says. Then
/// nothing in the queue has changed, and all comes to its end.
fn uses_nothing_up(
    name: &str,
    days: u64,
    requests: u64,
    trouble: impl Fn(&Device, &Backend),
    ends: impl Fn(&Device, NextStep) -> bool,
) {
    let backend = Backend::start().unwrap();
    let device = busy(&backend);
    trouble(&device, &backend);
    let before = queue(&device);
    for run in 1..=days * 24 * 4 {
        device.pass(15 * 60_000);
        let report = device.sync();
        assert!(ends(&device, report.next), "{name}: {report:?}");
        // A first restore goes on though nothing can be sent: three requests, once.
        let made = device.line.requests() - if report.error.is_none() { 3 } else { 0 };
        assert_eq!(made, run * requests, "{name}: {report:?}");
    }
    let after = queue(&device);
    assert!(
        after.iter().all(|op| (op.state, op.attempts) == (OperationState::Pending, 0)),
        "{name}: {after:?}"
    );
    let keys = |queue: &[QueuedOperation]| queue.iter().map(|op| op.id).collect::<Vec<_>>();
    assert_eq!(keys(&after), keys(&before), "{name}");
    backend.server.faults().clear();
    backend.server.set_paused(false);
    ends_well(name, &device, &backend);
}

#[test]
fn a_backend_that_stays_in_trouble_is_asked_ever_less_often_by_an_app_that_follows_the_reports() {
    const HOURS: i64 = 6;
    // By the back-off, half of a quarter of an hour on average; by the server's word, or half a minute without one.
    let (backing_off, half_minutes) = (120, 6 * 120 + 1);
    let cases: [(&str, Weather, Option<FaultKind>, u64); 7] = [
        ("no network", Weather::Down, None, backing_off),
        ("silence", Weather::LostOnTheWay, None, backing_off),
        ("errors", Weather::Good, Some(FaultKind::status(500)), backing_off),
        ("a portal", Weather::Good, Some(FaultKind::portal()), backing_off),
        ("half answers", Weather::Good, Some(FaultKind::Truncated), backing_off),
        ("503", Weather::Good, Some(FaultKind::status(503)), half_minutes),
        ("429 for ten minutes", Weather::Good, Some(FaultKind::retry_after(429, "600")), 6 * 6 + 1),
    ];
    for (name, weather, fault, most) in cases {
        let backend = Backend::start().unwrap();
        let device = busy(&backend);
        device.line.set(weather);
        if let Some(kind) = fault {
            backend.server.faults().push(Fault::new(Endpoint::Any, kind).times(u32::MAX));
        }
        let end = device.now() + HOURS * 3_600_000;
        while device.now() < end {
            let report = device.sync();
            let NextStep::RetryAt(at) = report.next else { panic!("{name}: {report:?}") };
            assert!(device.line.requests() <= most, "{name}: asked too often: {report:?}");
            device.pass((at - device.now()).max(1));
        }
        assert!(device.line.requests() >= HOURS as u64, "{name}: hardly tried");
    }
}

#[test]
fn a_thousand_restarts_while_the_server_is_down_ask_once_each_and_keep_every_wait() {
    let backend = Backend::start().unwrap();
    let mut device = busy(&backend);
    let faults = backend.server.faults();
    let mut asked_to_wait_until = 0;
    for start in 0..1_000 {
        // No network; silent; in trouble; asking to wait. Some starts of each.
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
        let NextStep::RetryAt(at) = report.next else { panic!("start {start}: {report:?}") };
        // What it can do is asked again now and then, and after it asked to wait.
        let allowed = 2 * u64::from(now >= asked_to_wait_until);
        assert!(device.line.requests() - requests <= allowed, "start {start}: {report:?}");
        if report.error.as_deref() == Some("server asks to wait") {
            asked_to_wait_until = at;
        }
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

#[test]
fn a_wait_that_a_server_asks_for_begins_at_once_and_is_over_at_the_moment_that_is_named() {
    let backend = Backend::start().unwrap();
    let device = busy(&backend);
    backend.server.faults().push(Fault::new(Endpoint::Any, FaultKind::retry_after(429, "3600")));
    let NextStep::RetryAt(at) = device.sync().next else { panic!("it was asked to wait") };
    let early = device.sync();
    assert_eq!(
        (early.requests, early.next),
        (0, NextStep::RetryAt(at)),
        "asked again within the same moment"
    );
    device.set_clock(at);
    assert_ne!(device.sync().next, NextStep::RetryAt(at), "the moment has come, and is named again");
}

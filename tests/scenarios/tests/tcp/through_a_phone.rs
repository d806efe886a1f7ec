//! A whole phone on a line that fails: afterwards everything is on the server exactly once, nothing is parked, and an
//! attempt was counted only if the server may have got it.

use super::http::{Framing, reply};
use super::on_the_wire::transport;
use super::proxy::{At, Fault, Met, Place, Proxy};
use super::raw::{ClosedPort, End};
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions, differences};
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

/// Operations that a round writes.
const WRITES: u64 = 3;

/// A phone, its backend, and the line between them.
struct World {
    backend: Backend,
    proxy: Proxy,
    phone: Phone,
    allergy: RecordId,
    rounds: u32,
}

/// What a fault must leave behind, before it is healed.
#[derive(Clone, Copy)]
struct Leaves {
    /// The server applied what was pushed.
    committed: bool,
    /// The attempt counts.
    counted: bool,
}

const MAY_HAVE_ARRIVED: Leaves = Leaves { committed: false, counted: true };
const COMMITTED: Leaves = Leaves { committed: true, counted: true };
const NOTHING_ARRIVED: Leaves = Leaves { committed: false, counted: false };

impl World {
    fn new(gzip: bool) -> Self {
        Self::with(gzip, |options| options)
    }

    fn with(gzip: bool, options: fn(HttpOptions) -> HttpOptions) -> Self {
        let backend = Backend::start().unwrap();
        let proxy = Proxy::start(backend.server.addr(), gzip);
        let transport = Arc::new(transport(&proxy.url(), options));
        let options = PhoneOptions { transport: Some(transport), ..Default::default() };
        let phone = Phone::with_options(&proxy.url(), "ana", options);
        let kiwi = AllergyContent {
            severity: Some(Severity::Severe),
            ..AllergyContent::new(Allergen::Custom("kiwi".into()))
        };
        let allergy = phone.session.allergies().add(&kiwi).unwrap();
        assert_eq!(phone.settle().next, NextStep::Done);
        Self { backend, proxy, phone, allergy, rounds: 0 }
    }

    /// A new record, an edit of a record where a stale base is a conflict, and a setting.
    fn write(&mut self) {
        self.rounds += 1;
        let (session, n) = (&self.phone.session, self.rounds.to_string());
        let scan =
            HistoryContent { product_name: Some(n.clone()), ..HistoryContent::new(HistoryKind::Scan, 1) };
        session.history().add(&scan).unwrap();
        let shown = session.allergies().get(self.allergy).unwrap();
        let to = AllergyContent { notes: Some(n.clone()), ..shown.content.clone() };
        session.allergies().update(&shown, &to).unwrap();
        let shown = session.settings().get().unwrap().content;
        let to = SettingsContent { theme: Some(n), ..shown.clone() };
        session.settings().update(&shown, &to).unwrap();
    }

    /// One round with one fault, healed and checked.
    fn meet(&mut self, at: At, fault: Fault, leaves: impl FnOnce(Met) -> Leaves, case: &str) -> Met {
        let before = self.backend.server.stats();
        self.write();
        self.proxy.next(at, fault);
        let first = self.phone.sync();
        assert!(matches!(first.next, NextStep::RetryAt(_)), "{case}: {first:?}");
        let met = self.proxy.met();
        let leaves = leaves(met);
        let waiting = self.phone.session.queue().list(QueueFilter::Unsent, 0, 10).unwrap();
        assert_eq!(waiting.len() as u64, if at == At::Batch { WRITES } else { 0 }, "{case}: {first:?}");
        for operation in waiting {
            let counted = (operation.state, operation.attempts);
            assert_eq!(counted, (OperationState::Pending, leaves.counted.into()), "{case}: {first:?}");
        }
        let applied = self.backend.server.stats().applied - before.applied;
        let committed = at == At::Changes || leaves.committed;
        assert_eq!(applied, if committed { WRITES } else { 0 }, "{case}");
        let last = self.phone.settle();
        assert_eq!(last.next, NextStep::Done, "{case}");
        let after = self.backend.server.stats();
        assert_eq!(after.applied - before.applied, WRITES, "{case}: one effect an operation");
        let again = if at == At::Batch && leaves.committed { WRITES } else { 0 };
        assert_eq!(after.duplicates - before.duplicates, again, "{case}: asked again under the same keys");
        assert_eq!((after.conflicts, after.rejected), (0, 0), "{case}: the phone's own writes do not clash");
        self.same_as_server(case);
        met
    }

    fn same_as_server(&self, case: &str) {
        let snapshot = self.backend.server.snapshot("ana").unwrap();
        let export = self.phone.session.export_json().unwrap();
        assert_eq!(differences(&export, &snapshot), Vec::<String>::new(), "{case}");
        assert_eq!(self.phone.session.verify().unwrap().flaws, [], "{case}");
    }
}

/// Every 97th byte of a message whose length the first cut tells, its first bytes and its last.
fn sweep(mut cut: impl FnMut(Place) -> Met) {
    let length = cut(Place::Start(0)).length;
    assert!(length > 200, "a message of {length} bytes is not the one that is meant");
    let steps = (97..length.saturating_sub(3)).step_by(97);
    for bytes in [1, 2].into_iter().chain(steps) {
        cut(Place::Start(bytes));
    }
    for bytes in [5, 4, 3, 2, 1, 0] {
        cut(Place::End(bytes));
    }
}

#[test]
fn a_push_cut_anywhere_on_its_way_up_takes_effect_once() {
    for end in [End::Close, End::Reset] {
        let mut world = World::new(true);
        sweep(|place| {
            let leaves = |met: Met| if met.passed == met.length { COMMITTED } else { MAY_HAVE_ARRIVED };
            world.meet(At::Batch, Fault::CutRequest(place, end), leaves, &format!("{place:?}, {end:?}"))
        });
    }
}

#[test]
fn a_pull_cut_anywhere_on_its_way_up_is_pulled_again() {
    let mut world = World::new(true);
    sweep(|place| {
        let fault = Fault::CutRequest(place, End::Close);
        world.meet(At::Changes, fault, |_| COMMITTED, &format!("{place:?}"))
    });
}

const BOTH: [End; 2] = [End::Close, End::Reset];

/// Cuts the replies to both requests at every place of the sweep.
fn cut_replies(framing: Framing, gzip: bool, ends: &[End]) {
    for at in [At::Batch, At::Changes] {
        for &end in ends {
            let mut world = World::new(gzip);
            sweep(|place| {
                let case = format!("{at:?}, {place:?}, {framing:?}, {end:?}, gzip {gzip}");
                world.meet(at, Fault::CutReply(place, framing, end), |_| COMMITTED, &case)
            });
        }
    }
}

#[test]
fn a_reply_with_a_length_cut_anywhere_is_asked_for_again() {
    cut_replies(Framing::Length, false, &BOTH);
}

#[test]
fn a_reply_in_chunks_cut_anywhere_is_asked_for_again() {
    cut_replies(Framing::Chunked, false, &BOTH);
}

#[test]
fn a_reply_without_a_length_cut_anywhere_is_not_taken_for_whole() {
    cut_replies(Framing::UntilClose, false, &BOTH);
}

#[test]
fn a_compressed_reply_cut_anywhere_is_asked_for_again() {
    cut_replies(Framing::Length, true, &[End::Close]);
    cut_replies(Framing::UntilClose, true, &[End::Close]);
}

#[test]
fn silence_after_the_commit_and_a_slow_drip_end_with_the_time_limit() {
    let hasty = |options| HttpOptions { total_timeout: Duration::from_secs(1), ..options };
    let mut world = World::with(false, hasty);
    for at in [At::Batch, At::Changes] {
        world.meet(at, Fault::Silence, |_| COMMITTED, "silence");
        world.meet(at, Fault::Drip(Duration::from_millis(50)), |_| COMMITTED, "drip");
    }
}

#[test]
fn what_is_not_the_backend_takes_no_write_and_loses_none() {
    let page = b"<html>Sign in to this network</html>";
    let html = "content-type: text/html";
    let json = "content-type: application/json";
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::repeat(b' ').take(20_000_000), &mut bomb).unwrap();
    let bomb = bomb.finish().unwrap();
    let flood = format!("x-long: {}", "x".repeat(110_000));
    let cases = [
        ("a portal's page", reply("200 OK", &[html, "content-length: 36"], page), NOTHING_ARRIVED),
        ("half a portal's page", reply("200 OK", &[html], &page[..9]), NOTHING_ARRIVED),
        (
            "a portal of HTTP/1.0",
            b"HTTP/1.0 200 OK\r\ncontent-type: text/html\r\n\r\n<html>".to_vec(),
            NOTHING_ARRIVED,
        ),
        (
            "a redirect",
            reply("302 Found", &["location: http://127.0.0.1:9/login", "content-length: 0"], b""),
            NOTHING_ARRIVED,
        ),
        ("sign in first", reply("511 Network Authentication Required", &[html], page), NOTHING_ARRIVED),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), MAY_HAVE_ARRIVED),
        (
            "two lengths",
            reply("200 OK", &[json, "content-length: 2", "content-length: 5"], b"{}{}{"),
            MAY_HAVE_ARRIVED,
        ),
        ("a flood of headers", reply("200 OK", &[json, &flood], b"{}"), MAY_HAVE_ARRIVED),
        ("a gzip bomb", reply("200 OK", &[json, "content-encoding: gzip"], &bomb), MAY_HAVE_ARRIVED),
        ("an empty object", reply("200 OK", &[json], b"{}"), MAY_HAVE_ARRIVED),
    ];
    let mut world = World::new(false);
    for (case, bytes, leaves) in cases {
        for at in [At::Batch, At::Changes] {
            world.meet(at, Fault::Instead(bytes.clone()), |_| leaves, &format!("{case}, {at:?}"));
        }
    }
}

/// The server ends a line that could be kept, just as the next request may go onto it. Either it is not used again, or
/// the outcome is unknown and the queue asks again.
#[test]
fn a_kept_line_that_ends_between_two_requests_loses_nothing() {
    let mut world = World::new(true);
    for (at, end) in [
        (At::Batch, End::Close),
        (At::Batch, End::Reset),
        (At::Changes, End::Close),
        (At::Changes, End::Reset),
    ] {
        for _ in 0..10 {
            let applied = world.backend.server.stats().applied;
            world.write();
            world.proxy.next(at, Fault::EndAfterReply(end));
            let _ = world.phone.sync();
            world.proxy.met();
            world.write();
            let parked = world.phone.session.queue().counts().unwrap().failed;
            assert_eq!((world.phone.settle().next, parked), (NextStep::Done, 0), "{at:?} {end:?}");
            let stats = world.backend.server.stats();
            assert_eq!(stats.applied - applied, 2 * WRITES, "{at:?} {end:?}");
            world.same_as_server("a kept line");
        }
    }
}

/// What a phone without a network gets for every name: the resolver fails.
#[test]
fn a_name_that_does_not_resolve_uses_up_no_attempt() {
    let url = format!("https://{}.example", "a".repeat(64));
    let phone = Phone::new(&url, "ana");
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    for _ in 0..30 {
        phone.clock.advance_ms(24 * 3_600_000);
        assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    }
    let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0));
}

#[test]
fn a_port_that_refuses_uses_up_no_attempt_and_all_goes_up_when_it_opens() {
    let backend = Backend::start().unwrap();
    let port = ClosedPort::new();
    let phone = Phone::new(&format!("http://{}", port.addr()), "ana");
    phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, 1)).unwrap();
    for _ in 0..30 {
        phone.clock.advance_ms(24 * 3_600_000);
        assert!(matches!(phone.sync().next, NextStep::RetryAt(_)));
    }
    let waiting = phone.session.queue().list(QueueFilter::Unsent, 0, 1).unwrap().remove(0);
    assert_eq!((waiting.state, waiting.attempts), (OperationState::Pending, 0));
    let _proxy = Proxy::on(port, backend.server.addr(), true);
    assert_eq!(phone.settle().next, NextStep::Done);
    assert_eq!(backend.server.stats().applied, 1);
    let snapshot = backend.server.snapshot("ana").unwrap();
    assert_eq!(differences(&phone.session.export_json().unwrap(), &snapshot), Vec::<String>::new());
    assert_eq!(phone.session.verify().unwrap().flaws, []);
}

//! The next batch is found, sent and carried out with the same work, however long the queue is behind it.

use crate::counted::{self, Work};
use crate::fixture::queue;
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, PhoneOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// One request gets through, then the network is gone.
struct OneRequest {
    to: HttpTransport,
    used: AtomicBool,
}

impl Transport for OneRequest {
    fn execute(&self, request: &Request) -> Outcome {
        let is_batch = request.url.ends_with("/v1/me/batch");
        let used =
            if is_batch { self.used.swap(true, Ordering::SeqCst) } else { self.used.load(Ordering::SeqCst) };
        if used {
            return Outcome::NotSent("no network");
        }
        self.to.execute(request)
    }
}

#[test]
fn a_batch_out_of_a_hundred_thousand_costs_what_one_out_of_a_thousand_does() {
    counted::watch();
    let (few, many) = (one_batch(FEW), one_batch(MANY));
    assert!(few.contains_key("COMMIT"), "nothing was counted: {few:#?}");
    let dearer: Vec<_> = many
        .iter()
        .map(|(sql, work)| (sql, *work, few.get(sql).copied().unwrap_or_default()))
        // A hundred times the queue: a walk is a hundred times the work, and more depth in a tree is none.
        .filter(|(_, many, few)| many.steps > 2 * few.steps + 100 || many.walked > 2 * few.walked + 100)
        .collect();
    assert!(dearer.is_empty(), "statement, with {MANY}, with {FEW}: {dearer:#?}");
}

/// The work of a run that sends one batch out of a queue of `length` and then loses the network.
fn one_batch(length: usize) -> BTreeMap<String, Work> {
    let backend = Backend::start().unwrap();
    let http = HttpOptions { allow_loopback_http: true, ..HttpOptions::default() };
    let to = HttpTransport::new(&backend.url(), &http).unwrap();
    let transport = Arc::new(OneRequest { to, used: AtomicBool::new(false) });
    let options = PhoneOptions { transport: Some(transport), ..PhoneOptions::default() };
    let phone = Phone::with_options(&backend.url(), "ana", options);
    queue(&phone, length);
    let (report, work) = counted::work(|| phone.sync());
    // What the backend can, where its feed stands, the batch; then two batches at the same time find no network.
    assert_eq!((report.requests, report.acknowledged), (5, 100));
    assert!(matches!(report.next, NextStep::RetryAt(_)), "{report:?}");
    work
}

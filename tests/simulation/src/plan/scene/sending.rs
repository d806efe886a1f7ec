//! Scenes of sending: what is refused, put off, tried in vain, or may have arrived.

use super::{HERE, HOUR, Hand, MINUTE, edit, line, sync};
use crate::plan::{Backend, DiskFault, Edit, Network, QueueAct, SignOut, Step, Token, Trouble};

const DAY: i64 = 24 * HOUR;

/// The backend has been asked what it can do: what waits is the next run's first request.
fn asked_already(hand: &mut Hand) -> Vec<Step> {
    vec![edit(HERE, hand.entries(1)), sync(HERE)]
}

/// A refusal of each kind, then a person's word about what is parked.
pub(super) fn refused(hand: &mut Hand) -> Vec<Step> {
    let mut steps = asked_already(hand);
    let severity = hand.below(4);
    let what = [hand.entries(1), hand.note(), hand.allergy(severity), Edit::DeleteHistory { pick: 0 }];
    let status = hand.pick(&[403, 409, 413, 422]);
    let act = hand.pick(&[QueueAct::Retry, QueueAct::Discard]);
    let retry_after = None;
    steps.extend([edit(HERE, hand.pick(&what)), line(Trouble::Status { status, retry_after }), sync(HERE)]);
    steps.extend([Step::Queue { device: HERE, pick: 0, act }, sync(HERE)]);
    steps
}

/// The server fails until nothing is tried any more.
pub(super) fn tried_too_often(hand: &mut Hand) -> Vec<Step> {
    let mut steps = in_vain(hand, Network::Failing, 3 * HOUR);
    steps.push(Step::Queue { device: HERE, pick: 0, act: QueueAct::Retry });
    steps
}

/// "Not now", for half an hour.
pub(super) fn asked_to_wait(hand: &mut Hand) -> Vec<Step> {
    in_vain(hand, Network::Overloaded, HOUR / 2)
}

/// Runs without a network are no attempts, however often a person asks for one.
pub(super) fn no_network_for_long(hand: &mut Hand) -> Vec<Step> {
    let device = HERE;
    let mut steps = asked_already(hand);
    let every_ms = 30_000 + i64::try_from(hand.below(10_000)).unwrap_or(0);
    steps.extend([edit(device, hand.entries(1)), Step::Network { device, network: Network::Down }]);
    steps.push(Step::Insist { device, every_ms, times: 22 });
    steps.push(Step::Network { device, network: Network::Good });
    steps
}

/// A page of a hotel's network in the place of an answer; then a death between a request and its answer, after which a
/// person takes back what may have arrived.
pub(super) fn no_answer(hand: &mut Hand) -> Vec<Step> {
    let mut steps = asked_already(hand);
    let severity = hand.below(4);
    let what = [hand.entries(2), hand.note(), hand.allergy(severity)];
    steps.extend([edit(HERE, hand.pick(&what)), line(Trouble::Portal), sync(HERE), sync(HERE)]);
    steps.extend([edit(HERE, hand.entries(1)), line(Trouble::DeathMeanwhile), sync(HERE)]);
    steps.extend([edit(HERE, Edit::DeleteHistory { pick: 0 }), sync(HERE)]);
    steps
}

fn in_vain(hand: &mut Hand, network: Network, ms: i64) -> Vec<Step> {
    let mut steps = asked_already(hand);
    let back = Step::Network { device: HERE, network: Network::Good };
    steps.extend([edit(HERE, hand.entries(1)), Step::Network { device: HERE, network }]);
    steps.extend([Step::Follow { device: HERE, ms }, back]);
    steps
}

/// A wait that began by a clock that was years ahead.
pub(super) fn clock_jumps_back(hand: &mut Hand) -> Vec<Step> {
    let device = HERE;
    let years = hand.pick(&[400 * DAY, 3_650 * DAY]);
    let network = |network| Step::Network { device, network };
    vec![
        Step::SetClock { device, off_by_ms: years },
        edit(device, hand.entries(1)),
        network(Network::Failing),
        sync(device),
        network(Network::Good),
        Step::SetClock { device, off_by_ms: 0 },
        Step::Follow { device, ms: 6 * HOUR },
    ]
}

/// An attempt whose end is unknown, and an edit of the same record that comes behind it.
pub(super) fn edit_behind_an_attempt(hand: &mut Hand) -> Vec<Step> {
    let mut steps = asked_already(hand);
    let profile = |hand: &mut Hand| Edit::Profile { field: 0, text: hand.below(1_000) };
    let change: fn(&mut Hand) -> Edit = if hand.percent(50) { profile } else { Hand::note };
    let troubles =
        [Trouble::HalfSent, Trouble::ReceivedNotCommitted, Trouble::CommittedAndSilent, Trouble::Garbage];
    steps.extend([edit(HERE, change(hand)), line(hand.pick(&troubles)), sync(HERE)]);
    steps.extend([edit(HERE, change(hand)), sync(HERE), Step::Pass { ms: 20 * MINUTE }, sync(HERE)]);
    steps
}

/// Writes go one by one, and the app mistakes one user's token for another's.
pub(super) fn token_of_another(hand: &mut Hand) -> Vec<Step> {
    let device = HERE;
    let mut steps = vec![Step::Backend(Backend::Batch { on: false })];
    steps.extend(asked_already(hand));
    steps.extend([Step::Token { device, token: Token::OfAnother }, edit(device, hand.entries(1))]);
    steps.extend([sync(device), Step::Token { device, token: Token::Good }, sync(device)]);
    steps.push(Step::Backend(Backend::Batch { on: true }));
    steps
}

/// The user signs out while something waits, and in again.
pub(super) fn sealed_with_a_queue(hand: &mut Hand) -> Vec<Step> {
    let severity = hand.below(4);
    let how = SignOut::Keep;
    vec![
        edit(HERE, hand.allergy(severity)),
        edit(HERE, hand.note()),
        Step::SignOut { device: HERE, how },
        sync(HERE),
    ]
}

/// There is no room for what a person writes, for a moment.
pub(super) fn disk_is_full(hand: &mut Hand) -> Vec<Step> {
    let mut steps = Vec::new();
    for after in 0..3 {
        let severity = hand.below(4);
        let what = [hand.entries(1), hand.allergy(severity), hand.note()];
        steps.push(Step::Disk { device: HERE, after, fault: DiskFault::Full });
        steps.push(edit(HERE, hand.pick(&what)));
    }
    steps
}

/// More than receipts are kept of.
pub(super) fn many(hand: &mut Hand) -> Vec<Step> {
    let mut steps = Vec::new();
    for _ in 0..2 {
        let count = 260 + hand.below(20);
        steps.extend([edit(HERE, Edit::AddHistory { count, at: hand.below(40), text: 1 }), sync(HERE)]);
    }
    steps
}

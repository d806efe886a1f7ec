//! Scenes in which two devices, two processes or two answers meet.

use super::{HERE, HOUR, Hand, THERE, edit, line, sync};
use crate::plan::{Edit, QueueAct, Side, Step, Trouble};

const SIDES: [Side; 3] = [Side::Local, Side::Remote, Side::Merged];

/// A question about a severity, open here, at which a person looks; and what moves it on.
fn question(hand: &mut Hand) -> (Vec<Step>, Step) {
    let (pick, severity) = (hand.below(12), hand.below(4));
    let change = |device, by| edit(device, Edit::ChangeSeverity { pick, severity: (severity + by) % 4 });
    // Of whichever is picked on both.
    let mut steps = vec![edit(HERE, hand.allergy(severity)), change(HERE, 0), sync(HERE), sync(THERE)];
    steps.extend([change(THERE, 1), sync(THERE), change(HERE, 2), sync(HERE)]);
    steps.push(Step::LookAtQuestions { device: HERE });
    (steps, change(THERE, 3))
}

fn answer(answer: Side, as_looked_at: bool) -> Step {
    Step::Answer { device: HERE, pick: 0, answer, as_looked_at }
}

/// The other side moves on between a look and the answer.
pub(super) fn answer_to_a_former_question(hand: &mut Hand) -> Vec<Step> {
    let (mut steps, moves_on) = question(hand);
    steps.extend([moves_on, sync(THERE), sync(HERE)]);
    // Elder questions may be open, too.
    steps.extend((0..4).map(|pick| Step::Answer {
        device: HERE,
        pick,
        answer: Side::Merged,
        as_looked_at: true,
    }));
    steps.extend([sync(HERE), answer(hand.pick(&SIDES), false), sync(HERE)]);
    steps
}

/// Two taps on the same question.
pub(super) fn second_answer(hand: &mut Hand) -> Vec<Step> {
    let (mut steps, _) = question(hand);
    steps.extend([answer(hand.pick(&SIDES), false), answer(hand.pick(&SIDES), true), sync(HERE)]);
    steps.extend([answer(hand.pick(&SIDES), true), sync(THERE)]);
    steps
}

/// An entry that is deleted on one device and edited on the other, which hears of it by an answer or by the feed.
fn deleted_there(hand: &mut Hand) -> Vec<Step> {
    let mut steps = vec![edit(HERE, hand.entries(1)), sync(HERE), sync(THERE)];
    steps.extend([edit(THERE, Edit::DeleteHistory { pick: 0 }), sync(THERE)]);
    steps
}

/// The late edit is sent.
pub(super) fn late_edit_of_what_is_deleted(hand: &mut Hand) -> Vec<Step> {
    let mut steps = deleted_there(hand);
    let act = hand.pick(&[QueueAct::Retry, QueueAct::Discard]);
    steps.extend([edit(HERE, hand.note()), sync(HERE), sync(HERE)]);
    steps.extend([Step::Queue { device: HERE, pick: 0, act }, sync(HERE)]);
    steps
}

/// The late edit waits, and the deletion comes by the feed.
pub(super) fn deletion_under_an_edit(hand: &mut Hand) -> Vec<Step> {
    let mut steps = deleted_there(hand);
    let trouble = Trouble::Status { status: 500, retry_after: None };
    steps.extend([edit(HERE, hand.note()), line(trouble), sync(HERE), sync(HERE), sync(HERE)]);
    steps
}

/// An allergy is removed on one device and gets worse on the other, which a person is then asked about.
pub(super) fn removal_and_an_edit(hand: &mut Hand) -> Vec<Step> {
    let (one, other) = if hand.percent(50) { (HERE, THERE) } else { (THERE, HERE) };
    let (pick, severity) = (hand.below(12), hand.below(3));
    let mut steps = vec![edit(HERE, hand.allergy(severity)), sync(HERE), sync(THERE), sync(HERE)];
    steps.extend([edit(one, Edit::RemoveAllergy { pick }), sync(one)]);
    steps.extend([
        edit(other, Edit::ChangeSeverity { pick, severity: severity + 1 }),
        sync(other),
        sync(one),
    ]);
    steps.extend([
        Step::Answer { device: other, pick: 0, answer: hand.pick(&SIDES), as_looked_at: false },
        sync(other),
    ]);
    steps
}

/// Old data on two devices, of which one has gone on with them.
pub(super) fn import_of_what_is_known(hand: &mut Hand) -> Vec<Step> {
    let first = hand.later(2);
    let import = |device| Step::Import { device, first, count: 2 };
    let mut steps = vec![import(THERE), sync(THERE)];
    steps.push(edit(THERE, if hand.percent(70) { hand.note() } else { Edit::DeleteHistory { pick: 0 } }));
    steps.push(edit(THERE, hand.severity()));
    steps.extend([sync(THERE), import(HERE), sync(HERE), answer(Side::Merged, false), sync(HERE)]);
    steps
}

/// Files move to another device while something waits, and both go on.
pub(super) fn clone_goes_on(hand: &mut Hand) -> Vec<Step> {
    let mut steps = vec![edit(HERE, hand.entries(1)), Step::CloneTo { from: HERE, to: THERE }];
    let change = if hand.percent(70) { Edit::DeleteHistory { pick: 0 } } else { hand.note() };
    steps.extend([sync(HERE), edit(THERE, change), sync(THERE), sync(HERE)]);
    steps
}

/// A process of the app that has not heard of a sign-out.
pub(super) fn late_worker(hand: &mut Hand) -> Vec<Step> {
    let device = hand.pick(&[HERE, THERE]);
    vec![edit(device, hand.entries(1)), Step::LateWorker { device }, Step::Pass { ms: HOUR }, sync(device)]
}

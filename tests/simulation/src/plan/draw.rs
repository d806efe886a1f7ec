//! From a seed to a plan: how often each thing happens.

use super::drill::drills;
use super::scene::scenes;
use super::{Backend, DiskFault, Edit, Hook, Network, Plan, QueueAct, Side, SignOut, Step, Token, Trouble};
use crate::dice::Dice;

/// One seed of so many is a plan of drills.
const DRILLS: u64 = 3;
/// One seed of so many, the first of them, is a plan of scenes.
const SCENES: u64 = 6;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The plan of a seed, with so many steps.
#[must_use]
pub fn draw(seed: u64, steps: usize) -> Plan {
    if seed.is_multiple_of(DRILLS) {
        return drills(seed / DRILLS, steps);
    }
    if seed % SCENES == 1 {
        return scenes(seed, seed / SCENES, steps);
    }
    let mut dice = Dice::new(seed, 1);
    let devices = usize::try_from(2 + dice.below(3)).unwrap_or(2);
    let users = devices.div_ceil(2);
    // Some days are calm: without that, hardly anything would ever come to an end before the next fault.
    let bad = dice.pick(&[5, 15, 30]);
    let mut plan = Plan { seed, devices, users, about: String::new(), steps: Vec::new() };
    while plan.steps.len() < steps {
        let step = step(&mut dice, &plan, bad);
        plan.steps.push(step);
    }
    plan
}

fn step(dice: &mut Dice, plan: &Plan, bad: u64) -> Step {
    // Most of it happens on the first user's devices, so that they meet.
    let device = if dice.percent(70) { dice.below(2) } else { dice.below(plan.devices as u64) };
    let device = usize::try_from(device).unwrap_or(0);
    if dice.percent(bad) {
        return trouble(dice, device);
    }
    match dice.below(100) {
        0..48 => Step::Edit { device, edit: edit(dice) },
        48..78 => Step::Sync { device, budget_ms: dice.pick(&[60_000, 60_000, 60_000, 5_000]) },
        78..86 => Step::Pass { ms: dice.pick(&[1, 1_000, MINUTE, 20 * MINUTE, 3 * HOUR]) },
        86..88 => Step::LookAtQuestions { device },
        88..93 => Step::Answer {
            device,
            pick: dice.below(8),
            answer: dice.pick(&[Side::Local, Side::Remote, Side::Merged, Side::Defer]),
            as_looked_at: dice.percent(40),
        },
        93..95 => Step::Queue {
            device,
            pick: dice.below(16),
            act: dice.pick(&[QueueAct::Retry, QueueAct::Discard]),
        },
        95..97 => Step::Restart { device, killed: dice.percent(50) },
        97 => Step::FetchOlder { device },
        _ => life(dice, plan, device),
    }
}

/// What happens seldom in a device's life.
fn life(dice: &mut Dice, plan: &Plan, device: usize) -> Step {
    let other = usize::try_from(dice.below(plan.devices as u64)).unwrap_or(0);
    match dice.below(19) {
        0 | 1 => Step::SwitchUser { device, user: other.min(plan.users - 1) },
        2 | 3 => Step::SignOut { device, how: dice.pick(&[SignOut::Keep, SignOut::Flush, SignOut::Wipe]) },
        4 => Step::Reinstall { device },
        5 | 6 => Step::BackUp { device },
        7 | 8 => Step::PutBack { device },
        9 if other != device => Step::CloneTo { from: device, to: other },
        10 => Step::Recover { device },
        11 => Step::Rescue { device, reinstall: dice.percent(50) },
        12 => Step::Update { device },
        13 => Step::Import { device, first: dice.below(6), count: 1 + dice.below(4) },
        14 => Step::Pause { device, paused: dice.percent(50) },
        15 => Step::LateWorker { device },
        16 => Step::Follow { device, ms: dice.pick(&[20 * MINUTE, 3 * HOUR]) },
        17 => Step::Insist { device, every_ms: dice.pick(&[1_000, 30_000]), times: 5 },
        _ => Step::ManualMerge { device, on: dice.percent(60) },
    }
}

fn edit(dice: &mut Dice) -> Edit {
    let pick = dice.below(12);
    let text = dice.below(90);
    match dice.below(20) {
        // Few allergens, so that two devices mean the same one.
        0..3 => Edit::AddAllergy { allergen: dice.below(6) + 10, severity: dice.below(5) },
        3..6 => Edit::ChangeSeverity { pick, severity: dice.below(5) },
        6 => Edit::ChangeAllergen { pick, allergen: dice.below(6) + 10 },
        7 => Edit::ChangeNotes { pick, text },
        8 => Edit::RemoveAllergy { pick },
        9 => match dice.below(3) {
            0 => Edit::ConfirmNone,
            1 => Edit::SetUnknown,
            _ => Edit::RestoreOverwritten { pick },
        },
        10 | 11 => Edit::Profile { field: dice.below(4), text },
        12 | 13 => Edit::Settings { field: dice.below(4), text },
        14..17 => Edit::AddHistory { count: dice.pick(&[1, 1, 1, 3, 8]), at: dice.below(40), text },
        17 | 18 => Edit::ChangeHistory { pick, text, favourite: dice.percent(50) },
        _ => Edit::DeleteHistory { pick },
    }
}

fn trouble(dice: &mut Dice, device: usize) -> Step {
    match dice.below(20) {
        0..9 => Step::Line { device, after: dice.pick(&[0, 0, 0, 1, 1, 2, 3]), trouble: line(dice) },
        9..13 => Step::Disk {
            device,
            after: u32::try_from(dice.below(30)).unwrap_or(0),
            fault: dice.pick(&[
                DiskFault::CrashAtWrite,
                DiskFault::CrashAtWrite,
                DiskFault::CrashAtSync,
                DiskFault::Full,
                DiskFault::WriteError,
                DiskFault::SyncError,
                DiskFault::ReadError,
                DiskFault::OpenError,
                DiskFault::Busy,
            ]),
        },
        13 => Step::Network {
            device,
            network: dice.pick(&[
                Network::Good,
                Network::Good,
                Network::Good,
                Network::Down,
                Network::Silent,
                Network::Failing,
                Network::Overloaded,
            ]),
        },
        14 => Step::Token {
            device,
            token: dice.pick(&[
                Token::Good,
                Token::Good,
                Token::Good,
                Token::Expired,
                Token::Refused,
                Token::OfAnother,
                Token::OfAnotherHonestly,
                Token::None,
            ]),
        },
        15 => Step::Hook {
            device,
            hook: dice.pick(&[
                Hook::Defers,
                Hook::Defers,
                Hook::Throws,
                Hook::KeepsLocal,
                Hook::KeepsRemote,
                Hook::Merges,
            ]),
        },
        16 => Step::SetClock { device, off_by_ms: dice.pick(&[0, 0, -HOUR, HOUR, -400 * DAY, 3_650 * DAY]) },
        17 => Step::Pass { ms: dice.pick(&[DAY, 40 * DAY, 100 * DAY, 200 * DAY]) },
        18 if dice.percent(50) => Step::Elsewhere {
            user: usize::try_from(dice.below(3)).unwrap_or(0),
            allergen: dice.below(6) + 10,
            severity: dice.below(5),
        },
        _ => Step::Backend(backend(dice)),
    }
}

fn line(dice: &mut Dice) -> Trouble {
    match dice.below(21) {
        0 => Trouble::BeforeConnect,
        1 => Trouble::HalfSent,
        2 => Trouble::ReceivedNotCommitted,
        3 | 4 => Trouble::CommittedAndSilent,
        5 => Trouble::PartlyCommitted { writes: usize::try_from(dice.below(4)).unwrap_or(0) },
        6 => Trouble::HalfReply,
        7 => Trouble::HalfReplyUnnoticed,
        8 => Trouble::DeliveredTwice,
        9 => Trouble::DeliveredAgainLater,
        10 => Trouble::LateReply,
        11 => Trouble::Slow { ms: dice.pick(&[100, 4_000, 20_000]) },
        12 | 13 => Trouble::Status {
            status: dice.pick(&[500, 503, 429, 401, 403, 413, 422, 404, 302]),
            retry_after: dice.pick(&[None, Some(0), Some(30), Some(3_600)]),
        },
        14 => Trouble::Portal,
        15 => Trouble::Garbage,
        16 => Trouble::AnswerForAnother,
        17 => Trouble::EditMeanwhile,
        18 => Trouble::CancelMeanwhile,
        19 => Trouble::SignOutMeanwhile,
        _ => Trouble::DeathMeanwhile,
    }
}

fn backend(dice: &mut Dice) -> Backend {
    // What is turned off comes back more often than not.
    let on = dice.percent(60);
    match dice.below(15) {
        0 => Backend::NewEpoch,
        1 => Backend::ExpireCursors,
        2 => Backend::Pause { on: !on },
        3 => Backend::PauseHistory { on: !on },
        4 => Backend::Batch { on },
        5 => Backend::Capabilities { on },
        6 => Backend::NewestFirst { on },
        7 => Backend::Compression { on },
        8 => Backend::RetryParked { word: dice.below(5) },
        9 => Backend::Restart,
        10 => Backend::BackUp,
        11 => Backend::PutBack,
        12 => Backend::MintIds,
        _ => Backend::Purge,
    }
}

//! Drills: short scenes, one for each kind of fault and each thing that it can hit, so that a short run leaves none out.

use super::{DiskFault, Edit, Network, Plan, QueueAct, Side, SignOut, Step, Trouble};
use crate::dice::Dice;

/// What a request can carry, in the report's words.
pub const CARRIED: [&str; 6] = ["create", "update", "delete", "changes", "history", "capabilities"];
/// What can be under way when the storage fails, in the report's words.
pub const UNDER_WAY: [&str; 8] =
    ["edit", "sync", "open", "answer", "queue", "sign-out", "recovery", "import"];

const MINUTES: i64 = 20 * 60_000;
const DEVICE: usize = 0;

/// Every trouble of a request once.
pub const TROUBLES: [Trouble; 22] = [
    Trouble::BeforeConnect,
    Trouble::HalfSent,
    Trouble::ReceivedNotCommitted,
    Trouble::CommittedAndSilent,
    Trouble::PartlyCommitted { writes: 1 },
    Trouble::HalfReply,
    Trouble::HalfReplyUnnoticed,
    Trouble::DeliveredTwice,
    Trouble::DeliveredAgainLater,
    Trouble::LateReply,
    Trouble::Slow { ms: 4_000 },
    Trouble::Status { status: 500, retry_after: None },
    Trouble::Status { status: 429, retry_after: Some(30) },
    Trouble::Status { status: 401, retry_after: None },
    Trouble::Status { status: 403, retry_after: None },
    Trouble::Portal,
    Trouble::Garbage,
    Trouble::AnswerForAnother,
    Trouble::EditMeanwhile,
    Trouble::CancelMeanwhile,
    Trouble::SignOutMeanwhile,
    Trouble::DeathMeanwhile,
];

/// Every fault of the storage.
pub const DISK_FAULTS: [DiskFault; 8] = [
    DiskFault::CrashAtWrite,
    DiskFault::CrashAtSync,
    DiskFault::Full,
    DiskFault::WriteError,
    DiskFault::SyncError,
    DiskFault::ReadError,
    DiskFault::OpenError,
    DiskFault::Busy,
];

/// A plan of drills: a part of all scenes, which part depends on the seed.
#[must_use]
pub fn drills(seed: u64, steps: usize) -> Plan {
    let mut dice = Dice::new(seed, 3);
    let mut plan = Plan { seed, devices: 2, users: 1, about: String::new(), steps: Vec::new() };
    let scenes = (TROUBLES.len() + 2) * CARRIED.len() + DISK_FAULTS.len() * UNDER_WAY.len();
    // A scene has about ten steps; eleven plans of 200 steps have every scene once.
    let count = (steps / 10).max(1);
    let first = usize::try_from(seed).unwrap_or(0).wrapping_mul(count);
    for scene in first..first + count {
        plan.steps.extend(drill(&mut dice, scene % scenes));
    }
    plan
}

fn drill(dice: &mut Dice, scene: usize) -> Vec<Step> {
    let line = (TROUBLES.len() + 2) * CARRIED.len();
    if scene < line {
        let (trouble, carried) = (scene / CARRIED.len(), CARRIED[scene % CARRIED.len()]);
        return on_the_line(dice, TROUBLES.get(trouble).copied(), trouble == TROUBLES.len(), carried);
    }
    let scene = scene - line;
    on_the_disk(dice, DISK_FAULTS[scene / UNDER_WAY.len()], UNDER_WAY[scene % UNDER_WAY.len()])
}

fn sync(device: usize) -> Step {
    Step::Sync { device, budget_ms: 60_000 }
}

fn edit(edit: Edit) -> Step {
    Step::Edit { device: DEVICE, edit }
}

/// No trouble: no network, or (not `down`) a silent one.
fn on_the_line(dice: &mut Dice, trouble: Option<Trouble>, down: bool, carried: &str) -> Vec<Step> {
    let text = dice.below(90);
    let new = edit(Edit::AddHistory { count: 2, at: dice.below(40), text });
    // What waited is over and the way is clear: the request that meets the trouble is then known.
    let mut steps = vec![Step::Pass { ms: 60 * 60_000 }, new.clone(), sync(DEVICE), sync(DEVICE)];
    let after = match carried {
        "create" => {
            steps.push(new);
            0
        }
        "update" => {
            steps.push(edit(Edit::ChangeHistory { pick: 0, text, favourite: true }));
            0
        }
        "delete" => {
            steps.push(edit(Edit::DeleteHistory { pick: 0 }));
            0
        }
        "history" => {
            steps.push(Step::Reinstall { device: DEVICE });
            3
        }
        "capabilities" => {
            steps.extend([Step::Pass { ms: MINUTES }, new]);
            0
        }
        _ => 0,
    };
    match trouble {
        Some(trouble) => steps.push(Step::Line { device: DEVICE, after, trouble }),
        None if after > 0 => {
            // The network goes in the middle of a restore: the answer about the history is dropped, the next run asks again.
            let network = if down { Network::Down } else { Network::Silent };
            steps.push(Step::Line { device: DEVICE, after, trouble: Trouble::CancelMeanwhile });
            steps.extend([sync(DEVICE), Step::Network { device: DEVICE, network }]);
        }
        None => {
            let network = if down { Network::Down } else { Network::Silent };
            steps.push(Step::Network { device: DEVICE, network });
        }
    }
    steps.extend([sync(DEVICE), Step::Network { device: DEVICE, network: Network::Good }]);
    steps
}

fn on_the_disk(dice: &mut Dice, fault: DiskFault, under_way: &str) -> Vec<Step> {
    let device = DEVICE;
    let severity = dice.below(4);
    // One that nobody has yet, in the person's own words.
    let add = edit(Edit::AddAllergy { allergen: 100 + dice.below(1_000_000), severity });
    // Files are opened, and read, when nothing is in memory.
    let at_an_opening = matches!(fault, DiskFault::ReadError | DiskFault::OpenError);
    // Nothing is left of the scene before.
    let mut steps =
        vec![Step::Reinstall { device }, Step::Reinstall { device: 1 }, Step::Pass { ms: MINUTES }];
    steps.extend([sync(device), sync(1)]);
    let act = match under_way {
        "edit" => add,
        "sync" => {
            steps.push(add);
            sync(device)
        }
        "open" => Step::Restart { device, killed: true },
        "answer" => {
            let change =
                |device, severity| Step::Edit { device, edit: Edit::ChangeSeverity { pick: 0, severity } };
            let (one, other) = ((severity + 1) % 4, (severity + 2) % 4);
            steps.extend([
                add,
                sync(device),
                sync(device),
                sync(1),
                change(1, one),
                sync(1),
                change(device, other),
            ]);
            steps.push(sync(device));
            Step::Answer { device, pick: 0, answer: Side::Merged, as_looked_at: false }
        }
        "queue" => {
            steps.extend([Step::Pass { ms: 60 * 60_000 }, sync(device), sync(device)]);
            steps.push(edit(Edit::AddHistory { count: 1, at: 1, text: 1 }));
            Step::Queue { device, pick: 0, act: QueueAct::Discard }
        }
        "sign-out" => Step::SignOut { device, how: dice.pick(&[SignOut::Keep, SignOut::Wipe]) },
        // A recovery writes nothing where the file is sound; reading back what was rescued does.
        "recovery" if at_an_opening => Step::Recover { device },
        "recovery" => {
            steps.push(add);
            Step::Rescue { device, reinstall: true }
        }
        _ => Step::Import { device, first: dice.below(50), count: 3 },
    };
    if at_an_opening {
        steps.push(Step::Restart { device, killed: false });
        steps.push(Step::Update { device });
    }
    // One act is one commit, with many writes and one sync.
    let many = !matches!(fault, DiskFault::CrashAtSync | DiskFault::SyncError | DiskFault::OpenError);
    let after = if many { u32::try_from(dice.below(3)).unwrap_or(0) } else { 0 };
    steps.extend([Step::Disk { device, after, fault }, act, sync(device)]);
    steps
}

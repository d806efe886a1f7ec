//! Scenes: each leads to a rare state on purpose, so that what guards it is called for; their numbers are drawn. One follows the
//! other on the same devices: what a scene leaves is where the next one begins.

mod meeting;
mod reading;
mod sending;

use super::{Edit, Network, Plan, Step, Trouble};
use crate::dice::Dice;

/// What leads to a state.
type Scene = fn(&mut Hand) -> Vec<Step>;

/// All of them. Their number is prime, so that every stride goes through all.
const SCENES: [Scene; 23] = [
    sending::refused,
    reading::torn_page,
    sending::tried_too_often,
    meeting::answer_to_a_former_question,
    sending::asked_to_wait,
    reading::page_of_another,
    meeting::late_edit_of_what_is_deleted,
    sending::no_network_for_long,
    meeting::import_of_what_is_known,
    sending::clock_jumps_back,
    meeting::clone_goes_on,
    reading::cursor_too_old,
    sending::edit_behind_an_attempt,
    reading::another_life_of_the_server,
    meeting::late_worker,
    sending::token_of_another,
    sending::no_answer,
    sending::sealed_with_a_queue,
    sending::disk_is_full,
    meeting::removal_and_an_edit,
    meeting::deletion_under_an_edit,
    reading::copy_that_lags,
    meeting::second_answer,
];

/// Scenes that a plan of two hundred steps has at least.
const IN_A_PLAN: u64 = 8;

/// One plan of so many ends with more than a queue keeps receipts of.
const WITH_MANY: u64 = 8;

const HERE: usize = 0;
const THERE: usize = 1;
/// The device of another user.
const ELSEWHERE: usize = 2;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A plan of scenes, the `nth` of its kind: three that follow each other have every scene, in an order of theirs.
#[must_use]
pub fn scenes(seed: u64, nth: u64, steps: usize) -> Plan {
    let mut hand = Hand { dice: Dice::new(seed, 4), entries: 0 };
    let mut plan = Plan { seed, devices: 3, users: 2, about: String::new(), steps: Vec::new() };
    let all = SCENES.len() as u64;
    let (stride, mut at) = (1 + (nth / 3) % (all - 1), nth % 3 * IN_A_PLAN);
    while plan.steps.len() < steps {
        plan.steps.extend(calm());
        let scene = usize::try_from(at * stride % all).unwrap_or(0);
        plan.steps.extend(SCENES[scene](&mut hand));
        at += 1;
    }
    plan.steps.truncate(steps);
    if nth.is_multiple_of(WITH_MANY) {
        // At the end: every look after it takes long.
        let many = sending::many(&mut hand);
        plan.steps.truncate(steps.saturating_sub(many.len()));
        plan.steps.extend(many);
    }
    plan
}

/// What waited is over, and both devices know the same.
fn calm() -> Vec<Step> {
    let network = |device| Step::Network { device, network: Network::Good };
    vec![network(HERE), network(THERE), Step::Pass { ms: HOUR }, sync(HERE), sync(THERE), sync(HERE)]
}

fn sync(device: usize) -> Step {
    Step::Sync { device, budget_ms: 60_000 }
}

fn edit(device: usize, edit: Edit) -> Step {
    Step::Edit { device, edit }
}

fn line(trouble: Trouble) -> Step {
    Step::Line { device: HERE, after: 0, trouble }
}

/// What scenes draw from.
struct Hand {
    dice: Dice,
    /// Entries of the history so far: a new one is later than all before, and so the first on its page.
    entries: u64,
}

impl Hand {
    fn below(&mut self, end: u64) -> u64 {
        self.dice.below(end)
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.dice.percent(percent)
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        self.dice.pick(of)
    }

    fn later(&mut self, count: u64) -> u64 {
        self.entries += count;
        1_000_000 + self.entries - count
    }

    /// New entries: the last of them is picked by 0.
    fn entries(&mut self, count: u64) -> Edit {
        Edit::AddHistory { count, at: self.later(count), text: self.dice.below(90) }
    }

    /// Another note on the first entry.
    fn note(&mut self) -> Edit {
        Edit::ChangeHistory { pick: 0, text: 100 + self.dice.below(1_000), favourite: self.dice.percent(50) }
    }

    /// An allergy that nobody has yet, in the person's own words.
    fn allergy(&mut self, severity: u64) -> Edit {
        Edit::AddAllergy { allergen: 100 + self.dice.below(1_000_000), severity }
    }

    fn severity(&mut self) -> Edit {
        Edit::ChangeSeverity { pick: self.dice.below(12), severity: self.dice.below(4) }
    }
}

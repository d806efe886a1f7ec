//! Scenes of reading: pages that are torn, old, another's, or of another life of the server.

use super::{ELSEWHERE, HERE, Hand, THERE, edit, sync};
use crate::plan::{Backend, DiskFault, Edit, Step, Token, Trouble};

/// The storage fails somewhere between the cursor and the page.
pub(super) fn torn_page(hand: &mut Hand) -> Vec<Step> {
    let mut steps = Vec::new();
    let first = 1 + u32::try_from(hand.below(2)).unwrap_or(0);
    for after in first..first + 4 {
        let severity = hand.below(4);
        let what = [hand.entries(2), hand.allergy(severity)];
        let fault = hand.pick(&[DiskFault::CrashAtSync, DiskFault::SyncError]);
        steps.extend([edit(THERE, hand.pick(&what)), sync(THERE)]);
        steps.extend([Step::Disk { device: HERE, after, fault }, sync(HERE), sync(HERE)]);
    }
    steps
}

/// The app's token is another user's, and so is what the server shows.
pub(super) fn page_of_another(hand: &mut Hand) -> Vec<Step> {
    let token = |token| Step::Token { device: HERE, token };
    vec![
        edit(ELSEWHERE, hand.entries(2)),
        sync(ELSEWHERE),
        token(Token::OfAnother),
        sync(HERE),
        token(Token::Good),
        sync(HERE),
    ]
}

/// The feed has to be read from its beginning, and the network goes before it is.
pub(super) fn cursor_too_old(hand: &mut Hand) -> Vec<Step> {
    let severity = hand.below(4);
    let mut steps = vec![edit(HERE, hand.allergy(severity)), sync(HERE)];
    if hand.percent(50) {
        // What waits must not go, and must not be forgotten.
        steps.push(Step::Backend(Backend::Pause { on: true }));
        steps.push(edit(HERE, hand.severity()));
        steps.push(sync(HERE));
    }
    let after = u32::from(hand.percent(80));
    steps.push(Step::Backend(Backend::ExpireCursors));
    steps.extend([Step::Line { device: HERE, after, trouble: Trouble::BeforeConnect }, sync(HERE)]);
    steps.extend([Step::Backend(Backend::Pause { on: false }), sync(HERE)]);
    steps
}

/// The server comes back from a backup, has lost what was written since, and its feed has many pages. Each device writes
/// before: only then does it ask how long a page may be.
pub(super) fn another_life_of_the_server(hand: &mut Hand) -> Vec<Step> {
    let (records, pick) = (hand.pick(&[3, 5, 8]), hand.below(12));
    let mut steps = vec![Step::Backend(Backend::Pages { records }), edit(HERE, hand.allergy(0)), sync(HERE)];
    steps.push(Step::Backend(Backend::BackUp));
    steps.push(edit(HERE, Edit::ChangeSeverity { pick, severity: 3 }));
    for device in [HERE, THERE, ELSEWHERE] {
        steps.extend([edit(device, hand.entries(4)), sync(device)]);
    }
    steps.extend([Step::Backend(Backend::PutBack), sync(HERE), sync(THERE), sync(HERE)]);
    steps
}

/// What is read is older than what was answered to the last write.
pub(super) fn copy_that_lags(hand: &mut Hand) -> Vec<Step> {
    let pick = hand.below(12);
    let change = |device, severity| edit(device, Edit::ChangeSeverity { pick, severity });
    vec![
        edit(HERE, hand.allergy(0)),
        sync(HERE),
        // Of whichever is picked on both.
        change(HERE, 0),
        sync(HERE),
        sync(THERE),
        edit(THERE, Edit::ChangeNotes { pick, text: 200 + hand.below(1_000) }),
        sync(THERE),
        Step::Backend(Backend::Lag { on: true }),
        change(HERE, 3),
        sync(HERE),
        Step::Backend(Backend::Lag { on: false }),
    ]
}

//! Bits that have flipped, one at a time and in many places: no panic, no wrong word that a check does not see.

use super::story::{Story, waiting};
use foodlens_core::*;
use foodlens_scenarios::Phone;
use std::collections::BTreeSet;

/// SplitMix64, for places that are the same in every run.
fn places(seed: u64, below: usize) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % below as u64).unwrap()
    }
}

/// Everything that an app asks; each answer or a typed error.
fn ask_everything(phone: &Phone) -> Vec<ErrorKind> {
    let session = &phone.session;
    let mut told = Vec::new();
    let mut hear = |error: Option<Error>| told.extend(error.map(|error| error.kind().clone()));
    hear(session.allergies().list().err());
    hear(session.history().page(None, 500).err());
    hear(session.history().search("unsent", 10).err());
    hear(session.queue().list(QueueFilter::All, 0, 500).err());
    hear(session.profile().get().err());
    hear(session.status().err());
    hear(session.conflicts().err());
    hear(session.unreadable().err());
    hear(session.export_json().err());
    hear(session.rescue_export().err());
    hear(session.history().add(&super::story::scan("after")).err());
    told
}

#[test]
fn a_bit_that_has_flipped_anywhere_panics_nowhere_and_costs_no_write_whose_page_it_is_not_on() {
    let story = Story::new();
    let queue = story.pages_of_the_queue();
    let length = usize::try_from(std::fs::metadata(story.copy().1).unwrap().len()).unwrap();
    let mut place = places(12, length);
    // Every page has some in its header, where its form is said; the others fall anywhere.
    let in_headers = (0..length / 4096).map(|page| page * 4096 + [0, 3, 6][page % 3]);
    let anywhere: Vec<_> = (0..60).map(|_| place()).collect();
    let (mut set_aside, mut sound, mut refused) = (0, 0, 0);
    for (n, at) in in_headers.chain((0..100).step_by(7)).chain(anywhere).enumerate() {
        let name = format!("bit {} of byte {at}", n % 8);
        let (folder, file) = story.copy();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[at] ^= 1 << (n % 8);
        std::fs::write(&file, bytes).unwrap();
        if let Ok(phone) = story.open(folder.path()) {
            for kind in ask_everything(&phone) {
                let typed = matches!(kind, ErrorKind::Corrupt { .. } | ErrorKind::Unreadable);
                assert!(typed, "{name}: {kind:?}");
            }
            phone.session.verify().unwrap_or_else(|e| panic!("{name}: {e:?}"));
        }
        let (phone, recovery) = match story.recover(folder.path()) {
            Ok(recovered) => recovered,
            // The number of the schema, and whose file it is.
            Err(error) => {
                let kind = error.kind();
                let typed = matches!(kind, ErrorKind::NeedsNewerApp { .. } | ErrorKind::WrongAccount);
                assert!(typed, "{name}: {kind:?}");
                refused += 1;
                continue;
            }
        };
        if recovery.set_aside.is_none() {
            sound += 1;
            continue;
        }
        set_aside += 1;
        let keys: BTreeSet<_> = waiting(&phone).iter().map(|operation| operation.id).collect();
        if !queue.contains(&(at / 4096 + 1)) {
            let lost: Vec<_> = story.unsent.iter().filter(|key| !keys.contains(key)).collect();
            assert!(lost.is_empty(), "{name}: {lost:?}");
        }
        let flaws = phone.session.verify().unwrap().flaws;
        assert!(flaws.iter().all(|flaw| flaw.kind == FlawKind::UnreadableOperation), "{name}: {flaws:?}");
    }
    println!("set aside {set_aside}, sound to SQLite {sound}, refused {refused}");
    assert!(set_aside > 20, "{set_aside} {sound} {refused}");
}

//! A file that was cut off.

use super::story::{Story, waiting};
use foodlens_core::*;

#[test]
fn a_file_cut_off_anywhere_is_told_and_recovered_with_what_is_left_of_the_queue() {
    let story = Story::new();
    let queue = story.pages_of_the_queue();
    let whole = std::fs::metadata(story.copy().1).unwrap().len();
    let pages = usize::try_from(whole / 4096).unwrap();
    // Within the header, within a page, and at the end of each page; not to nothing: that file is a new one to SQLite.
    let ends = (1..pages - 8).step_by(8).chain(pages - 8..pages);
    let cuts = ends.map(|page| page * 4096).chain([1, 99, 100, 4097]);
    let (mut told, mut kept) = (0, Vec::new());
    for length in cuts {
        let (folder, file) = story.copy();
        std::fs::File::options().write(true).open(&file).unwrap().set_len(length as u64).unwrap();
        let phone = story.open(folder.path());
        match &phone {
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Corrupt { .. }), "{length}: {error:?}"),
            Ok(phone) => assert!(!phone.session.verify().unwrap().is_sound(), "{length}: not noticed"),
        }
        told += usize::from(phone.is_err());
        drop(phone);
        let (phone, recovery) = story.recover(folder.path()).unwrap_or_else(|e| panic!("{length}: {e:?}"));
        assert!(recovery.set_aside.is_some(), "{length}");
        let keys: Vec<_> = waiting(&phone).iter().map(|operation| operation.id).collect();
        if queue.iter().all(|page| page * 4096 <= length) {
            assert_eq!(keys, story.unsent, "{length}: no page of the queue was lost");
        }
        kept.push(keys.len());
        assert!(keys.iter().all(|key| story.unsent.contains(key)), "{length}");
        assert_eq!(phone.session.verify().unwrap().flaws, [], "{length}");
    }
    // Nothing of the stumps, more and more of the others, most of it from all but the last page.
    let (most, some) = (kept.iter().max().unwrap(), kept.iter().filter(|kept| **kept > 0).count());
    assert!(told > 3 && some > 3 && *most * 2 > story.unsent.len(), "{told} told at the open; {kept:?}");
}

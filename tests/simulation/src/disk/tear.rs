//! What a loss of power leaves of a file: its synced state, and of each change since then all, nothing, or some sectors.

use super::Draw;
use super::changes::Change;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// What a disk writes as a whole, in bytes.
const SECTOR: u64 = 512;

/// How a file fared. Each is what some file system does.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// Nothing had reached the disk yet.
    Nothing,
    /// All had, only nobody had been told.
    All,
    /// What came first had, and the next write in part.
    First { whole: u64 },
    /// Each change by itself, in any order.
    Several,
    /// Each sector by itself.
    Sectors,
}

fn style(changes: u64, draw: Draw<'_>) -> Style {
    match draw() % 5 {
        0 => Style::Nothing,
        1 => Style::All,
        2 => Style::First { whole: draw() % changes.max(1) },
        3 => Style::Several,
        _ => Style::Sectors,
    }
}

/// What becomes of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    Lost,
    Torn,
}

fn fate(style: Style, number: u64, draw: Draw<'_>) -> Fate {
    match style {
        Style::Nothing => Fate::Lost,
        Style::All => Fate::Kept,
        Style::First { whole } => match number.cmp(&whole) {
            std::cmp::Ordering::Less => Fate::Kept,
            std::cmp::Ordering::Equal => Fate::Torn,
            std::cmp::Ordering::Greater => Fate::Lost,
        },
        Style::Several if draw().is_multiple_of(2) => Fate::Kept,
        Style::Several => Fate::Lost,
        Style::Sectors => Fate::Torn,
    }
}

/// Leaves in the file what the disk has of it.
pub(super) fn tear(file: &File, changes: Vec<Change>, draw: Draw<'_>) -> io::Result<()> {
    let mut redo = Vec::with_capacity(changes.len());
    for change in changes.into_iter().rev() {
        redo.push(undo(file, change)?);
    }
    let synced = file.metadata()?.len();
    let style = style(redo.len() as u64, draw);
    for (number, change) in redo.into_iter().rev().enumerate() {
        match (fate(style, number as u64, draw), change) {
            (Fate::Kept, Redo::Write { at, bytes }) => file.write_all_at(&bytes, at)?,
            (Fate::Torn, Redo::Write { at, bytes }) => write_torn(file, at, &bytes, synced, draw)?,
            (Fate::Kept, Redo::Resize { to }) => file.set_len(to)?,
            (Fate::Torn, Redo::Resize { to }) if draw().is_multiple_of(2) => file.set_len(to)?,
            (Fate::Lost | Fate::Torn, _) => {}
        }
    }
    Ok(())
}

enum Redo {
    Write { at: u64, bytes: Vec<u8> },
    Resize { to: u64 },
}

/// Undoes the newest change that is left. What it had written stands there still, since all that came later is undone.
fn undo(file: &File, change: Change) -> io::Result<Redo> {
    match change {
        Change::Write { at, length, before, size_before } => {
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, at)?;
            file.write_all_at(&before, at)?;
            if size_before < at + length as u64 {
                file.set_len(size_before)?;
            }
            Ok(Redo::Write { at, bytes })
        }
        Change::Resize { from, to, tail } => {
            file.set_len(from)?;
            file.write_all_at(&tail, to)?;
            Ok(Redo::Resize { to })
        }
    }
}

/// Some sectors as written, some as they were. Where the file had none, there may be anything.
fn write_torn(file: &File, at: u64, bytes: &[u8], synced: u64, draw: Draw<'_>) -> io::Result<()> {
    let (mut from, end) = (at, at + bytes.len() as u64);
    while from < end {
        let to = ((from / SECTOR + 1) * SECTOR).min(end);
        let written = &bytes[(from - at) as usize..(to - at) as usize];
        match draw() % 8 {
            0..4 => file.write_all_at(written, from)?,
            4 if from >= synced => file.write_all_at(&noise(written.len(), draw), from)?,
            _ => {}
        }
        from = to;
    }
    Ok(())
}

fn noise(length: usize, draw: Draw<'_>) -> Vec<u8> {
    (0..length.div_ceil(8)).flat_map(|_| draw().to_le_bytes()).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::super::changes::Changes;
    use super::*;
    use std::collections::HashSet;
    use std::io::{Read, Seek};

    const FULL: u64 = SECTOR;

    /// Eight sectors are synced (`o`); then come `a` over the last two of them and two more, `b` behind, and a cut. What is left,
    /// a letter a sector; `?`: noise.
    fn torn(draw: &mut dyn FnMut() -> u64) -> String {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all_at(&[b'o'; 8 * 512], 0).unwrap();
        let mut changes = Changes::default();
        let mut size = changes.write(&file, 8 * FULL, 6 * FULL, &[b'a'; 4 * 512]).unwrap();
        size = changes.write(&file, size, 9 * FULL, &[b'b'; 3 * 512]).unwrap();
        assert_eq!(changes.resize(&file, size, 11 * FULL).unwrap(), 11 * FULL);
        tear(&file, changes.into_vec(), draw).unwrap();
        let mut left = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut left).unwrap();
        assert_eq!(left.len() % 512, 0);
        let sector = |bytes: &[u8]| match bytes[0] {
            0 if bytes.iter().all(|byte| *byte == 0) => '0',
            letter if bytes.iter().all(|byte| *byte == letter) => letter as char,
            _ => '?',
        };
        left.chunks(512).map(sector).collect()
    }

    /// Draws these first, then nought for ever.
    fn scripted(first: &[u64]) -> impl FnMut() -> u64 {
        let mut numbers = first.iter().copied();
        move || numbers.next().unwrap_or(0)
    }

    #[test]
    fn each_way_to_fare() {
        let cases: [(&str, &[u64], &str); 7] = [
            ("nothing kept", &[0], "oooooooo"),
            ("all kept", &[1], "ooooooaaabb"),
            ("the first kept, of the second some", &[2, 1, 0, 7, 0], "ooooooaaab0b"),
            ("only the second, behind a hole", &[3, 1, 0, 1], "oooooooo0bbb"),
            ("only the cut, which then makes it longer", &[3, 1, 1, 0], "oooooooo000"),
            ("some sectors", &[4, 0, 7, 0, 7, 7, 7, 7, 1], "ooooooaoa"),
            ("noise, where nothing was synced", &[4, 7, 4, 4], "oooooooo?"),
        ];
        for (name, script, expected) in cases {
            let mut script = script.to_vec();
            if name.starts_with("noise") {
                script.extend((0..64).map(|number| number * 0x1234_5678_9abc));
                script.extend([7; 5]);
                script.push(1);
            }
            assert_eq!(torn(&mut scripted(&script)), expected, "{name}");
        }
    }

    #[test]
    fn what_is_synced_is_never_lost_and_nothing_comes_up_that_nobody_wrote() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let mut seen = HashSet::new();
        for _ in 0..2000 {
            let left = torn(&mut draw);
            assert!(left.starts_with("oooooo") && (8..=12).contains(&left.len()), "{left}");
            assert!(left[6..8].chars().all(|sector| "oa".contains(sector)), "{left}");
            assert!(left[8..].chars().all(|sector| "ab0?".contains(sector)), "{left}");
            seen.insert(left);
        }
        assert!(seen.len() > 50, "only {} different ends", seen.len());
    }
}

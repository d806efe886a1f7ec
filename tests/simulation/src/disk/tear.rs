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
    NothingKept,
    /// All had, only nobody had been told.
    AllKept,
    /// What came first had, and the next write in part.
    FirstKept { whole: u64 },
    /// Each change by itself, in any order.
    SomeKept,
    /// Each sector by itself.
    SectorsKept,
}

fn style(changes: u64, draw: Draw<'_>) -> Style {
    match draw() % 5 {
        0 => Style::NothingKept,
        1 => Style::AllKept,
        2 => Style::FirstKept { whole: draw() % changes.max(1) },
        3 => Style::SomeKept,
        _ => Style::SectorsKept,
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
        Style::NothingKept => Fate::Lost,
        Style::AllKept => Fate::Kept,
        Style::FirstKept { whole } => match number.cmp(&whole) {
            std::cmp::Ordering::Less => Fate::Kept,
            std::cmp::Ordering::Equal => Fate::Torn,
            std::cmp::Ordering::Greater => Fate::Lost,
        },
        Style::SomeKept if draw().is_multiple_of(2) => Fate::Kept,
        Style::SomeKept => Fate::Lost,
        Style::SectorsKept => Fate::Torn,
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

    /// Twelve sectors of which eight are synced; then three changes: over the last synced ones, behind the end, and a cut.
    fn torn(mut draw: impl FnMut() -> u64) -> Vec<u8> {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&[b'o'; 8 * 512], 0).unwrap();
        let mut changes = Changes::default();
        let mut size = 8 * 512;
        size = changes.write(&file, size, 6 * 512, &[b'a'; 4 * 512]).unwrap();
        size = changes.write(&file, size, 9 * 512, &[b'b'; 3 * 512]).unwrap();
        size = changes.resize(&file, size, 11 * 512).unwrap();
        assert_eq!(size, 11 * 512);
        tear(&file, changes.into_vec(), &mut draw).unwrap();
        let mut left = Vec::new();
        std::io::Read::read_to_end(&mut { file }, &mut left).unwrap_or_default();
        left
    }
}

//! Killed at every call while a damaged file gives way to a fresh one: the next call finishes it or does it again, no
//! unsent write is lost, and the damaged file is there as it was.

use super::check::{database_in, queue, whole};
use super::prepared::Prepared;
use super::{app, before_each_call, tracer};
use foodlens_core::*;
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// Makes nonsense of a page that an open does not look at. Gives the file as it is then.
pub fn damaged(prepared: &Prepared) -> (TempDir, Vec<u8>) {
    let folder = prepared.folder_again();
    // With its mark made, an open changes nothing.
    drop(prepared.open(folder.path()).unwrap());
    let file = database_in(folder.path());
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = 'history_shelves'";
    let page: usize = foodlens_scenarios::look_into(&file).query_row(sql, [], |row| row.get(0)).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xA5);
    std::fs::write(&file, &bytes).unwrap();
    (folder, bytes)
}

#[test]
fn a_recovery_killed_at_any_call_loses_nothing() {
    let prepared = Prepared::new();
    let url = prepared.server.base_url();
    before_each_call(
        "a recovery",
        |n| {
            let (folder, bytes) = damaged(&prepared);
            (tracer::kill_before_change(n, &mut app(folder.path(), &url, "recover")), (folder, bytes))
        },
        |name, ended, (folder, bytes)| {
            if ended.killed_before.is_none() {
                let salvaged = prepared.facts.queue.len();
                assert_eq!(ended.printed, [format!("salvaged {salvaged}")]);
            }
            nothing_is_lost(name, &prepared, folder.path(), &bytes);
        },
    );
}

pub fn nothing_is_lost(name: &str, prepared: &Prepared, folder: &Path, damaged: &[u8]) {
    let phone = prepared.recover(folder).unwrap_or_else(|e| panic!("{name}: {e}"));
    whole(name, &phone);
    let before: BTreeSet<_> = prepared.facts.queue.iter().map(|operation| operation.id).collect();
    let now: Vec<_> = queue(&phone, false).iter().map(|operation| operation.id).collect();
    assert_eq!(now.iter().copied().collect::<BTreeSet<_>>(), before, "{name}");
    assert_eq!(now.len(), before.len(), "{name}: twice");
    let parked = phone.session.queue().list(QueueFilter::Failed, 0, 9).unwrap();
    assert_eq!(
        parked.iter().map(|operation| operation.id).collect::<Vec<_>>(),
        [prepared.facts.parked.id],
        "{name}"
    );
    // But for what an open writes into it, which a recovery that fails may have to do again.
    let pages = |bytes: &[u8]| bytes.chunks(4096).map(<[u8]>::to_vec).collect::<BTreeSet<_>>();
    let spoilt = pages(damaged).into_iter().find(|page| *page == [0xA5; 4096]).unwrap();
    let kept = std::fs::read_dir(folder).unwrap().filter(|entry| {
        let path = entry.as_ref().unwrap().path();
        path.to_string_lossy().contains(".damaged-") && pages(&std::fs::read(path).unwrap()).contains(&spoilt)
    });
    assert_eq!(kept.count(), 1, "{name}: the damaged file");
}

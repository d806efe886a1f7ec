//! W8: what a record takes on the disk after a restore, searchable, with the file closed.

use crate::answers::Feed;
use crate::phone::AtRest;
use crate::restore::{self, RECORDS};
use crate::server::Server;
use crate::table::Table;
use crate::{limit, phone};
use std::path::Path;

pub fn by_record(table: &mut Table, wanted: impl Fn(&str) -> bool) {
    if !wanted("disk") {
        return;
    }
    let server = Server::start(Feed::of(RECORDS));
    let limits = phone::folder();
    restore::limit(&server, limits.path(), RECORDS);
    limit::index(&limit::open(limits.path()));
    for at_rest in AtRest::all() {
        let (_, workload) = at_rest.label("disk", "W8 bytes on the disk a record, searchable");
        let folder = phone::folder();
        restore::ours(&server, folder.path(), RECORDS, at_rest);
        table.add_sizes(&workload, bytes(folder.path()), bytes(limits.path()));
    }
}

/// Of all files in this folder, by record.
fn bytes(folder: &Path) -> f64 {
    let lengths = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { bytes(&path) * RECORDS as f64 } else { path.metadata().unwrap().len() as f64 }
    });
    lengths.sum::<f64>() / RECORDS as f64
}

//! What the tests share; a build without encryption has tests of its own.

#[cfg(feature = "encryption")]
mod converted;
#[cfg(feature = "encryption")]
mod damaged;
#[cfg(feature = "encryption")]
mod keys;
#[cfg(feature = "encryption")]
mod readable;
#[cfg(not(feature = "encryption"))]
mod without;

use foodlens_core::*;
use foodlens_scenarios::{Keys, Phone, PhoneOptions};
use std::path::{Path, PathBuf};

const NOWHERE: &str = "http://127.0.0.1:9";

fn open(folder: &Path, keys: Keys) -> Result<Phone> {
    Phone::in_folder(folder, NOWHERE, "ana", PhoneOptions { keys, ..PhoneOptions::default() })
}

fn kind<T>(result: Result<T>) -> ErrorKind {
    result.err().map(|error| error.kind().clone()).unwrap()
}

fn database(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "db")).unwrap()
}

#[cfg(feature = "encryption")]
fn scan(name: &str) -> HistoryContent {
    HistoryContent { product_name: Some(name.into()), ..HistoryContent::new(HistoryKind::Scan, 1) }
}

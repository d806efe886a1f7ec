//! The id of a user, which decides the names of files.

use crate::device::{Offline, library, must};
use foodlens_core::{ErrorKind, UserId};
use std::path::Path;
use std::sync::Arc;

/// What must hold: an id is refused, or its files lie in the folder under names that say nothing of it.
pub fn user_id(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let id = match UserId::new(text.clone()) {
        Ok(id) => id,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Invalid { .. }), "{error:?}");
            return;
        }
    };
    assert_eq!(id.as_str(), text);
    let around = must(tempfile::tempdir());
    let folder = around.path().join("data");
    let session = must(library(&folder, Arc::new(Offline)).0.session(&id));
    let beside = names_in(around.path());
    assert_eq!(beside, ["data"], "a file outside of the folder");
    let names = names_in(&folder);
    assert!(!names.is_empty());
    for name in &names {
        let stem = name.strip_prefix("foodlens-").and_then(|rest| rest.split('.').next());
        let (hash, _) = stem.unwrap_or_default().split_at(stem.unwrap_or_default().len().min(32));
        assert!(hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    }
    assert_eq!(session.user().as_str(), text);
}

fn names_in(folder: &Path) -> Vec<String> {
    must(std::fs::read_dir(folder)).map(|entry| must(must(entry).file_name().into_string())).collect()
}

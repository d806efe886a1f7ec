//! The statements that stand in the library's source and touch a table that grows.

use crate::GROWING;
use crate::watch::normal;
use std::fmt;
use std::path::Path;

/// A statement as it is written: parts that are filled in at run time are left open.
pub struct Written {
    place: String,
    text: String,
}

impl Written {
    /// Whether this is what ran.
    pub fn describes(&self, sql: &str) -> bool {
        let (mut rest, mut open) = (sql, false);
        for part in self.text.split_inclusive(['{', '}']) {
            let fixed = part.trim_end_matches(['{', '}']);
            if part.ends_with('}') && open {
                open = false;
                continue;
            }
            open = part.ends_with('{');
            match rest.find(fixed) {
                Some(at) => rest = &rest[at + fixed.len()..],
                None => return false,
            }
        }
        true
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// All of them. One that says `{}` for its table may mean any.
pub fn statements() -> Vec<Written> {
    let mut found = Vec::new();
    read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 30, "the source is not read as it is written now: {found:#?}");
    found
}

fn read_folder(folder: &Path, found: &mut Vec<Written>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            read_folder(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let place = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
            for text in literals(code).iter().map(|text| normal(text)).filter(|text| matters(text)) {
                found.push(Written { place: place.clone(), text });
            }
        }
    }
}

fn matters(text: &str) -> bool {
    let statement =
        ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "].iter().any(|word| text.starts_with(word));
    let words = text.split(|c: char| !c.is_alphanumeric() && !"_{}".contains(c));
    statement && words.into_iter().any(|word| word == "{}" || GROWING.contains(&word))
}

/// The string literals of Rust code, comments left out; a quoted quote (`'"'`) is no string.
fn literals(code: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), code);
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let (sign, after) = (&rest[at..at + 1], &rest[at + 1..]);
        rest = match sign {
            "/" if after.starts_with('/') => after.split_once('\n').map_or("", |(_, next)| next),
            "'" if after.starts_with("\"'") => &after[2..],
            "\"" => {
                let mut escaped = false;
                let end = after.find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                let end = end.unwrap_or(after.len());
                found.push(after[..end].to_owned());
                after.get(end + 1..).unwrap_or("")
            }
            _ => after,
        };
    }
    found
}

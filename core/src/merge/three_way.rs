//! Three-way merge of one record's fields. Pure.

use crate::collection::FieldPolicy;
use crate::fields::Fields;

/// The result of laying a local patch over what the server has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Merged {
    /// Nobody has to be asked. `patch` is what the server still lacks; `overtaken` are values of other devices that
    /// the patch replaces under last-writer-wins.
    Clean { patch: Fields, overtaken: Fields },
    /// Both sides changed these fields, and a person has to choose.
    Clash { fields: Vec<String> },
}

/// Merges per field: `seen` is what the person saw before the edit, `patch` the edit, `remote` the server's copy.
///
/// | remote moved? | same value? | policy | result |
/// |---|---|---|---|
/// | no | – | – | the edit stands |
/// | yes | yes | – | nothing left to send |
/// | yes | no | last writer | the edit stands, the other value is noted |
/// | yes | no | manual | clash |
pub(crate) fn merge(
    seen: &Fields,
    patch: &Fields,
    remote: &Fields,
    policy: impl Fn(&str) -> FieldPolicy,
) -> Merged {
    let (mut still, mut overtaken, mut clash) = (Fields::new(), Fields::new(), Vec::new());
    for (name, mine) in patch.iter() {
        let theirs = remote.get(name);
        if mine == theirs {
            continue;
        }
        if theirs != seen.get(name) {
            match policy(name) {
                FieldPolicy::LastWriterWins => overtaken.set(name, theirs.clone()),
                FieldPolicy::Manual => clash.push(name.to_owned()),
            }
        }
        still.set(name, mine.clone());
    }
    if clash.is_empty() { Merged::Clean { patch: still, overtaken } } else { Merged::Clash { fields: clash } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: serde_json::Value) -> Fields {
        serde_json::from_value(value).unwrap()
    }

    fn policy(name: &str) -> FieldPolicy {
        if name == "severity" { FieldPolicy::Manual } else { FieldPolicy::LastWriterWins }
    }

    #[test]
    fn table() {
        let clean = |patch, overtaken| Merged::Clean { patch: fields(patch), overtaken: fields(overtaken) };
        for (name, seen, patch, remote, expected) in [
            (
                "only this device changed it",
                json!({"severity": "mild"}),
                json!({"severity": "severe"}),
                json!({"severity": "mild"}),
                clean(json!({"severity": "severe"}), json!({})),
            ),
            (
                "both changed it to the same",
                json!({"severity": "mild"}),
                json!({"severity": "severe"}),
                json!({"severity": "severe"}),
                clean(json!({}), json!({})),
            ),
            (
                "both changed a sensitive field",
                json!({"severity": "mild"}),
                json!({"severity": "moderate"}),
                json!({"severity": "severe"}),
                Merged::Clash { fields: vec!["severity".into()] },
            ),
            (
                "both changed a plain field: the later arrival stands, the other is noted",
                json!({"notes": "a"}),
                json!({"notes": "b"}),
                json!({"notes": "c"}),
                clean(json!({"notes": "b"}), json!({"notes": "c"})),
            ),
            (
                "unrelated changes both survive",
                json!({"notes": "a"}),
                json!({"notes": "b"}),
                json!({"notes": "a", "severity": "severe"}),
                clean(json!({"notes": "b"}), json!({})),
            ),
            (
                "cleared here, changed there",
                json!({"severity": "mild"}),
                json!({"severity": null}),
                json!({"severity": "severe"}),
                Merged::Clash { fields: vec!["severity".into()] },
            ),
            (
                "cleared on both sides",
                json!({"severity": "mild"}),
                json!({"severity": null}),
                json!({}),
                clean(json!({}), json!({})),
            ),
        ] {
            assert_eq!(merge(&fields(seen), &fields(patch), &fields(remote), policy), expected, "{name}");
        }
    }
}

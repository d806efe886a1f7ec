//! A table of what becomes of a local change over the server's copy.

use super::*;
use crate::merge::{Reconciled, Remote, net_change, reconcile};

fn edit(seen: Value, patch: Value) -> Operation {
    operation(Kind::Update, fields(seen), fields(patch))
}

fn create(all: Value) -> Operation {
    operation(Kind::Create, Fields::new(), fields(all))
}

fn delete(seen: Value) -> Operation {
    operation(Kind::Delete, fields(seen), Fields::new())
}

fn clean(patch: Value, overtaken: Value) -> Reconciled {
    Reconciled::Clean { patch: fields(patch), overtaken: fields(overtaken) }
}

#[test]
fn what_becomes_of_a_local_change_over_the_servers_copy() {
    use Reconciled::{Clash, CleanDelete, Nothing};
    let mild = || json!({"allergen": "milk", "severity": "mild", "notes": "n"});
    let with = |name: &str, value: &str| {
        let mut record = mild();
        record[name] = json!(value);
        record
    };
    let worse = || edit(json!({"severity": "mild"}), json!({"severity": "severe"}));
    let note = || edit(json!({"notes": "n"}), json!({"notes": "mine"}));
    let cases = [
        ("only here", vec![worse()], Some(mild()), clean(json!({"severity": "severe"}), json!({}))),
        ("the same on both sides", vec![worse()], Some(with("severity", "severe")), Nothing),
        ("sensitive on both sides", vec![worse()], Some(with("severity", "moderate")), Clash),
        (
            "sensitive here, a note there",
            vec![worse()],
            Some(with("notes", "theirs")),
            clean(json!({"severity": "severe"}), json!({})),
        ),
        (
            "a note on both sides: the later stands, the other is noted",
            vec![note()],
            Some(with("notes", "theirs")),
            clean(json!({"notes": "mine"}), json!({"notes": "theirs"})),
        ),
        (
            "a note here does not hide that the severity is asked about",
            vec![note(), worse()],
            Some(with("severity", "moderate")),
            Clash,
        ),
        (
            "there and back here, another value there: the person touched it",
            vec![worse(), edit(json!({"severity": "severe"}), json!({"severity": "mild"}))],
            Some(with("severity", "moderate")),
            Clash,
        ),
        (
            "on the way to the same value, by another one",
            vec![worse(), edit(json!({"severity": "severe"}), json!({"severity": "moderate"}))],
            Some(with("severity", "moderate")),
            Nothing,
        ),
        (
            "cleared here, untouched there",
            vec![edit(json!({"notes": "n"}), json!({"notes": null}))],
            Some(mild()),
            clean(json!({"notes": null}), json!({})),
        ),
        ("edited here, deleted there", vec![note()], None, Clash),
        ("deleted here, untouched there", vec![delete(mild())], Some(mild()), CleanDelete),
        ("deleted here, a note there", vec![delete(mild())], Some(with("notes", "theirs")), CleanDelete),
        ("deleted here, worse there", vec![delete(mild())], Some(with("severity", "severe")), Clash),
        ("deleted on both sides", vec![delete(mild())], None, Nothing),
        (
            "edited, then deleted here: what was seen first counts",
            vec![worse(), delete(with("severity", "severe"))],
            Some(with("severity", "severe")),
            Clash,
        ),
        ("made here, unknown there: the server lost it, or never had it", vec![create(mild())], None, Clash),
        ("made here, the same there", vec![create(mild())], Some(mild()), Nothing),
        ("made here, worse there", vec![create(mild())], Some(with("severity", "severe")), Clash),
        (
            "made and mended here, as mended there",
            vec![create(mild()), worse()],
            Some(with("severity", "severe")),
            Nothing,
        ),
        (
            "made and deleted here, there all the same",
            vec![create(mild()), delete(mild())],
            Some(mild()),
            Clash,
        ),
    ];
    for (name, waiting, copy, expected) in cases {
        let remote = Remote { version: Version(2), fields: copy.map(fields) };
        assert_eq!(
            reconcile(&net_change(&waiting), &remote, Collection::Allergies.spec()),
            expected,
            "{name}"
        );
    }
}

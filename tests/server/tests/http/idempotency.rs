//! One key, one effect; and numbers without gaps, whoever writes at the same time.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, allergy, history, scan};

#[test]
fn a_repeat_gets_the_first_answer_even_after_the_record_moved_on() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    phone.write(&history(id, "create", None, json!({"note": "one"})));
    phone.write(&history(id, "update", Some(1), json!({"note": "two"})));
    let write = history(id, "update", Some(1), json!({"note": "three"}));
    let first = phone.write(&write);
    assert_eq!(first["overwritten"][0]["value"], "two");
    phone.write(&history(id, "delete", Some(3), json!({})));
    let repeat = phone.write(&write);
    assert_eq!(repeat["verdict"], "duplicate");
    assert_eq!(repeat["record"], first["record"]);
    assert_eq!(repeat["overwritten"], first["overwritten"]);
    assert_eq!(backend.running.stats().duplicates, 1);
}

#[test]
fn the_age_may_change_between_attempts_but_nothing_else() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let write = scan("one");
    phone.write(&write);
    let mut later = write.clone();
    later["age_ms"] = json!(99_999);
    assert_eq!(phone.write(&later)["verdict"], "duplicate");
    let mut other = write.clone();
    other["fields"]["product_name"] = json!("another");
    let refused = phone.write(&other);
    assert_eq!(refused["verdict"], "rejected");
    assert_eq!(
        (&refused["problem"]["status"], &refused["problem"]["code"]),
        (&json!(422), &json!("key_reused"))
    );
    assert_eq!(phone.write(&write)["verdict"], "duplicate", "the key still belongs to the first body");
}

#[test]
fn conflicts_and_refusals_are_kept_under_their_keys_too() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let id = Uuid::now_v7();
    phone.write(&allergy(id, "create", None, json!({"severity": "mild"})));
    let stale = allergy(id, "update", None, json!({"severity": "severe"}));
    let absent = history(Uuid::now_v7(), "update", None, json!({"note": "n"}));
    let misshapen = allergy(id, "upsert", Some(1), json!({}));
    let first = phone.batch(&[stale.clone(), absent.clone(), misshapen.clone()]);
    // What would be decided otherwise now.
    phone.write(&allergy(id, "update", Some(1), json!({"severity": "moderate"})));
    phone.write(&history(serde_json::from_value(absent["id"].clone()).unwrap(), "create", None, json!({})));
    let again = phone.batch(&[stale, absent, misshapen]);
    assert_eq!(again, first);
    let verdicts: Vec<&Value> = first.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(verdicts, ["conflict", "rejected", "rejected"]);
    assert_eq!(first[1]["problem"]["code"], "not_found");
}

#[test]
fn a_key_twice_in_one_batch_takes_effect_once() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let write = scan("one");
    let verdicts = phone.batch(&[write.clone(), write]);
    assert_eq!((&verdicts[0]["verdict"], &verdicts[1]["verdict"]), (&json!("applied"), &json!("duplicate")));
    assert_eq!(backend.running.snapshot("anna").unwrap().len(), 1);
}

#[test]
fn many_threads_with_one_key_have_one_effect() {
    let backend = Backend::start();
    for round in 0..5 {
        let write = scan("the same");
        let verdicts: Vec<Value> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| backend.client("anna").write(&write))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let applied = verdicts.iter().filter(|verdict| verdict["verdict"] == "applied").count();
        let duplicate = verdicts.iter().filter(|verdict| verdict["verdict"] == "duplicate").count();
        assert_eq!((applied, duplicate), (1, 7));
        assert!(verdicts.iter().all(|verdict| verdict["record"] == verdicts[0]["record"]));
        assert_eq!(backend.running.snapshot("anna").unwrap().len(), round + 1);
    }
}

#[test]
fn numbers_have_no_gaps_under_concurrent_writers_and_readers_never_see_one() {
    let backend = Backend::start();
    const WRITERS: usize = 4;
    const BATCHES: usize = 5;
    const SIZE: usize = 5;
    let total = WRITERS * BATCHES * SIZE;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let phone = backend.client("anna");
            let other = backend.client("bert");
            scope.spawn(move || {
                for batch in 0..BATCHES {
                    let writes: Vec<Value> =
                        (0..SIZE).map(|place| scan(&format!("{writer}.{batch}.{place}"))).collect();
                    phone.batch(&writes);
                    other.write(&scan("beside"));
                }
            });
        }
        let reader = backend.client("anna");
        scope.spawn(move || {
            let (mut cursor, mut seen) = (String::new(), 0);
            while seen < total {
                let page = reader.changes(&format!("?limit=7&cursor={cursor}"));
                for record in page["changes"].as_array().unwrap() {
                    seen += 1;
                    assert_eq!(record["version"], seen, "a number that comes later than its elders is lost");
                }
                cursor = page["next_cursor"].as_str().unwrap().to_owned();
            }
        });
    });
    let versions: Vec<i64> =
        backend.running.snapshot("anna").unwrap().iter().map(|record| record.version).collect();
    assert_eq!(versions, (1..=i64::try_from(total).unwrap()).collect::<Vec<_>>());
}

#[test]
fn many_threads_with_one_base_have_one_winner() {
    let backend = Backend::start();
    let id = Uuid::now_v7();
    backend.client("anna").write(&allergy(id, "create", None, json!({"notes": "start"})));
    let edits: Vec<Value> =
        (0..8).map(|place| allergy(id, "update", Some(1), json!({"notes": place.to_string()}))).collect();
    let verdicts: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = edits
            .iter()
            .map(|edit| {
                let phone = backend.client("anna");
                scope.spawn(move || phone.write(edit))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winners: Vec<&Value> = verdicts.iter().filter(|verdict| verdict["verdict"] == "applied").collect();
    assert_eq!(winners.len(), 1);
    let outcomes: BTreeSet<&str> =
        verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert_eq!(outcomes, BTreeSet::from(["applied", "conflict"]));
    let stored = &backend.running.snapshot("anna").unwrap()[0];
    assert_eq!(winners[0]["record"]["fields"], stored.fields);
    assert_eq!(backend.running.stats().conflicts, 7);
}

//! D3 to D6: one key, one effect.

use std::thread;

use serde_json::{Value, json};

use crate::bench::{Bench, is_of};
use crate::duty::{Check, Outcome, Step};
use crate::write::{Verdict, Write};

pub(crate) const REPEATS: &[Check] = &[
    Check::each_way("a_repeat", a_repeat),
    Check::each_way("a_repeat_after_a_later_write", a_repeat_after_a_later_write),
    Check::each_way("members_in_another_order", members_in_another_order),
];
pub(crate) const AT_ONCE: &[Check] = &[Check::each_way("repeats_at_once", repeats_at_once)];
pub(crate) const OTHER_BODY: &[Check] =
    &[Check::each_way("a_key_with_another_body", a_key_with_another_body)];
pub(crate) const RESTART: &[Check] = &[Check::each_way("a_repeat_after_a_restart", a_repeat_after_a_restart)];

const AT_THE_SAME_TIME: usize = 8;

fn a_repeat(bench: &Bench) -> Step {
    let write = Write::scan("sent twice");
    let first = bench.apply(&write)?;
    let again = bench.write(&write)?.must_be("duplicate")?;
    again.must(again.record == first.record, "the record of the first answer")
}

/// The stored answer, not one made of what is there now; and no effect, which an update would show.
fn a_repeat_after_a_later_write(bench: &Bench) -> Step {
    let create = Write::scan("first");
    let created = bench.apply(&create)?;
    let early = create.update(Some(created.version()), json!({"product_name": "early"}));
    let first = bench.apply(&early)?;
    let late = bench.apply(&create.update(Some(first.version()), json!({"product_name": "late"})))?;
    let again = bench.write(&early)?.must_be("duplicate")?;
    again.must(again.record == first.record, "the record of the first answer")?;
    let now = bench.get(&create.path())?;
    now.must(now.json["record"]["version"] == late.version(), "the later write, untouched by the repeat")
}

fn members_in_another_order(bench: &Bench) -> Step {
    let write = Write::scan("in order");
    bench.apply(&write)?;
    // Written by hand: a map of the library has one order.
    let fields = format!(
        r#"{{"product_name":{},"note":{},"kind":"scan"}}"#,
        write.fields["product_name"], write.fields["note"]
    );
    let again = match bench.way {
        crate::write::Way::Single => bench.send(&write.request().body(fields))?,
        crate::write::Way::Batch => {
            let sent = json!({"user": bench.kit.user, "operations": [write.operation()]}).to_string();
            let sent = sent.replacen(&write.fields.to_string(), &fields, 1);
            bench.send(&bench.batch_request(&[]).body(sent))?
        }
    };
    let verdict = match bench.way {
        crate::write::Way::Single => &again.json["verdict"]["verdict"],
        crate::write::Way::Batch => &again.json["verdicts"][0]["verdict"],
    };
    again.must(verdict == "duplicate", "duplicate: the order of members is no difference")
}

fn repeats_at_once(bench: &Bench) -> Step {
    for _ in 0..3 {
        let write = Write::scan("sent eight times at once");
        let cursor = bench.end_of_feed()?;
        let verdicts: Vec<Step<Verdict>> = thread::scope(|scope| {
            let sending: Vec<_> =
                (0..AT_THE_SAME_TIME).map(|_| scope.spawn(|| bench.write(&write))).collect();
            sending.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        let verdicts: Vec<Verdict> = verdicts.into_iter().collect::<Step<_>>()?;
        let named = |name: &str| verdicts.iter().filter(|verdict| verdict.name == name).count();
        let counts = (named("applied"), named("duplicate"));
        if counts != (1, AT_THE_SAME_TIME - 1) {
            let names: Vec<&str> = verdicts.iter().map(|verdict| verdict.name.as_str()).collect();
            let sent = format!("{AT_THE_SAME_TIME} times at once:\n{}", verdicts[0].exchange.sent);
            return Err(bench.failed(&sent, names.join(", "), "one applied, and duplicate for all others"));
        }
        let (changes, _) = bench.since(&cursor)?;
        let effects: Vec<&Value> = changes.iter().filter(|change| is_of(change, &write)).collect();
        verdicts[0].must(effects.len() == 1, "one record in the feed")?;
    }
    Ok(())
}

fn a_key_with_another_body(bench: &Bench) -> Step {
    let write = Write::scan("under the key");
    bench.apply(&write)?;
    let other = Write::scan("another one").with_key(write.key);
    bench.write(&other)?.must_be_rejected(422, "key_reused")?;
    bench.get(&other.path())?.must_be_problem(404, "not_found")?;
    let mut changed = write.clone();
    changed.fields["product_name"] = json!("changed");
    bench.write(&changed)?.must_be_rejected(422, "key_reused")?;
    let again = bench.write(&write)?.must_be("duplicate")?;
    again.must(again.record["fields"]["product_name"] == "under the key", "the first body's effect alone")
}

fn a_repeat_after_a_restart(bench: &Bench) -> Step {
    let restart = bench.kit.hooks.restart.as_ref();
    let restart = restart.ok_or_else(|| Outcome::not_offered("no --restart-command was given"))?;
    let write = Write::scan("before the restart");
    let first = bench.apply(&write)?;
    restart().map_err(|why| bench.failed("the restart command", why, "a backend that is up again"))?;
    let again = bench.write(&write)?.must_be("duplicate")?;
    again.must(again.record == first.record, "the record of the first answer")
}

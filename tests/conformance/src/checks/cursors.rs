//! D15, D16 and D17: cursors that resume, expire and cannot be made up.

use serde_json::json;

use crate::bench::Bench;
use crate::client::Request;
use crate::duty::{Check, Outcome, Step};
use crate::write::{Write, encoded};

pub(crate) const RESUME: &[Check] = &[
    Check::once("a_write_right_after_a_page", a_write_right_after_a_page),
    Check::once("a_page_again", a_page_again),
    Check::once("nothing_new", nothing_new),
];
pub(crate) const EXPIRED: &[Check] = &[Check::once("a_cursor_that_is_too_old", a_cursor_that_is_too_old)];
pub(crate) const FOREIGN: &[Check] = &[
    Check::once("a_cursor_that_was_made_up", a_cursor_that_was_made_up),
    Check::once("a_cursor_of_another_user", a_cursor_of_another_user),
    Check::once("a_cursor_of_other_entities", a_cursor_of_other_entities),
];

const ROUNDS: usize = 12;

/// Often, and at once: a cursor made of a clock misses what comes in the same tick.
fn a_write_right_after_a_page(bench: &Bench) -> Step {
    let mut cursor = bench.end_of_feed()?;
    for _ in 0..ROUNDS {
        let write = Write::scan("right after a page");
        bench.apply(&write)?;
        let page = bench.page(&format!("cursor={}", encoded(&cursor)))?;
        let ids: Vec<_> = page.changes.iter().map(|change| change["id"].clone()).collect();
        page.exchange
            .must(ids == [json!(write.id)], "the one record that came after the cursor was issued")?;
        cursor = page.next;
    }
    Ok(())
}

/// A device that died before it had stored a page asks for it again.
fn a_page_again(bench: &Bench) -> Step {
    let cursor = bench.end_of_feed()?;
    bench.apply(&Write::scan("read twice"))?;
    let query = format!("cursor={}", encoded(&cursor));
    let (first, again) = (bench.page(&query)?, bench.page(&query)?);
    again.exchange.must(first.changes == again.changes, "the same page for the same cursor")
}

fn nothing_new(bench: &Bench) -> Step {
    let (_, cursor) = bench.since(&bench.end_of_feed()?)?;
    let page = bench.page(&format!("cursor={}", encoded(&cursor)))?;
    let is_empty = page.changes.is_empty() && !page.has_more && !page.next.is_empty();
    page.exchange.must(is_empty, "an empty page with a cursor to go on from")
}

fn a_cursor_that_is_too_old(bench: &Bench) -> Step {
    let expire = bench.kit.hooks.expire_cursors.as_ref();
    let expire = expire.ok_or_else(|| Outcome::not_offered("no --expire-command was given"))?;
    let cursor = bench.end_of_feed()?;
    expire().map_err(|why| bench.failed("the expire command", why, "cursors that are too old"))?;
    let answer = bench.get(&format!("/v1/me/changes?cursor={}", encoded(&cursor)))?;
    answer.must_be_problem(410, "cursor_expired")?;
    bench.page("limit=1").map(|_| ())
}

fn a_cursor_that_was_made_up(bench: &Bench) -> Step {
    let real = bench.end_of_feed()?;
    let cut = real.chars().skip(1).collect::<String>();
    for cursor in ["1", "0", "nonsense", "2026-01-01T00:00:00Z", "' OR 1=1 --", &cut] {
        let answer = bench.get(&format!("/v1/me/changes?cursor={}", encoded(cursor)))?;
        answer.must_be_problem(400, "bad_cursor")?;
    }
    Ok(())
}

fn a_cursor_of_another_user(bench: &Bench) -> Step {
    let second = bench.second()?;
    let cursor = bench.end_of_feed()?;
    let answer = second.send(&Request::get(format!("/v1/me/changes?cursor={}", encoded(&cursor))))?;
    answer.must_be_problem(400, "bad_cursor")
}

/// What the first choice left out would never come.
fn a_cursor_of_other_entities(bench: &Bench) -> Step {
    let cursor = bench.page("entities=allergies&limit=1")?.next;
    let answer = bench.get(&format!("/v1/me/changes?entities=history&cursor={}", encoded(&cursor)))?;
    answer.must_be_problem(400, "bad_cursor")
}

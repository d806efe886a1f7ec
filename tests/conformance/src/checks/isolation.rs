//! D1 and D2: the token decides who asks, and nothing else does.

use serde_json::json;

use crate::bench::{Bench, is_of, page_of};
use crate::client::Request;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const TOKENS: &[Check] =
    &[Check::once("no_token", no_token), Check::once("a_bad_token", a_bad_token)];

pub(crate) const USERS: &[Check] = &[
    Check::once("a_record_of_another", a_record_of_another),
    Check::each_way("a_write_under_the_id_of_another", a_write_under_the_id_of_another),
    Check::once("the_feed_of_another", the_feed_of_another),
    Check::each_way("the_key_of_another", the_key_of_another),
    Check::once("a_batch_that_names_another", a_batch_that_names_another),
];

const PATHS: [&str; 3] = ["/v1/me/changes", "/v1/me/profile", "/v1/me/allergies"];

fn no_token(bench: &Bench) -> Step {
    for path in PATHS {
        bench.send(&Request::get(path).without_token())?.must_be_problem(401, "unauthorized")?;
    }
    let write = Write::scan("without a token");
    bench.send(&write.request().without_token())?.must_be_problem(401, "unauthorized")?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

fn a_bad_token(bench: &Bench) -> Step {
    // The last begins like a token that says of itself that it needs no signature.
    for token in ["Bearer nonsense", "Basic YTpi", "Bearer ", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."] {
        let request = Request::get(PATHS[0]).without_token().header("authorization", token);
        bench.send(&request)?.must_be_problem(401, "unauthorized")?;
    }
    Ok(())
}

fn a_record_of_another(bench: &Bench) -> Step {
    let second = bench.second()?;
    for write in [Write::scan("of one user"), Write::allergy()] {
        bench.apply(&write)?;
        second.send(&Request::get(write.path()))?.must_be_problem(404, "not_found")?;
    }
    Ok(())
}

fn a_write_under_the_id_of_another(bench: &Bench) -> Step {
    let second = bench.second()?;
    let write = Write::scan("mine");
    let before = bench.apply(&write)?;
    let theirs = write.update(Some(before.version()), json!({"product_name": "theirs"}));
    second.send(&theirs.request())?.must_be_problem(404, "not_found")?;
    let delete = write.delete(Some(before.version()));
    let answer = second.send(&delete.request())?;
    answer.must(answer.status == 200, "200: a record that this user does not have is deleted already")?;
    let now = bench.get(&write.path())?;
    now.must(now.json["record"]["fields"]["product_name"] == "mine", "the record as its user wrote it")
}

fn the_feed_of_another(bench: &Bench) -> Step {
    let second = bench.second()?;
    let write = Write::scan("of one user");
    bench.apply(&write)?;
    let mut query = "limit=1000".to_owned();
    loop {
        let page = page_of(second.send(&Request::get(format!("/v1/me/changes?{query}")))?)?;
        let has_it = page.changes.iter().any(|change| is_of(change, &write));
        page.exchange.must(!has_it, "no record of another user")?;
        if !page.has_more {
            return Ok(());
        }
        query = format!("limit=1000&cursor={}", crate::write::encoded(&page.next));
    }
}

/// Keys are unique for each user: one that another user has used is a new one.
fn the_key_of_another(bench: &Bench) -> Step {
    let second = bench.second()?;
    let write = Write::scan("of one user");
    bench.apply(&write)?;
    let theirs = Write::scan("of the other user").with_key(write.key);
    let answer = second.send(&theirs.request())?;
    let is_theirs = answer.json["verdict"]["record"]["fields"]["product_name"] == "of the other user";
    answer.must(answer.status == 200 && is_theirs, "200: the key of another user is no repeat")
}

fn a_batch_that_names_another(bench: &Bench) -> Step {
    bench.must_offer(bench.kit.offers_batch(), "batch")?;
    let write = Write::scan("for somebody else");
    let body = json!({"user": format!("{}-not", bench.kit.user), "operations": [write.operation()]});
    let answer = bench.send(&Request::new("POST", "/v1/me/batch").json(&body))?;
    answer.must_be_problem(403, "wrong_user")?;
    bench.get(&write.path())?.must_be_problem(404, "not_found")
}

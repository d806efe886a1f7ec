//! The table of verdicts: transport outcome × HTTP status × body → verdict per operation and signal for the run.

use super::*;
use crate::collection::Collection;
use crate::fields::Fields;
use crate::ids::RecordId;
use crate::outbox::State;
use serde_json::{Value, json};

const NOW: i64 = 1_767_225_600_000; // Thu, 01 Jan 2026 00:00:00 GMT

fn user() -> UserId {
    UserId::new("ana").unwrap()
}

fn record_id() -> RecordId {
    Uuid::from_u128(77).into()
}

fn op(key: u128, kind: Kind) -> Operation {
    let none = Fields::new();
    Operation {
        key: Uuid::from_u128(key).into(),
        record_id: record_id(),
        state: State::Sending,
        first_attempt_at: Some(0),
        ..Operation::example(Collection::History, kind, none.clone(), none)
    }
}

fn answer(status: u16, content_type: &str, body: &str) -> Outcome {
    Outcome::Response(Response {
        status,
        retry_after: None,
        content_type: Some(content_type.into()),
        body: body.into(),
    })
}

fn problem_of(status: u16, code: &str) -> Outcome {
    answer(
        status,
        "application/problem+json",
        &json!({"status": status, "code": code, "title": "t"}).to_string(),
    )
}

fn record() -> Value {
    json!({"entity": "history", "id": record_id(), "version": 5, "deleted": false, "fields": {}, "received_at": 1})
}

fn reply(verdicts: Value) -> Outcome {
    let body = json!({"user": "ana", "epoch": "e", "verdicts": verdicts});
    answer(200, "application/json", &body.to_string())
}

/// A verdict in short.
fn short(verdict: &OperationVerdict) -> String {
    match verdict {
        OperationVerdict::Acknowledged { record, duplicate, .. } => {
            format!(
                "acknowledged{}{}",
                if *duplicate { " before" } else { "" },
                if record.is_none() { ", none left" } else { "" }
            )
        }
        OperationVerdict::Conflict { record } => {
            format!("conflict{}", if record.is_none() { ", none left" } else { "" })
        }
        OperationVerdict::Refused { reason, status, code, .. } => {
            format!("refused {} {status} {code}", reason.code())
        }
        OperationVerdict::Again { counted } => (if *counted { "again, counted" } else { "again" }).to_owned(),
    }
}

#[test]
fn whole_answers() {
    use RunSignal::*;
    let html = |status| answer(status, "text/html", "<html>sign in</html>");
    for (name, outcome, verdict, signal) in [
        ("no route", Outcome::NotSent("no route"), "again", NoNetwork("no route")),
        ("cut", Outcome::OutcomeUnknown("cut"), "again, counted", ServerTrouble("cut")),
        ("portal", html(200), "again", PORTAL),
        ("portal that says 204", html(204), "again", PORTAL),
        ("redirect", html(302), "again", PORTAL),
        ("not modified", html(304), "again", PORTAL),
        ("network authentication", html(511), "again", PORTAL),
        ("a firewall's 403", html(403), "again", PORTAL),
        ("a proxy's 407", html(407), "again", PORTAL),
        ("half an answer", answer(200, "application/json", "{\"user\":\"a"), "again, counted", UNREADABLE),
        ("an error in a 200", answer(200, "application/json", "{\"error\":1}"), "again, counted", UNREADABLE),
        ("an empty 200", answer(200, "application/json", ""), "again, counted", UNREADABLE),
        ("token", problem_of(401, "unauthorized"), "again", Unauthorized),
        ("another user", problem_of(403, "wrong_user"), "again", WrongUser),
        ("forbidden", problem_of(403, "forbidden"), "refused forbidden 403 forbidden", Continue),
        ("no endpoint", html(404), "again", NoBatch),
        ("not this method", problem_of(405, "method_not_allowed"), "again", NoBatch),
        ("server's time-out", html(408), "again, counted", ServerTrouble("time-out at the server")),
        (
            "too large, alone",
            problem_of(413, "batch_too_large"),
            "refused too_large 413 batch_too_large",
            Continue,
        ),
        ("malformed, alone", problem_of(400, "malformed"), "refused refused 400 malformed", Continue),
        ("slow down", problem_of(429, "slow"), "again", Wait(DEFAULT_WAIT_MS)),
        ("unavailable", html(503), "again", Wait(DEFAULT_WAIT_MS)),
        ("server error", html(500), "again, counted", ServerTrouble("server error")),
        ("gateway", html(502), "again, counted", ServerTrouble("server error")),
        ("nonsense", html(999), "again", PORTAL),
    ] {
        let judged = judge_batch(&outcome, &user(), &[op(1, Kind::Update)], NOW);
        assert_eq!((short(&judged.verdicts[0]).as_str(), &judged.signal), (verdict, &signal), "{name}");
    }
}

#[test]
fn one_verdict_an_operation() {
    let key = Uuid::from_u128(1);
    let item = |verdict: &str, record: Value, problem: Value| {
        reply(
            json!([{"key": key, "verdict": verdict, "record": record, "overwritten": [], "problem": problem}]),
        )
    };
    let refused = |status: u16, code: &str| {
        item("rejected", Value::Null, json!({"status": status, "code": code, "title": ""}))
    };
    let mut strange = record();
    strange["id"] = json!(Uuid::from_u128(99));
    let (update, delete) = (Kind::Update, Kind::Delete);
    for (name, outcome, kind, verdict) in [
        ("applied", item("applied", record(), Value::Null), update, "acknowledged"),
        ("duplicate", item("duplicate", record(), Value::Null), update, "acknowledged before"),
        ("applied, but what?", item("applied", Value::Null, Value::Null), update, "again, counted"),
        ("applied to another record", item("applied", strange, Value::Null), update, "again, counted"),
        ("deleted", item("applied", Value::Null, Value::Null), delete, "acknowledged, none left"),
        ("delete of what is not there", refused(404, "not_found"), delete, "acknowledged, none left"),
        ("delete of what is gone", refused(410, "gone"), delete, "acknowledged, none left"),
        ("conflict", item("conflict", record(), Value::Null), update, "conflict"),
        ("conflict with nothing", item("conflict", Value::Null, Value::Null), update, "conflict, none left"),
        ("forbidden", refused(403, "forbidden"), update, "refused forbidden 403 forbidden"),
        ("not there", refused(404, "not_found"), update, "refused not_found 404 not_found"),
        ("gone", refused(410, "gone"), update, "refused gone 410 gone"),
        ("too large", refused(413, "too_large"), update, "refused too_large 413 too_large"),
        ("invalid", refused(422, "invalid"), update, "refused invalid 422 invalid"),
        ("key reused", refused(409, "key_reused"), update, "refused refused 409 key_reused"),
        (
            "a code that is a sentence",
            refused(422, "The allergen Kiwi is…"),
            update,
            "refused invalid 422 unnamed",
        ),
        (
            "rejected without a word",
            item("rejected", Value::Null, Value::Null),
            update,
            "refused refused 400 unnamed",
        ),
        ("deferred", item("deferred", Value::Null, Value::Null), update, "again"),
        ("a verdict of a newer server", item("pondered", record(), Value::Null), update, "again, counted"),
        ("not named", reply(json!([])), update, "again, counted"),
        ("no verdict at all", reply(json!([7, null, {"key": key}])), update, "again, counted"),
    ] {
        let judged = judge_batch(&outcome, &user(), &[op(1, kind)], NOW);
        assert_eq!(short(&judged.verdicts[0]), verdict, "{name}");
    }
}

#[test]
fn a_partial_reply_settles_what_it_names_and_a_reply_for_another_user_nothing() {
    let applied =
        json!({"key": Uuid::from_u128(2), "verdict": "applied", "record": record(), "problem": null});
    let sent = [op(1, Kind::Update), op(2, Kind::Update), op(3, Kind::Delete)];
    let judged = judge_batch(&reply(json!([applied])), &user(), &sent, NOW);
    let verdicts: Vec<_> = judged.verdicts.iter().map(short).collect();
    assert_eq!(verdicts, ["again, counted", "acknowledged", "again, counted"]);
    let other = json!({"user": "ben", "epoch": "e", "verdicts": [applied]}).to_string();
    let judged = judge_batch(&answer(200, "application/json", &other), &user(), &sent, NOW);
    assert!(judged.verdicts.iter().all(|verdict| *verdict == OperationVerdict::Again { counted: false }));
    assert_eq!(judged.signal, RunSignal::WrongUser);
}

#[test]
fn a_verdict_that_cannot_be_read_spoils_no_other_and_the_first_of_two_counts() {
    let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let said = |key: Uuid, verdict: &str| json!({"key": key, "verdict": verdict, "record": record()});
    let strange = [said(two, "pondered"), json!({"key": two}), json!(7), Value::Null];
    let sent = [op(1, Kind::Update), op(2, Kind::Update)];
    let judged = |verdicts: Vec<Value>| {
        let judged = judge_batch(&reply(Value::Array(verdicts)), &user(), &sent, NOW);
        assert_eq!((judged.signal, judged.epoch.as_deref()), (RunSignal::Continue, Some("e")));
        judged.verdicts.iter().map(short).collect::<Vec<_>>()
    };
    for strange in strange {
        assert_eq!(
            judged(vec![strange.clone(), said(one, "applied"), said(one, "conflict")]),
            ["acknowledged", "again, counted"],
            "{strange}"
        );
    }
    let all = vec![said(two, "duplicate"), said(one, "applied"), said(two, "conflict")];
    assert_eq!(judged(all), ["acknowledged", "acknowledged before"]);
}

#[test]
fn the_servers_copy_is_what_was_sent_or_is_read_or_its_verdict_is_not_understood() {
    let fields: Fields = serde_json::from_str(r#"{"a":[1,"é"],"b":"x"}"#).unwrap();
    let sent = [Operation { payload: fields.clone().into(), ..op(1, Kind::Create) }];
    let (key, id) = (sent[0].key, record_id());
    let item = |fields: &str| {
        let record =
            format!(r#"{{"entity":"history","id":"{id}","version":5,"deleted":false,"fields":{fields}}}"#);
        format!(r#"{{"key":"{key}","verdict":"applied","record":{record}}}"#)
    };
    let said = |items: &[u8]| {
        let body = [br#"{"user":"ana","epoch":"e","verdicts":["#, items, b"]}"].concat();
        let response =
            Response { status: 200, retry_after: None, content_type: Some("application/json".into()), body };
        let mut judged = judge_batch(&Outcome::Response(response), &user(), &sent, NOW);
        match judged.verdicts.remove(0) {
            OperationVerdict::Acknowledged { record, .. } => record.map(|record| record.fields),
            _ => None,
        }
    };
    let ours = sent[0].payload.text().to_owned();
    for (name, text) in [
        ("the very text that was sent", ours.as_str()),
        ("in another order, and with spaces", r#" {"b": "x", "a": [1, "é"]} "#),
        ("escaped", r#"{"a":[1,"\u00e9"],"b":"\u0078"}"#),
    ] {
        let read = said(item(text).as_bytes()).unwrap();
        assert_eq!((read.text(), &*read), (ours.as_str(), &fields), "{name}");
    }
    for strange in ["null", "[]", "7", r#""{}""#, r#"{"a":1e999}"#, r#"{"a":"\ud800"}"#] {
        assert_eq!(said(item(strange).as_bytes()), None, "{strange}");
        let both = [item(strange), item("{}")].join(",");
        assert_eq!(
            said(both.as_bytes()),
            Some(Fields::new().into()),
            "{strange}, and then one that can be read"
        );
    }
    let latin =
        |text: &str| text.bytes().map(|byte| if byte == b'?' { 0xe9 } else { byte }).collect::<Vec<_>>();
    let unread = item("{}").replacen('{', r#"{"title":"caf?","#, 1);
    assert_eq!(said(&latin(&unread)), Some(Fields::new().into()), "no UTF-8 in what nobody reads");
    assert_eq!(said(&latin(&item(r#"{"a":"?"}"#))), None, "no UTF-8 in the copy");
}

#[test]
fn the_longest_wait_of_what_is_deferred_is_the_runs() {
    let item = |key: u128, verdict: &str, wait: Value| json!({"key": Uuid::from_u128(key), "verdict": verdict, "record": record(), "problem": null, "retry_after_s": wait});
    let sent = [op(1, Kind::Update), op(2, Kind::Update), op(3, Kind::Update)];
    for (name, waits, signal) in [
        ("the longest", [("deferred", json!(90)), ("deferred", json!(30))], RunSignal::Wait(90_000)),
        (
            "none named",
            [("deferred", json!(null)), ("applied", json!(null))],
            RunSignal::Wait(DEFAULT_WAIT_MS),
        ),
        ("absurd", [("deferred", json!(u64::MAX)), ("applied", json!(null))], RunSignal::Wait(MAX_WAIT_MS)),
        ("of what is settled", [("applied", json!(90)), ("conflict", json!(30))], RunSignal::Continue),
    ] {
        let [one, other] = waits;
        let said = json!([item(1, one.0, one.1), item(2, other.0, other.1), item(3, "applied", json!(null))]);
        assert_eq!(judge_batch(&reply(said), &user(), &sent, NOW).signal, signal, "{name}");
    }
}

#[test]
fn a_refusal_of_many_is_halved_before_anyone_is_blamed() {
    let sent = [op(1, Kind::Update), op(2, Kind::Update)];
    for outcome in [problem_of(413, "batch_too_large"), problem_of(400, "malformed"), problem_of(422, "odd")]
    {
        let judged = judge_batch(&outcome, &user(), &sent, NOW);
        assert_eq!(judged.signal, RunSignal::TooLarge(2));
        assert!(judged.verdicts.iter().all(|verdict| *verdict == OperationVerdict::Again { counted: false }));
    }
}

#[test]
fn of_answers_at_one_time_the_one_that_weighs_most_decides() {
    use RunSignal::*;
    for (what, one, other) in [
        ("a half goes again", Continue, TooLarge(2)),
        ("no batch, so no half of it", TooLarge(100), NoBatch),
        ("who says stop is heard before who says otherwise", NoBatch, PORTAL),
        ("it was reached", PORTAL, UNREADABLE),
        ("not before the time that it named", UNREADABLE, Wait(1)),
        ("the longer one", Wait(1), Wait(2)),
        ("a person is needed", Wait(MAX_WAIT_MS), Unauthorized),
        ("nothing is right", Unauthorized, WrongUser),
    ] {
        assert!(one < other, "{what}");
    }
}

#[test]
fn single_writes_follow_the_same_rules() {
    let body = |user: &str, key: u128, verdict: &str| {
        let item =
            json!({"key": Uuid::from_u128(key), "verdict": verdict, "record": record(), "problem": null});
        answer(200, "application/json", &json!({"user": user, "epoch": "e", "verdict": item}).to_string())
    };
    let refusal = |status: u16, code: &str, user: &str, record: Value| {
        let body = json!({"status": status, "code": code, "title": "t", "user": user, "record": record});
        answer(status, "application/problem+json", &body.to_string())
    };
    let html = |status| answer(status, "text/html", "<html></html>");
    use RunSignal::*;
    for (name, outcome, kind, verdict, signal) in [
        ("applied", body("ana", 1, "applied"), Kind::Update, "acknowledged", Continue),
        ("duplicate", body("ana", 1, "duplicate"), Kind::Update, "acknowledged before", Continue),
        ("of another user", body("ben", 1, "applied"), Kind::Update, "again", WrongUser),
        ("of another operation", body("ana", 2, "applied"), Kind::Update, "again, counted", UNREADABLE),
        ("conflict", refusal(409, "conflict", "ana", record()), Kind::Update, "conflict", Continue),
        (
            "conflict of another user",
            refusal(409, "conflict", "ben", record()),
            Kind::Update,
            "again",
            WrongUser,
        ),
        ("another user's, it says", problem_of(403, "wrong_user"), Kind::Update, "again", WrongUser),
        (
            "a refusal that names no user",
            problem_of(403, "forbidden"),
            Kind::Update,
            "refused forbidden 403 forbidden",
            Continue,
        ),
        (
            "a conflict of another kind",
            refusal(409, "key_reused", "ana", record()),
            Kind::Update,
            "refused refused 409 key_reused",
            Continue,
        ),
        (
            "malformed",
            refusal(400, "malformed", "ana", Value::Null),
            Kind::Update,
            "refused refused 400 malformed",
            Continue,
        ),
        (
            "its status is HTTP's, whatever the body says",
            answer(
                410,
                "application/problem+json",
                r#"{"status": 422, "code": "gone", "title": "t", "user": "ana"}"#,
            ),
            Kind::Update,
            "refused gone 410 gone",
            Continue,
        ),
        ("gone", refusal(410, "gone", "ana", record()), Kind::Update, "refused gone 410 gone", Continue),
        (
            "not there",
            refusal(404, "not_found", "ana", Value::Null),
            Kind::Update,
            "refused not_found 404 not_found",
            Continue,
        ),
        (
            "delete, not there",
            refusal(404, "not_found", "ana", Value::Null),
            Kind::Delete,
            "acknowledged, none left",
            Continue,
        ),
        ("a bare 404", html(404), Kind::Update, "again", PORTAL),
        ("a portal", html(200), Kind::Update, "again", PORTAL),
        ("server error", html(500), Kind::Update, "again, counted", ServerTrouble("server error")),
    ] {
        let judged = judge_single(&outcome, &user(), &op(1, kind), NOW);
        assert_eq!((short(&judged.verdicts[0]).as_str(), &judged.signal), (verdict, &signal), "{name}");
    }
}

#[test]
fn retry_after_in_both_forms_and_absurd_values() {
    for (text, expected) in [
        (None, DEFAULT_WAIT_MS),
        (Some(""), DEFAULT_WAIT_MS),
        (Some("soon"), DEFAULT_WAIT_MS),
        (Some("-5"), DEFAULT_WAIT_MS),
        (Some("0"), 1_000),
        (Some(" 90 "), 90_000),
        (Some("99999999999999999999999"), MAX_WAIT_MS),
        (Some("Thu, 01 Jan 2026 00:02:00 GMT"), 120_000),
        (Some("Thu, 01 Jan 1970 00:00:00 GMT"), 1_000),
        (Some("Fri, 31 Dec 9999 23:59:59 GMT"), MAX_WAIT_MS),
        (Some("Thursday, 01-Jan-26 00:01:00 GMT"), 60_000),
    ] {
        assert_eq!(wait_ms(text, NOW), expected, "{text:?}");
    }
    assert_eq!(wait_ms(Some("Thu, 01 Jan 2026 00:02:00 GMT"), -5), MAX_WAIT_MS, "a clock before 1970");
}

#[test]
fn pages() {
    for (name, outcome, expected) in [
        ("410", problem_of(410, "cursor_expired"), None),
        ("unknown cursor", problem_of(400, "bad_cursor"), None),
        ("another 400", problem_of(400, "malformed"), Some(RunSignal::ServerTrouble("request refused"))),
        ("forbidden", problem_of(403, "wrong_user"), Some(RunSignal::WrongUser)),
        ("a firewall's 410", answer(410, "text/html", "gone"), Some(PORTAL)),
        ("portal", answer(200, "text/html", "<html>"), Some(PORTAL)),
        ("error in a 200", answer(200, "application/json", "{}"), Some(UNREADABLE)),
    ] {
        let Err(signal) = judge_read(&outcome, NOW, None::<()>) else { panic!("{name}") };
        assert_eq!(signal, expected, "{name}");
    }
}

#[test]
fn what_a_backend_says_that_it_can_do() {
    let said = |text: &str| Ok(Said::Capabilities(text.to_owned()));
    let json = |text: &str| answer(200, "application/json", text);
    let html = |status| answer(status, "text/html", "<html></html>");
    let ours = r#"{"user":"ana","batch":null}"#;
    let long = |bytes: usize| {
        let rest = r#"{"user":"ana","x":""}"#.len();
        format!(r#"{{"user":"ana","x":"{}"}}"#, "x".repeat(bytes - rest))
    };
    let (most, more) = (long(64 * 1024), long(64 * 1024 + 1));
    for (name, outcome, expected) in [
        ("this", json(ours), said(ours)),
        ("as much as is kept", json(&most), said(&most)),
        ("more than is kept", json(&more), Ok(Said::Nothing)),
        ("to another user", json(r#"{"user":"ben"}"#), Err(RunSignal::WrongUser)),
        ("to nobody", json("{}"), Ok(Said::Nothing)),
        ("refused to this user", problem_of(403, "wrong_user"), Err(RunSignal::WrongUser)),
        ("a firewall's 403", html(403), Ok(Said::Nothing)),
        ("no endpoint", problem_of(404, "not_found"), Ok(Said::Nothing)),
        ("an error with a user in it", answer(400, "application/json", ours), Ok(Said::Nothing)),
        ("a page of its own", html(200), Ok(Said::Nothing)),
        ("a portal", html(302), Ok(Said::NoAnswer)),
        ("server error", html(500), Ok(Said::NoAnswer)),
        ("cut", Outcome::OutcomeUnknown("cut"), Ok(Said::NoAnswer)),
        ("no route", Outcome::NotSent("no route"), Err(RunSignal::NoNetwork("no route"))),
        ("token", problem_of(401, "unauthorized"), Err(RunSignal::Unauthorized)),
        ("slow down", html(429), Err(RunSignal::Wait(DEFAULT_WAIT_MS))),
    ] {
        assert_eq!(judge_capabilities(&outcome, &user(), NOW), expected, "{name}");
    }
}

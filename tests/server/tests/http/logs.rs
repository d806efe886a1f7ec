//! What the program writes about what it does: a line a request, and nothing of what was in it.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::daemon::Daemon;
use crate::raw::Line;
use crate::support::{Client, allergy, scan};

const CANARY: &str = "canary-of-a-person";

/// Everything that the program said while all kinds of requests came, good and bad.
fn busy(format: &str) -> (String, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("db");
    let more = ["--log", "trace", "--log-format", format, "--test-faults", "--metrics"];
    let mut daemon = Daemon::start(&database, &more);
    let phone = Client::new(&daemon.base_url, CANARY);
    let id = Uuid::now_v7();
    let kiwi = |base| allergy(id, "update", base, json!({"allergen": {"text": CANARY}, "notes": CANARY}));
    phone.batch(&[scan(CANARY), kiwi(None), kiwi(Some(9))]);
    phone.write(&json!({"key": Uuid::now_v7(), "entity": CANARY, "kind": CANARY}));
    let strange = [
        ("x-app-version", CANARY),
        ("if-match", CANARY),
        ("idempotency-key", CANARY),
        ("user-agent", CANARY),
    ];
    let paths = [
        format!("/v1/me/changes?cursor={CANARY}"),
        format!("/v1/me/history?before={CANARY}&limit={CANARY}"),
        format!("/v1/me/allergies/{CANARY}"),
        format!("/{CANARY}?{CANARY}"),
    ];
    for path in &paths {
        for method in ["GET", "PUT", "DELETE"] {
            phone.try_send(method, path, &strange, Some(&format!("{{\"{CANARY}\""))).unwrap();
            phone.try_send(method, path, &[("authorization", &format!("Bearer {CANARY}"))], None).unwrap();
        }
    }
    for token in [CANARY, &phone.token] {
        Line::new(&daemon.base_url).ask("CANARY-OF-A-PERSON", "/v1/me/changes", token);
    }
    let fault =
        format!(r#"[{{"fault":"status","status":500,"body":"{CANARY}"}},{{"fault":"commit_then_silence"}}]"#);
    assert_eq!(phone.send("POST", "/test/faults", &[], Some(&fault)).status, 204);
    let body = phone.batch_body(&[scan(CANARY)]);
    for _ in 0..2 {
        let _ = phone.try_send("POST", "/v1/me/batch", &[], Some(&body));
    }
    // The database fails, too.
    rusqlite::Connection::open(&database)
        .unwrap()
        .execute_batch("DROP TABLE records; DROP TABLE answers")
        .unwrap();
    phone.batch(&[scan(CANARY), kiwi(None)]);
    let token = phone.token.clone();
    daemon.signal("-TERM");
    assert_eq!(daemon.end(), Some(0));
    (daemon.said(), token.split('.').map(str::to_owned).collect())
}

#[test]
fn nothing_of_a_person_is_in_the_logs_at_any_level() {
    for format in ["text", "json"] {
        let (said, token) = busy(format);
        assert!(said.lines().filter(|line| line.contains("/v1/me/batch")).count() >= 4, "{said}");
        for secret in token.iter().map(String::as_str).chain([CANARY, &CANARY.to_uppercase()]) {
            assert!(!said.contains(secret), "{secret} in {format}: {said}");
        }
    }
}

#[test]
fn a_request_is_one_line_of_json() {
    let (said, _) = busy("json");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests: Vec<&Value> = lines.iter().filter(|line| line["message"] == "request").collect();
    let members =
        ["timestamp", "level", "message", "target", "request_id", "method", "route", "status", "ms"];
    let known: BTreeSet<&str> = members.into_iter().chain(["code", "verdicts"]).collect();
    for line in &requests {
        let names: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(members.iter().all(|name| names.contains(name)) && names.is_subset(&known), "{line}");
    }
    let ids: BTreeSet<String> = requests.iter().map(|line| line["request_id"].to_string()).collect();
    assert_eq!(ids.len(), requests.len(), "each has its own id");
    let has = |route: &str, name: &str, value: Value| {
        requests.iter().any(|line| line["route"] == route && line[name] == value)
    };
    assert!(has("/v1/me/batch", "verdicts", json!("applied:2 conflict:1")), "{said}");
    assert!(has("/v1/me/changes", "code", json!("bad_cursor")));
    assert!(has("/v1/me/allergies/{id}", "method", json!("PUT")));
    assert!(has("/v1/me/changes", "method", json!("other")));
    assert!(has("none", "code", json!("not_found")));
    assert!(lines.iter().any(|line| line["level"] == "ERROR"), "the database failed: {said}");
}

fn run(more: &[&str]) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_foodlens-server");
    let out =
        Command::new(program).env_remove("FOODLENS_SECRET").args(more).stdin(Stdio::null()).output().unwrap();
    (out.status.code(), String::from_utf8([out.stdout, out.stderr].concat()).unwrap())
}

#[test]
fn the_help_says_units_defaults_variables_and_exit_codes() {
    let (code, help) = run(&["--help"]);
    assert_eq!(code, Some(0));
    let options: Vec<&str> = help.split("\n      --").skip(1).collect();
    assert!(options.len() > 25, "{help}");
    for option in options {
        let about = option.split_whitespace().collect::<Vec<_>>().join(" ");
        if option.contains("<SECONDS>") {
            assert!(about.contains("in seconds") && about.contains("[default: "), "{option}");
        }
        if option.contains("<COUNT>") || option.contains("<FORMAT>") {
            assert!(about.contains("[default: "), "{option}");
        }
    }
    for word in [
        "FOODLENS_SECRET",
        "FOODLENS_DATABASE",
        "Examples:",
        "Exit codes:",
        "--chaos-seed",
        "[default: 100:1000]",
    ] {
        assert!(help.contains(word), "{word}");
    }
    // An example that cannot be run is none.
    let examples = help.split("Examples:").nth(1).unwrap();
    for word in examples.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(help.split("Examples:").next().unwrap().contains(word), "{word}");
    }
}

#[test]
fn what_goes_wrong_at_the_start_has_a_code_and_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let (here, file) = (folder.path().to_str().unwrap(), folder.path().join("db"));
    let file = file.to_str().unwrap();
    let cases: [(&[&str], i32, &str); 7] = [
        (&["--database", file], 2, "--secret"),
        (&["--database", file, "--secret", "s", "--chaos", "drop=9"], 2, "no share from 0 to 1"),
        (&["--database", file, "--secret", "s", "--user-rate", "many"], 2, "requests a second"),
        (&["--database", file, "--secret", "s", "--chaos-seed", "7"], 2, "--chaos"),
        (&["--print-token", "anna", "--jwks", "keys"], 2, "--secret"),
        (&["--database", here, "--secret", "s"], 1, "foodlens-server: database"),
        (&["--database", file, "--jwks", "/nowhere/jwks.json"], 1, "foodlens-server: "),
    ];
    for (more, code, word) in cases {
        let (got, said) = run(more);
        assert_eq!(got, Some(code), "{more:?}: {said}");
        assert!(said.contains(word), "{more:?}: {said}");
    }
}

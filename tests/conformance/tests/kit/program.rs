//! The program: what it prints, writes and ends with.

use std::path::Path;
use std::process::{Command, Output};

use foodlens_server::Sabotage;
use serde_json::Value;

use crate::support::{Backend, token};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_foodlens-conformance"))
        .args(arguments)
        .env_remove("FOODLENS_TOKEN")
        .env_remove("FOODLENS_SECOND_TOKEN")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_green_run_ends_with_0() {
    let backend = Backend::start(|_| {});
    let output = program(&["--base-url", &backend.base_url(), "--token", &token("anna"), "--only", "d3,D12"]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}");
    assert!(table.contains("D3   A repeat takes effect once") && table.contains("D12"), "{table}");
    assert!(!table.contains("D4 "), "{table}");
}

#[test]
fn a_red_run_ends_with_1_and_no_report_shows_a_token() {
    let backend = Backend::start(|options| options.sabotage = Some(Sabotage::OverwrittenLost));
    let folder = tempfile::tempdir().unwrap();
    let (json, junit) = (folder.path().join("report.json"), folder.path().join("report.xml"));
    let (mine, other) = (token("anna"), token("bert"));
    let output = program(&[
        "--base-url",
        &backend.base_url(),
        "--token",
        &mine,
        "--second-token",
        &other,
        "--only",
        "D2,D9,D16",
        "--json",
        json.to_str().unwrap(),
        "--junit",
        junit.to_str().unwrap(),
    ]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{table}{}", text(&output.stderr));
    for part in
        ["Red: D9", "sent", "came back", "expected", "tests/contract/README.md#d9", "--expire-command"]
    {
        assert!(table.contains(part), "{part}: {table}");
    }
    let report: Value = serde_json::from_str(&read(&json)).unwrap();
    let lines = report["checks"].as_array().unwrap();
    let failed: Vec<&Value> = lines.iter().filter(|line| line["outcome"] == "fail").collect();
    assert_eq!(report["failed"], failed.len(), "{report}");
    assert!(failed.iter().all(|line| line["duty"] == "D9" && line["got"].is_string()), "{report}");
    let junit = read(&junit);
    assert_eq!(junit.matches("<testcase").count(), lines.len(), "{junit}");
    assert_eq!(junit.matches("<failure").count(), failed.len(), "{junit}");
    for report in [&table, &read(&json), &junit, &text(&output.stderr)] {
        assert!(!report.contains(&mine) && !report.contains(&other), "{report}");
    }
}

#[test]
fn nothing_to_check_ends_with_2() {
    let backend = Backend::start(|_| {});
    let url = backend.base_url();
    let anna = token("anna");
    let cases: [(&str, Vec<&str>); 6] = [
        ("no arguments", vec![]),
        ("nobody there", vec!["--base-url", "http://127.0.0.1:9", "--token", &anna]),
        ("a refused token", vec!["--base-url", &url, "--token", "nonsense"]),
        ("a refused second token", vec!["--base-url", &url, "--token", &anna, "--second-token", "nonsense"]),
        ("one user twice", vec!["--base-url", &url, "--token", &anna, "--second-token", &anna]),
        ("no such duty", vec!["--base-url", &url, "--token", &anna, "--only", "D99"]),
    ];
    for (case, arguments) in cases {
        let output = program(&arguments);
        assert_eq!(output.status.code(), Some(2), "{case}: {}", text(&output.stdout));
        assert!(!text(&output.stderr).is_empty(), "{case} says why");
    }
}

#[test]
fn a_run_has_an_end() {
    let backend = Backend::start(|_| {});
    let report = backend.check_with(|options| options.deadline = std::time::Duration::from_millis(300));
    assert!(!report.is_green());
    assert!(report.to_string().contains("the time of the whole run is up"), "{report}");
}

#[test]
fn the_commands_of_an_operator_are_run() {
    let backend = Backend::start(|_| {});
    let (url, anna) = (backend.base_url(), token("anna"));
    let run = |more: &[&str]| {
        program(&[&["--base-url", &url, "--token", &anna, "--only", "D6,D16"], more].concat())
    };
    let output = run(&["--restart-command", "exit 3", "--expire-command", "true"]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{table}");
    assert!(table.contains("exit status: 3") && table.contains("Red: D6, D16"), "{table}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("was run");
    let output = run(&["--restart-command", &format!("echo >> '{}'", file.display())]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(read(&file), "\n\n", "once for each way of writing");
}

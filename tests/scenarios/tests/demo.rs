//! The demo as `make demo` runs it: a good end, and the ends that it must not take for good.
//!
//! The demo starts the server's program, which it finds beside its own. `cargo test` of the workspace has built it; where
//! only this package is tested and it was never built, it is built here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use std::error::Error;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

const DEMO: &str = env!("CARGO_BIN_EXE_foodlens-demo");

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn build_server() -> Result<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let folder = Path::new(DEMO).parent().ok_or("no folder")?;
    if folder.join("foodlens-server").exists() {
        return Ok(());
    }
    let profile = folder.file_name().and_then(|name| name.to_str()).ok_or("no profile")?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let status = Command::new(cargo)
        .args(["build", "-p", "foodlens-server", "--bins"])
        .args(["--profile", if profile == "debug" { "dev" } else { profile }])
        .arg("--target-dir")
        .arg(folder.parent().ok_or("no target folder")?)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if status.success() { Ok(()) } else { Err("the server cannot be built".into()) }
}

struct Told {
    code: Option<i32>,
    text: String,
    /// Files that it left behind.
    left: usize,
    /// Where its backend was; nobody may answer there any more.
    address: String,
}

fn run(arguments: &[&str]) -> Result<Told> {
    build_server()?;
    let scratch = tempfile::tempdir()?;
    let output = Command::new(DEMO).args(arguments).env("TMPDIR", scratch.path()).output()?;
    let text = String::from_utf8(output.stdout)? + &String::from_utf8_lossy(&output.stderr);
    let (_, url) = text.split_once("http://").ok_or_else(|| format!("no backend\n{text}"))?;
    let address = url.split_once(": ").ok_or("no address")?.0.to_owned();
    let left = std::fs::read_dir(scratch.path())?.count();
    Ok(Told { code: output.status.code(), text, left, address })
}

/// Runs the demo with one record harmed on the server: the record as `history/ID`, and what is said after that.
fn run_with(sabotage: &str) -> Result<(String, Told)> {
    let told = run(&["--sabotage", sabotage])?;
    let (_, rest) =
        told.text.split_once("Sabotage: ").ok_or_else(|| format!("no sabotage\n{}", told.text))?;
    let (done, rest) = rest.split_once('\n').ok_or("nothing said")?;
    // "dropped history/ID (…)"
    let victim = done.split(' ').nth(1).ok_or("no victim")?.to_owned();
    Ok((victim, Told { text: rest.to_owned(), ..told }))
}

#[track_caller]
fn assert_nothing_is_left(told: &Told) {
    assert_eq!(told.left, 0, "its files are removed\n{}", told.text);
    assert!(TcpStream::connect(&told.address).is_err(), "its backend is stopped\n{}", told.text);
}

#[test]
fn the_story_ends_well() {
    let told = run(&[]).unwrap();
    assert_eq!(told.code, Some(0), "{}", told.text);
    assert!(told.text.contains("✓ lost 0, duplicated 0, different 0"), "{}", told.text);
    assert!(!told.text.contains('✗'), "{}", told.text);
    assert!(!told.text.contains('\x1b'), "no colours in a file\n{}", told.text);
    // Each of these belongs to a promise of the story: a step that is left out would not fail by itself.
    for part in [
        "427 records imported",
        "connection refused",
        "failed (conflict)",
        "milk life-threatening (in question)",
        "the retry made no second effect",
        "killed with SIGKILL",
        "the 20 that were under way went again",
        "551 pulled",
        "nothing of Jolana's",
        "Phone C = server: 0 differences",
    ] {
        assert!(told.text.contains(part), "{part}\n{}", told.text);
    }
    assert_nothing_is_left(&told);
}

#[test]
fn a_record_that_the_server_loses_is_named() {
    let (victim, told) = run_with("drop-a-record").unwrap();
    assert_eq!(told.code, Some(1), "{}", told.text);
    assert!(told.text.contains(&format!("{victim}: not on the server")), "{}", told.text);
    assert!(told.text.contains(&format!("Phone B: {victim}: on the phone only")), "{}", told.text);
    assert!(told.text.contains("lost 1, duplicated 0, different 3"), "{}", told.text);
    assert_nothing_is_left(&told);
}

#[test]
fn a_record_that_is_there_twice_is_named() {
    let (victim, told) = run_with("double-a-record").unwrap();
    assert_eq!(told.code, Some(1), "{}", told.text);
    let id = victim.strip_prefix("history/").unwrap();
    assert!(told.text.contains(&format!("the same as {id}")), "{}", told.text);
    assert!(told.text.contains("lost 0, duplicated 1, different 3"), "{}", told.text);
}

#[test]
fn a_record_that_is_not_what_was_written_is_named() {
    let (victim, told) = run_with("change-a-record").unwrap();
    assert_eq!(told.code, Some(1), "{}", told.text);
    let said = format!("{victim} (another): what was written to product_name");
    assert!(told.text.contains(&said), "{}", told.text);
    assert!(told.text.contains("lost 1, duplicated 0, different 3"), "{}", told.text);
}

#[test]
fn an_effect_that_no_phone_asked_for_is_noticed_though_all_are_equal() {
    let (_, told) = run_with("one-more-effect").unwrap();
    assert_eq!(told.code, Some(1), "{}", told.text);
    assert!(told.text.contains("1 effect on the server that no receipt explains"), "{}", told.text);
    assert!(told.text.contains("lost 0, duplicated 1, different 0"), "{}", told.text);
}

#[test]
fn without_the_server_it_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("foodlens-demo");
    std::fs::copy(DEMO, &alone).unwrap();
    let output = Command::new(alone).env("TMPDIR", folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("foodlens-server is not beside the demo"), "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "only the copy is left");
}

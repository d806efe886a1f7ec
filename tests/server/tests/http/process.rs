//! The program itself: its output, its death, and its life after.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use foodlens_server::{Options, Server};
use serde_json::json;

use crate::database::Home;
use crate::support::{Client, SECRET, scan};

pub struct Program {
    pub child: Child,
    _out: BufReader<ChildStdout>,
    pub base_url: String,
}

impl Program {
    pub fn start(home: &Home, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_foodlens-server"))
            .args(["--secret", SECRET, "--log", "off", "--user-rate", "off"])
            .args(home.arguments())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base_url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, _out: out, base_url }
    }

    fn client(&self) -> Client {
        Client::new(&self.base_url, "anna")
    }

    fn signal(&mut self, name: &str) -> Option<i32> {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_death_between_commit_and_answer_makes_no_duplicate() {
    let home = Home::new();
    let mut program = Program::start(&home, &["--test-faults"]);
    let phone = program.client();
    let before = phone.changes("");
    let fault = r#"{"endpoint":"batch","fault":"die_after_commit","after":2}"#;
    assert_eq!(phone.send("POST", "/test/faults", &[], Some(fault)).status, 204);
    let writes = [scan("one"), scan("two"), scan("three")];
    let body = phone.batch_body(&writes);
    assert!(phone.try_send("POST", "/v1/me/batch", &[], Some(&body)).is_err());
    assert_eq!(program.child.wait().unwrap().code(), None, "it was a signal, not an exit");

    let program = Program::start(&home, &[]);
    let phone = program.client();
    let verdicts = phone.batch(&writes);
    let outcomes: Vec<_> = verdicts.iter().map(|verdict| &verdict["verdict"]).collect();
    assert_eq!(outcomes, ["duplicate", "duplicate", "applied"]);
    assert_eq!(verdicts[2]["record"]["version"], 3, "the numbers go on");
    let after = phone.changes(&format!("?cursor={}", before["next_cursor"].as_str().unwrap()));
    assert_eq!((&after["epoch"], &after["count"]), (&before["epoch"], &json!(3)), "and so does the epoch");
    let closed = phone.send("POST", "/test/faults", &[], Some(fault));
    assert_eq!(closed.problem(), (404, "not_found".into()), "faults only when asked for");
}

#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let home = Home::new();
    let mut program = Program::start(&home, &[]);
    let write = scan("one");
    program.client().write(&write);
    assert_eq!(program.signal("-KILL"), None);
    let program = Program::start(&home, &[]);
    assert_eq!(program.client().write(&write)["verdict"], "duplicate");
    assert_eq!(program.client().changes("")["count"], 1);
}

#[test]
fn a_polite_signal_ends_it_well() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new();
    for name in ["-TERM", "-INT"] {
        let port_file = folder.path().join(name);
        let mut program = Program::start(&home, &["--port-file", port_file.to_str().unwrap()]);
        let port = std::fs::read_to_string(&port_file).unwrap();
        assert_eq!(program.base_url, format!("http://127.0.0.1:{port}"));
        program.client().write(&scan(name));
        assert_eq!(program.signal(name), Some(0), "{name}");
        assert!(!home.has_unfinished_files(), "all is in the file itself");
    }
    let running = Server::start(Options::new(home.database(), SECRET)).unwrap();
    assert_eq!(running.snapshot("anna").unwrap().len(), 2, "the library goes on with the program's file");
}

#[test]
fn a_token_for_development() {
    let printed = Command::new(env!("CARGO_BIN_EXE_foodlens-server"))
        .args(["--secret", SECRET, "--print-token", "bert"])
        .output()
        .unwrap();
    assert!(printed.status.success());
    let program = Program::start(&Home::new(), &["--no-batch"]);
    let phone = program.client();
    let header = format!("Bearer {}", String::from_utf8(printed.stdout).unwrap().trim());
    let answer = phone.send("GET", "/v1/me/capabilities", &[("authorization", &header)], None).json();
    assert_eq!((&answer["user"], &answer["batch"]), (&json!("bert"), &json!(null)));
}

#[test]
fn each_offer_can_be_left_out() {
    let [home, other] = [Home::new(), Home::new()];
    let program = Program::start(&home, &["--no-newest-first", "--no-compression"]);
    let answer = program.client().get("/v1/me/capabilities").json();
    assert_eq!((&answer["history"], &answer["changes"]["latest"]), (&json!(null), &json!(false)));
    assert_eq!((&answer["compression"], &answer["batch"].is_object()), (&json!([]), &true));
    assert_eq!(answer["ids"], "device");
    let minting = Program::start(&other, &["--mint-ids"]);
    // Not a server of these tests' mode.
    let answer = minting.client().try_send("GET", "/v1/me/capabilities", &[], None).unwrap().json();
    assert_eq!(answer["ids"], "server");
    let program = Program::start(&Home::new(), &["--no-capabilities"]);
    assert_eq!(program.client().get("/v1/me/capabilities").status, 404);
}

#[test]
fn a_server_that_stops_frees_its_port_and_its_file_for_the_next() {
    let home = Home::new();
    let options = Options::new(home.database(), SECRET);
    let first = Server::start(options.clone()).unwrap();
    let (addr, base_url) = (first.addr(), first.base_url());
    let phone = Client::new(&base_url, "anna");
    let write = scan("one");
    phone.write(&write);
    assert!(Server::start(Options { bind: addr, ..options.clone() }).is_err(), "the port is taken");
    first.stop();
    assert!(phone.try_send("GET", "/health", &[], None).is_err(), "nobody is there");
    let second = Server::start(Options { bind: addr, ..options }).unwrap();
    assert_eq!(phone.write(&write)["verdict"], "duplicate");
    assert_eq!(second.base_url(), base_url);
}

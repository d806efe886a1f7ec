//! The program as an operator starts it, with all that it says.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::{Client, SECRET};

pub struct Daemon {
    pub child: Child,
    out: BufReader<ChildStdout>,
    err: Option<JoinHandle<String>>,
    pub base_url: String,
}

impl Daemon {
    pub fn start(database: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_foodlens-server"))
            .args(["--secret", SECRET, "--database"])
            .arg(database)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let base_url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        // Beside the test: a program whose lines nobody reads stands still.
        let mut lines = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut said = String::new();
            lines.read_to_string(&mut said).unwrap();
            said
        });
        Self { child, out, err: Some(err), base_url }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.base_url, "anna")
    }

    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, once it has ended; None for a signal.
    pub fn end(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Returns when nobody takes new connections there.
    pub fn wait_until_closed(&self) {
        let addr = self.base_url.strip_prefix("http://").unwrap();
        let began = Instant::now();
        while TcpStream::connect(addr).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(20), "it still takes connections");
            std::thread::yield_now();
        }
    }

    /// What it said but for its first line. Returns when it has ended.
    pub fn said(mut self) -> String {
        let mut said = String::new();
        self.out.read_to_string(&mut said).unwrap();
        said + &self.err.take().unwrap().join().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

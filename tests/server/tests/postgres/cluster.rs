//! A PostgreSQL of this process alone, in a folder of its own behind a socket of its own. It ends with the process.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use postgres::{Client, NoTls};

/// The role of the servers, which owns their databases.
const ROLE: &str = "foodlens";

pub struct Cluster {
    /// Closing it ends everything, see cluster.sh.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    keeper: Child,
    /// Of the data and the socket.
    folder: PathBuf,
    databases: AtomicUsize,
}

/// Whether what was committed survives a loss of power; tests do without.
#[derive(Clone, Copy)]
pub enum Kind {
    #[allow(dead_code, reason = "not every user of this file needs it")]
    Fast,
    #[allow(dead_code, reason = "as above")]
    Durable,
}

impl Cluster {
    /// Panics when there is no PostgreSQL: who calls this has asked for it.
    pub fn start(kind: Kind) -> Self {
        let Some(programs) = programs() else { panic!("no PostgreSQL here: apt-get install postgresql") };
        let mut command = Command::new("sh");
        if is_root() {
            // PostgreSQL refuses to run as root.
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let kind = match kind {
            Kind::Fast => "fast",
            Kind::Durable => "durable",
        };
        let mut keeper = command
            .args(["-c", include_str!("cluster.sh"), "cluster.sh"])
            .arg(programs)
            .arg(kind)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = keeper.stdin.take();
        let mut answers = BufReader::new(keeper.stdout.take().unwrap());
        let mut folder = String::new();
        answers.read_line(&mut folder).unwrap();
        let folder = PathBuf::from(folder.trim());
        assert!(folder.is_dir(), "PostgreSQL did not start");
        let cluster = Self { orders, answers, keeper, folder, databases: AtomicUsize::new(0) };
        cluster.run("postgres", &format!("CREATE ROLE {ROLE} LOGIN"));
        cluster
    }

    /// A new database that the servers' role owns. Gives its address for that role.
    pub fn fresh_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst));
        self.run("postgres", &format!("CREATE DATABASE {name} OWNER {ROLE}"));
        self.url(ROLE, &name)
    }

    /// The address of the same database for the superuser.
    #[allow(dead_code, reason = "not every user of this file needs it")]
    pub fn as_superuser(&self, url: &str) -> String {
        self.url("operator", url.rsplit('/').next().unwrap())
    }

    #[allow(dead_code, reason = "as above")]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Pulls the plug, as far as connections are concerned.
    #[allow(dead_code, reason = "not every user of this file needs it")]
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Starts it again on its data.
    #[allow(dead_code, reason = "not every user of this file needs it")]
    pub fn resume(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{order}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "done", "{order}");
    }

    fn url(&self, role: &str, database: &str) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{role}@{host}/{database}")
    }

    fn run(&self, database: &str, sql: &str) {
        connect(&self.url("operator", database)).batch_execute(sql).unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.keeper.wait();
    }
}

/// A connection past the servers.
pub fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap()
}

/// Where initdb and pg_ctl are: Debian keeps them off the path, by version.
pub fn programs() -> Option<PathBuf> {
    let has_both = |folder: &Path| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let by_version = |folder: &PathBuf| {
        folder.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok())
    };
    let debian = versions.map(|entry| entry.path()).max_by_key(by_version).map(|folder| folder.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.into_iter().chain(std::env::split_paths(&path)).find(|folder| has_both(folder))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

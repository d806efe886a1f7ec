//! The reference backend as a process of its own, which can die and come back on the same port and database.

use crate::Result;
use foodlens_scenarios::SECRET;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Attempts to start on the port of before: while nobody listens there, a passing connection may have got it.
const RESTARTS: u32 = 50;

/// Where the backend lives, and its process while it runs. Dropping it ends the process.
pub struct Backend {
    program: PathBuf,
    database: PathBuf,
    log: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Backend {
    /// Starts the backend on a free port of the loopback, with an empty database in `folder`.
    pub fn start(folder: &Path) -> Result<Self> {
        let program = std::env::current_exe()?.with_file_name("foodlens-server");
        if !program.exists() {
            return Err("foodlens-server is not beside the demo; `make demo` builds both".into());
        }
        let (database, log) = (folder.join("server.db"), folder.join("server.log"));
        let mut backend = Self { program, database, log, port: 0, process: None };
        backend.return_to_life()?;
        Ok(backend)
    }

    /// Starts it again on its port and database. Returns when it accepts connections.
    pub fn return_to_life(&mut self) -> Result<()> {
        let mut attempts = if self.port == 0 { 1 } else { RESTARTS };
        loop {
            attempts -= 1;
            match self.try_to_start() {
                Err(_) if attempts > 0 => std::thread::park_timeout(Duration::from_millis(100)),
                result => return result,
            }
        }
    }

    fn try_to_start(&mut self) -> Result<()> {
        let mut process = Command::new(&self.program)
            .arg("--database")
            .arg(&self.database)
            .args(["--bind", &format!("127.0.0.1:{}", self.port), "--secret", SECRET, "--test-faults"])
            .args(["--log", "error"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&self.log)?)
            .spawn()?;
        let output = process.stdout.take();
        self.process = Some(process);
        // It says so once it listens; an end of its output means that it could not.
        let mut line = String::new();
        BufReader::new(output.ok_or("the backend has no output")?).read_line(&mut line)?;
        match line.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok()) {
            Some(port) => self.port = port,
            None => {
                self.vanish()?;
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(format!("the backend does not start: {}", log.trim()).into());
            }
        }
        Ok(())
    }

    /// Nobody answers any more: connections are refused, which is what no network looks like from a phone.
    pub fn vanish(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Waits for a backend that dies by itself; the signal that ended it.
    pub fn wait_for_death(&mut self) -> Result<Option<i32>> {
        let mut process = self.process.take().ok_or("the backend does not run")?;
        Ok(process.wait()?.signal())
    }

    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

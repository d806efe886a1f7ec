//! `foodlens-conformance`: the kit as a program. Its exit code says what came of it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use foodlens_conformance::{Hook, Hooks, Options, run};

/// Checks a backend against the FoodLens sync contract, over HTTP and from outside.
///
/// It writes to the data of the tokens' users and of nobody else: use two test users that nobody lives in. Records are
/// made under fresh ids and stay; the profile, the settings and the state of the allergy list are changed. The account
/// need not be empty. Optional parts that the backend's capabilities do not name are "not offered", which is no failure.
///
/// Exit code: 0 all pass or are not offered, 1 something failed, 2 wrong usage, or the backend cannot be reached or
/// refuses a token.
#[derive(Parser)]
struct Arguments {
    /// The backend, such as https://api.example.org; paths begin with /v1/me.
    #[arg(long)]
    base_url: String,
    /// The bearer token of a test user. No report shows it.
    #[arg(long, env = "FOODLENS_TOKEN", hide_env_values = true)]
    token: String,
    /// The bearer token of another test user: without it, isolation is not checked.
    #[arg(long, env = "FOODLENS_SECOND_TOKEN", hide_env_values = true)]
    second_token: Option<String>,
    /// Only these duties: D3,D7.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// A shell command that kills the backend and starts it again on its data; ends when it answers. Not with production.
    #[arg(long)]
    restart_command: Option<String>,
    /// A shell command that makes all cursors that were issued so far too old.
    #[arg(long)]
    expire_command: Option<String>,
    /// Write the report as JSON to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the report as JUnit XML to this file.
    #[arg(long)]
    junit: Option<PathBuf>,
    /// The most seconds that one request may take.
    #[arg(long, default_value_t = 10)]
    timeout: u64,
    /// The most seconds that the requests of the whole run may take; what is not done by then has failed.
    #[arg(long, default_value_t = 300)]
    deadline: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (json, junit) = (arguments.json.clone(), arguments.junit.clone());
    let report = match run(options_of(arguments)) {
        Ok(report) => report,
        Err(why) => return refused(&why.to_string()),
    };
    let written = print(&report.to_string())
        .and_then(|()| write_to(json.as_deref(), || format!("{:#}\n", report.to_json())))
        .and_then(|()| write_to(junit.as_deref(), || report.to_junit()));
    match written {
        Ok(()) if report.is_green() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(1),
        Err(error) => refused(&format!("the report could not be written: {error}")),
    }
}

fn options_of(arguments: Arguments) -> Options {
    Options {
        second_token: arguments.second_token.filter(|token| !token.is_empty()),
        only: arguments.only.iter().map(|name| name.trim().to_uppercase()).collect(),
        timeout: Duration::from_secs(arguments.timeout),
        deadline: Duration::from_secs(arguments.deadline),
        hooks: Hooks {
            restart: arguments.restart_command.map(command),
            expire_cursors: arguments.expire_command.map(command),
        },
        ..Options::new(arguments.base_url, arguments.token)
    }
}

/// A hook that runs a shell command.
fn command(text: String) -> Hook {
    Box::new(move || {
        let status = Command::new("sh").args(["-c", &text]).status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the command ended with {status}")) }
    })
}

fn print(text: &str) -> io::Result<()> {
    io::stdout().write_all(text.as_bytes())
}

fn write_to(file: Option<&Path>, text: impl FnOnce() -> String) -> io::Result<()> {
    file.map_or(Ok(()), |file| std::fs::write(file, text()))
}

fn refused(why: &str) -> ExitCode {
    // Nobody to tell if this fails too.
    let _ = writeln!(io::stderr(), "foodlens-conformance: {why}");
    ExitCode::from(2)
}

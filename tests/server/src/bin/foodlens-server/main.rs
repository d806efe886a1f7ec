//! `foodlens-server`: the reference backend as a program, for development and for tests that kill it.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use foodlens_server::{Running, Server, mint_token};
use tokio::signal::unix::{Signal, SignalKind, signal};

mod arguments;
mod logs;

use arguments::Arguments;

/// How long a token of `--print-token` is good.
const TOKEN_SECONDS: i64 = 30 * 24 * 60 * 60;
/// It could not start, or not end as it should.
const FAILED: u8 = 1;
/// A second signal ended it.
const AT_ONCE: i32 = 3;

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "foodlens-server: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(arguments: Arguments) -> io::Result<()> {
    if let Some((secret, user)) = arguments.token_to_print() {
        let token = mint_token(secret, user, TOKEN_SECONDS).map_err(io::Error::other)?;
        return writeln!(io::stdout(), "{token}");
    }
    logs::start(arguments.log, arguments.log_format);
    let port_file = arguments.port_file.clone();
    let options = arguments.into_options();
    if let Some(chaos) = &options.chaos {
        // Also where nothing is logged: without the seed nobody could have the same day again.
        writeln!(io::stderr(), "chaos: --chaos-seed {} --chaos {}", chaos.seed, chaos.mixture)?;
    }
    let running = Server::start(options)?;
    let signals = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    signals.block_on(async {
        let mut ends =
            Ends { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
        // Only now: who reads the line may send the signal.
        announce(&running, port_file.as_deref())?;
        ends.next().await;
        tracing::info!("stopping");
        let stopping = tokio::task::spawn_blocking(|| running.stop());
        tokio::select! {
            stopped = stopping => stopped.map_err(io::Error::other),
            () = ends.next() => std::process::exit(AT_ONCE),
        }
    })
}

/// What asks the program to end.
struct Ends {
    terminate: Signal,
    interrupt: Signal,
}

impl Ends {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn announce(running: &Running, port_file: Option<&Path>) -> io::Result<()> {
    if let Some(file) = port_file {
        // Renamed into place, so that nobody reads half a number.
        let mut fresh = file.as_os_str().to_owned();
        fresh.push(".new");
        std::fs::write(&fresh, running.addr().port().to_string())?;
        std::fs::rename(&fresh, file)?;
    }
    let mut out = io::stdout();
    writeln!(out, "listening on {}", running.base_url())?;
    if let Some(addr) = running.metrics_addr() {
        writeln!(out, "metrics on http://{addr}/metrics")?;
    }
    out.flush()
}

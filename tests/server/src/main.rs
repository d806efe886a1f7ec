//! `foodlens-server`: the reference backend as a program, for development and for tests that kill it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Parser;
use clap::builder::{RangedU64ValueParser, TypedValueParser};
use foodlens_server::{Database, Options, Retention, Server, mint_token};
use tokio::signal::unix::{SignalKind, signal};

/// How long a token of `--print-token` is good.
const TOKEN_SECONDS: i64 = 30 * 24 * 60 * 60;

fn days() -> impl TypedValueParser<Value = i64> {
    clap::value_parser!(i64).range(1..=36_500)
}

fn connections() -> impl TypedValueParser<Value = usize> {
    RangedU64ValueParser::new().range(1..=1000)
}

/// The reference backend of the FoodLens sync contract. For development: it speaks clear text.
#[derive(Parser)]
struct Arguments {
    /// The SQLite file; made when there is none.
    #[arg(long, required_unless_present_any = ["print_token", "database_url"])]
    database: Option<PathBuf>,
    /// A PostgreSQL database in place of the file, postgres://USER:PASSWORD@HOST:PORT/NAME, for any number of servers.
    /// Without TLS, and as an ordinary role that owns the database.
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "database",
        env = "FOODLENS_DATABASE_URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// The most connections to PostgreSQL.
    #[arg(long, value_name = "COUNT", default_value_t = Database::CONNECTIONS, value_parser = connections())]
    database_connections: usize,
    /// For how many days deletions are remembered; a cursor from before is too old.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = days())]
    tombstone_days: i64,
    /// For how many days the keys of writes are remembered; a repeat of an older one would take effect again.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = days())]
    key_days: i64,
    /// Where to listen; port 0 for a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    bind: SocketAddr,
    /// The secret that tokens are signed with.
    #[arg(long)]
    secret: String,
    /// Write the port into this file once the server listens.
    #[arg(long)]
    port_file: Option<PathBuf>,
    /// Offer no batches: one request per write.
    #[arg(long)]
    no_batch: bool,
    /// Tell nobody what the backend can do: a plain one.
    #[arg(long)]
    no_capabilities: bool,
    /// Offer no history newest first.
    #[arg(long)]
    no_newest_first: bool,
    /// Take no compressed bodies.
    #[arg(long)]
    no_compression: bool,
    /// Give every record a server id beside the id that its device made.
    #[arg(long)]
    mint_ids: bool,
    /// Let faults and conduct be set at /test/faults and /test/conduct. Never on a server with real data.
    #[arg(long)]
    test_faults: bool,
    /// Print a token for this user, good for thirty days, and end.
    #[arg(long, value_name = "USER")]
    print_token: Option<String>,
    /// What to log on stderr: off, error, warn, info, debug.
    #[arg(long, default_value = "info")]
    log: tracing::level_filters::LevelFilter,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    if let Some(user) = arguments.print_token {
        let token = mint_token(&arguments.secret, &user, TOKEN_SECONDS).map_err(io::Error::other)?;
        return writeln!(io::stdout(), "{token}");
    }
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).with_max_level(arguments.log).init();
    let database = match arguments.database_url {
        Some(url) => Database::Postgres { url, connections: arguments.database_connections },
        None => Database::from(arguments.database.unwrap_or_default()),
    };
    let retention = Retention { tombstone_days: arguments.tombstone_days, key_days: arguments.key_days };
    let running = Server::start(Options {
        retention,
        bind: arguments.bind,
        batch: !arguments.no_batch,
        capabilities: !arguments.no_capabilities,
        newest_first: !arguments.no_newest_first,
        compression: !arguments.no_compression,
        mint_ids: arguments.mint_ids,
        test_faults: arguments.test_faults,
        may_abort: true,
        ..Options::new(database, arguments.secret)
    })?;
    let signals = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    signals.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        // Only now: who reads the line may send the signal.
        announce(&running.base_url(), running.addr().port(), arguments.port_file.as_deref())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted,
        }
    })?;
    tracing::info!("stopping");
    running.stop();
    Ok(())
}

fn announce(base_url: &str, port: u16, port_file: Option<&Path>) -> io::Result<()> {
    if let Some(file) = port_file {
        // Renamed into place, so that nobody reads half a number.
        let mut fresh = file.as_os_str().to_owned();
        fresh.push(".new");
        std::fs::write(&fresh, port.to_string())?;
        std::fs::rename(&fresh, file)?;
    }
    let mut out = io::stdout();
    writeln!(out, "listening on {base_url}")?;
    out.flush()
}

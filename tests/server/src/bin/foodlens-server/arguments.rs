//! What can be said at the start, and what `--help` says of it.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use clap::builder::RangedU64ValueParser;
use foodlens_server::{Chaos, Database, Limits, Mixture, Options, Rate, Retention, TokenKeys, Tokens};
use tracing::level_filters::LevelFilter;

use crate::logs::LogFormat;

const EXAMPLES: &str = "\
Examples:
  foodlens-server --database /tmp/foodlens.db --bind 127.0.0.1:8080 --secret dev
  foodlens-server --secret dev --print-token anna
      a token for the Authorization header
  foodlens-server --database foodlens.db --jwks jwks.json --issuer https://login.example --audience foodlens
  foodlens-server --database foodlens.db --secret dev --chaos
      a bad day; the line `chaos: --chaos-seed ...` on stderr is how to have it again
  foodlens-server --database foodlens.db --secret dev --chaos drop=0.05,delay=0.2:50..2000ms --chaos-seed 7

It prints `listening on http://ADDRESS` on stdout once it accepts connections. /health says whether the process
answers, /ready whether requests should come. SIGTERM and SIGINT end it: nothing new is taken, what is under way is
answered. A second signal ends it at once.

Exit codes:
  0  ended by a signal, all answers sent or the grace over
  1  could not start: the port, the database, the keys
  2  wrong arguments
  3  ended by a second signal";

/// The reference backend of the FoodLens sync contract. For development: it speaks clear text.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
pub struct Arguments {
    /// The SQLite file; made when there is none.
    #[arg(
        long,
        env = "FOODLENS_DATABASE",
        value_name = "FILE",
        required_unless_present_any = ["print_token", "database_url"]
    )]
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
    #[arg(long, value_name = "COUNT", default_value_t = Database::CONNECTIONS, value_parser = between(1, 1000))]
    database_connections: usize,
    /// For how many days deletions are remembered; a cursor from before is too old.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(i64).range(1..=36_500))]
    tombstone_days: i64,
    /// For how many days the keys of writes are remembered; a repeat of an older one would take effect again.
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(i64).range(1..=36_500))]
    key_days: i64,
    /// Where to listen; port 0 for a free one.
    #[arg(long, env = "FOODLENS_BIND", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    bind: SocketAddr,
    /// Write the port into this file once the server listens.
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,

    /// The secret that tokens are signed with (HS256): for development.
    #[arg(
        long,
        env = "FOODLENS_SECRET",
        hide_env_values = true,
        value_name = "TEXT",
        required_unless_present = "jwks",
        help_heading = "Tokens"
    )]
    secret: Option<String>,
    /// The public keys that tokens are signed with (RS256, ES256, EdDSA), a JSON Web Key Set; read again when it
    /// changes. Goes before --secret.
    #[arg(long, env = "FOODLENS_JWKS", value_name = "FILE", help_heading = "Tokens")]
    jwks: Option<PathBuf>,
    /// What the tokens' `iss` must be; anything without it.
    #[arg(long, value_name = "TEXT", help_heading = "Tokens")]
    issuer: Option<String>,
    /// What the tokens' `aud` must be or contain; without it, tokens must have no `aud`.
    #[arg(long, value_name = "TEXT", help_heading = "Tokens")]
    audience: Option<String>,
    /// How far the clocks of who signs and who checks may be apart, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, help_heading = "Tokens")]
    leeway: u64,
    /// Print a token for this user, good for thirty days, and end. Needs --secret.
    #[arg(long, value_name = "USER", requires = "secret", help_heading = "Tokens")]
    print_token: Option<String>,

    /// Requests a second of one user, and how many at once after a pause; `off` for any number. More are answered
    /// 429 with Retry-After.
    #[arg(long, value_name = "RATE[:BURST]", default_value = "100:1000", value_parser = rate, help_heading = "Limits")]
    user_rate: AnyRate,
    /// The same for requests without a good token, by their address.
    #[arg(long, value_name = "RATE[:BURST]", default_value = "20:200", value_parser = rate, help_heading = "Limits")]
    stranger_rate: AnyRate,
    /// The most bytes of a request's body, after unpacking, from 131072 to 8388608; more are answered 413.
    #[arg(long, value_name = "BYTES", default_value = "1048576", value_parser = between(131_072, 8_388_608),
          help_heading = "Limits")]
    max_body_bytes: usize,
    /// The most records on a page, from 1 to 1000.
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = between(1, 1000),
          help_heading = "Limits")]
    max_page: usize,
    /// Requests at once; more are answered 503 with Retry-After.
    #[arg(long, value_name = "COUNT", default_value = "256", help_heading = "Limits")]
    max_in_flight: NonZeroUsize,
    /// How long a connection may take to send the head of its next request, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, help_heading = "Limits")]
    header_timeout: u64,
    /// How long a request may take to send its body, in seconds; a slower one is answered 408.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, help_heading = "Limits")]
    body_timeout: u64,

    /// Show /metrics (Prometheus) on the same port.
    #[arg(long, help_heading = "Operation")]
    metrics: bool,
    /// Show /metrics on a port of its own, and nothing else there.
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Operation")]
    metrics_bind: Option<SocketAddr>,
    /// What to log on stderr: off, error, warn, info, debug, trace. Never tokens, bodies, queries or users.
    #[arg(
        long,
        env = "FOODLENS_LOG",
        value_name = "LEVEL",
        default_value = "info",
        help_heading = "Operation"
    )]
    pub log: LevelFilter,
    /// How to log.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Operation")]
    pub log_format: LogFormat,
    /// How long requests that are under way may take to end after a signal, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, help_heading = "Operation")]
    grace: u64,
    /// How long /ready says no after a signal while everything else goes on, in seconds: for a load balancer to
    /// notice.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, help_heading = "Operation")]
    drain: u64,

    /// Offer no batches: one request per write.
    #[arg(long, help_heading = "Offers")]
    no_batch: bool,
    /// Tell nobody what the backend can do: a plain one.
    #[arg(long, help_heading = "Offers")]
    no_capabilities: bool,
    /// Offer no history newest first.
    #[arg(long, help_heading = "Offers")]
    no_newest_first: bool,
    /// Take no compressed bodies.
    #[arg(long, help_heading = "Offers")]
    no_compression: bool,
    /// Give every record a server id beside the id that its device made.
    #[arg(long, help_heading = "Offers")]
    mint_ids: bool,

    /// Bad days, by chance: shares of all requests from 0 to 1. `delay=SHARE:MIN..MAXms` (late), `drop` (closed
    /// before it took effect), `silence` (took effect, closed without an answer), `error` (500, 502, 503), `limit`
    /// (429), `truncate` (took effect, half an answer), `expire` (401). Alone: a sensible mixture.
    #[arg(long, value_name = "MIXTURE", num_args = 0..=1, default_missing_value = "", value_parser = mixture,
          help_heading = "Bad days")]
    chaos: Option<Mixture>,
    /// The same seed and the same requests in the same order meet the same faults; any when absent.
    #[arg(long, value_name = "NUMBER", requires = "chaos", help_heading = "Bad days")]
    chaos_seed: Option<u64>,
    /// Let faults and conduct be set at /test/faults and /test/conduct. Never on a server with real data.
    #[arg(long, help_heading = "Bad days")]
    test_faults: bool,
}

/// None is `off`. By another name, or clap would take it for an option that may be absent.
type AnyRate = Option<Rate>;

fn between(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

fn rate(text: &str) -> Result<AnyRate, &'static str> {
    if text == "off" { Ok(None) } else { text.parse().map(Some) }
}

fn mixture(text: &str) -> Result<Mixture, String> {
    if text.is_empty() { Ok(Mixture::default()) } else { text.parse() }
}

impl Arguments {
    /// The secret and the user of a token that is all that was asked for.
    pub fn token_to_print(&self) -> Option<(&str, &str)> {
        Some((self.secret.as_deref()?, self.print_token.as_deref()?))
    }

    pub fn into_options(self) -> Options {
        let keys = match self.jwks {
            Some(file) => TokenKeys::Jwks(file),
            None => TokenKeys::Secret(self.secret.unwrap_or_default()),
        };
        let limits = Limits {
            user_rate: self.user_rate,
            stranger_rate: self.stranger_rate,
            body_bytes: self.max_body_bytes,
            page: self.max_page,
            in_flight: self.max_in_flight.get(),
            header_timeout: Duration::from_secs(self.header_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
        };
        let database = match self.database_url {
            Some(url) => Database::Postgres { url, connections: self.database_connections },
            None => Database::from(self.database.unwrap_or_default()),
        };
        let seed = self.chaos_seed.unwrap_or_else(any_seed);
        Options {
            retention: Retention { tombstone_days: self.tombstone_days, key_days: self.key_days },
            tokens: Tokens { keys, issuer: self.issuer, audience: self.audience, leeway_s: self.leeway },
            bind: self.bind,
            batch: !self.no_batch,
            capabilities: !self.no_capabilities,
            newest_first: !self.no_newest_first,
            compression: !self.no_compression,
            mint_ids: self.mint_ids,
            test_faults: self.test_faults,
            may_abort: true,
            limits,
            chaos: self.chaos.map(|mixture| Chaos { seed, mixture }),
            metrics: self.metrics,
            metrics_bind: self.metrics_bind,
            grace: Duration::from_secs(self.grace),
            drain: Duration::from_secs(self.drain),
            ..Options::new(database, "")
        }
    }
}

/// Short enough to be typed again.
fn any_seed() -> u64 {
    u64::from(fastrand::u32(..))
}

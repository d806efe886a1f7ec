//! The connections: where to, how many, and for how long anything may take.

use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres::config::{ChannelBinding, SslMode};
use tokio_postgres::{Config, NoTls};

use crate::store::StoreError;

/// How long a request may wait for a free connection, or for a new one.
const WAIT: Duration = Duration::from_secs(5);
/// A peer that has said nothing for so long is taken for dead.
const SILENCE: Duration = Duration::from_secs(20);
/// What PostgreSQL ends by itself, in ms: a wait for a lock, a statement, and a transaction whose server has frozen.
const LIMITS: &str =
    "-c lock_timeout=5000 -c statement_timeout=30000 -c idle_in_transaction_session_timeout=10000";

/// No connection is made yet.
pub(super) fn new(url: &str, connections: usize) -> Result<Pool, StoreError> {
    let mut config = config_of(url)?;
    let given = config.get_options().map(|given| format!("{given} ")).unwrap_or_default();
    config.options(format!("{LIMITS} {given}").trim_end());
    if config.get_application_name().is_none() {
        config.application_name("foodlens-server");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(WAIT);
    }
    config.keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
    // A connection that has ended is seen as such; one that lives needs no question to prove it.
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(connections.max(1))
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts { wait: Some(WAIT), create: Some(2 * WAIT), recycle: Some(WAIT) })
        .build()
        .map_err(|error| StoreError::Connection(error.to_string()))
}

pub(super) async fn get(pool: &Pool) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Timeout(_) => StoreError::Busy,
        PoolError::Backend(error) => error.into(),
        other => StoreError::Connection(other.to_string()),
    })
}

/// Refuses what asks for TLS: it would be served in clear text.
fn config_of(url: &str) -> Result<Config, StoreError> {
    let no_tls = || {
        let text = "the URL demands TLS, which this build does not have: use sslmode=disable or prefer on a network \
                    that you trust, or a tunnel";
        StoreError::Address(text.to_owned())
    };
    let demands =
        ["sslmode=verify-ca", "sslmode=verify-full", "sslrootcert=", "sslcert=", "sslnegotiation=direct"];
    if demands.iter().any(|demand| url.contains(demand)) {
        return Err(no_tls());
    }
    // The parser's own text may quote a part of the URL, and that may be a password.
    let config: Config = url.parse().map_err(|_| {
        StoreError::Address(
            "the URL is none of PostgreSQL, as postgres://USER:PASSWORD@HOST:5432/NAME".to_owned(),
        )
    })?;
    if config.get_ssl_mode() == SslMode::Require || config.get_channel_binding() == ChannelBinding::Require {
        return Err(no_tls());
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_addresses_can_be_used() {
        for good in [
            "postgres://foodlens:secret@localhost/foodlens",
            "postgresql://localhost:5433/foodlens?sslmode=disable",
            "postgres://localhost/foodlens?sslmode=prefer",
            "postgres://foodlens@%2Frun%2Fpostgresql/foodlens",
            "host=/run/postgresql user=foodlens",
        ] {
            assert!(config_of(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("postgres://localhost/foodlens?sslmode=require", "demands TLS"),
            ("postgres://localhost/foodlens?sslmode=verify-full", "demands TLS"),
            ("postgres://localhost/foodlens?channel_binding=require", "demands TLS"),
            ("host=localhost sslmode=verify-ca", "demands TLS"),
            ("mysql://foodlens:s3cret@localhost/foodlens", "none of PostgreSQL"),
            ("postgres://foodlens:s3cret@localhost:port/foodlens", "none of PostgreSQL"),
            ("s3cret", "none of PostgreSQL"),
        ] {
            let refusal = config_of(bad).unwrap_err().to_string();
            assert!(refusal.contains(why), "{bad}: {refusal}");
            assert!(!refusal.contains("s3cret"), "{bad}: {refusal}");
        }
    }
}

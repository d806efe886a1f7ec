//! HTTP over the service: axum routes, and what every request passes on its way in and out.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::routing::{get, patch, post};
use axum::{Router, middleware};
use tokio::sync::{Semaphore, watch};
use tower_http::compression::CompressionLayer;

use crate::auth::Auth;
use crate::chaos::Dice;
use crate::faults::Faults;
use crate::limits::Rates;
use crate::metrics::Metrics;
use crate::problem::Code;
use crate::requests::Requests;
use crate::service::Service;

mod answers;
mod control;
#[cfg(test)]
mod drift;
mod encoding;
mod extract;
mod fault_layer;
mod limit_layer;
mod operation;
mod reads;
mod request_log;
pub(crate) mod routes;
#[cfg(feature = "sabotage")]
mod sabotage_layer;
mod tally;
mod writes;

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct App {
    pub service: Arc<Service>,
    pub auth: Arc<Auth>,
    pub rates: Arc<Rates>,
    /// One for each request that may be under way.
    pub slots: Arc<Semaphore>,
    pub body_timeout: Duration,
    pub metrics: Arc<Metrics>,
    /// Whether the metrics stand beside the routes of the contract.
    pub shows_metrics: bool,
    pub faults: Faults,
    pub chaos: Option<Arc<Dice>>,
    pub requests: Requests,
    /// Whether a fault may abort this process.
    pub may_abort: bool,
    /// Whether faults and conduct can be set over HTTP.
    pub test_faults: bool,
    /// Whether what blocks runs on the thread that asks: where nobody else is to be served meanwhile.
    pub runs_here: bool,
    /// Turns true when nobody new should come.
    pub leaving: Arc<AtomicBool>,
    /// Turns true when the server is to stop: ends what only waits.
    pub stopping: watch::Receiver<bool>,
    #[cfg(feature = "sabotage")]
    pub sabotage: Option<crate::Sabotage>,
}

/// The whole server, ready to be served.
pub(crate) fn router(app: App) -> Router {
    let mut router = routes::router();
    if app.test_faults {
        router = router
            .route("/test/faults", post(control::add_faults).delete(control::clear_faults))
            .route("/test/conduct", patch(control::adjust));
    }
    if app.shows_metrics {
        router = router.route(operation::METRICS, get(operation::metrics));
    }
    // The layer that is added last is met first.
    let router = router
        .fallback(async || Code::NotFound)
        .method_not_allowed_fallback(async || Code::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(app.clone(), fault_layer::meet))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), extract::read_ahead))
        .layer(middleware::from_fn_with_state(app.clone(), limit_layer::slot))
        .layer(middleware::from_fn_with_state(app.clone(), limit_layer::rate))
        .layer(middleware::from_fn_with_state(app.clone(), request_log::log));
    #[cfg(feature = "sabotage")]
    let router = sabotage_layer::between(router, &app);
    router.with_state(app)
}

/// The metrics alone, for a port of their own.
pub(crate) fn metrics_router(app: App) -> Router {
    Router::new()
        .route(operation::METRICS, get(operation::metrics))
        .fallback(async || Code::NotFound)
        .with_state(app)
}

//! For whoever runs the server: is it alive, should requests come, and what does it do?

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::metrics;
use crate::problem::Code;

pub(super) const METRICS: &str = "/metrics";
pub(super) const PATHS: [&str; 3] = ["/health", "/ready", METRICS];

/// A database that does not answer within this time does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process answers.
pub(super) async fn health() -> StatusCode {
    StatusCode::OK
}

/// The database answers, too, and the server is not about to stop.
pub(super) async fn ready(State(app): State<App>) -> Result<StatusCode, Code> {
    if app.leaving.load(Ordering::Relaxed) {
        return Err(Code::Unavailable);
    }
    let service = app.service;
    let asked = tokio::task::spawn_blocking(move || service.epoch());
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(Ok(_))) => Ok(StatusCode::OK),
        _ => {
            app.metrics.count_database_error();
            Err(Code::Unavailable)
        }
    }
}

pub(super) async fn metrics(State(app): State<App>) -> Response {
    match app.metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

//! What a test may change over HTTP, where that was asked for: faults, and how the backend behaves.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::App;
use super::extract::Body;
use crate::faults::Fault;
use crate::problem::Code;

/// One fault or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum FaultList {
    Many(Vec<Fault>),
    One(Fault),
}

/// `POST /test/faults`.
pub(super) async fn add_faults(State(app): State<App>, body: Body) -> Result<StatusCode, Code> {
    let faults = match serde_json::from_slice(&body.read()?) {
        Ok(FaultList::Many(faults)) => faults,
        Ok(FaultList::One(fault)) => vec![fault],
        Err(_) => return Err(Code::Malformed),
    };
    faults.into_iter().for_each(|fault| app.faults.push(fault));
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /test/faults`.
pub(super) async fn clear_faults(State(app): State<App>) -> StatusCode {
    app.faults.clear();
    StatusCode::NO_CONTENT
}

/// `PATCH /test/conduct`.
pub(super) async fn adjust(State(app): State<App>, body: Body) -> Result<StatusCode, Code> {
    let body = body.read()?;
    app.service.adjust(|conduct| {
        *conduct = conduct.patched(&body).ok_or(Code::Malformed)?;
        Ok(StatusCode::NO_CONTENT)
    })
}

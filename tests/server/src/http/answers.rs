//! From the service's values to HTTP answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::extract::Signed;
use crate::problem::{Code, Problem};
use crate::service::Service;

/// Runs `work` where it may block, and answers with its value or its problem, which names the user.
pub(super) async fn blocking<T, W>(signed: Signed, work: W) -> Response
where
    T: Serialize + Send + 'static,
    W: FnOnce(&Service, &str) -> Result<T, Code> + Send + 'static,
{
    let user = signed.user.clone();
    match run(signed, work).await {
        Ok(value) => json(&value),
        Err(code) => Problem::new(code).for_user(&user).into_response(),
    }
}

/// See [`blocking`].
pub(super) async fn run<T, W>(signed: Signed, work: W) -> Result<T, Code>
where
    T: Send + 'static,
    W: FnOnce(&Service, &str) -> Result<T, Code> + Send + 'static,
{
    let Signed { app, user, .. } = signed;
    let metrics = Arc::clone(&app.metrics);
    let runs_here = app.runs_here;
    let work = move || work(&app.service, &user);
    let done = if runs_here {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Code::Unavailable))
    } else {
        tokio::task::spawn_blocking(work).await.unwrap_or(Err(Code::Unavailable))
    };
    if matches!(done, Err(Code::Unavailable)) {
        metrics.count_database_error();
    }
    done
}

pub(super) fn json<T: Serialize>(value: &T) -> Response {
    typed(StatusCode::OK, "application/json", value)
}

fn typed<T: Serialize>(status: StatusCode, content_type: &'static str, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(CONTENT_TYPE, HeaderValue::from_static(content_type))], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = typed(status, "application/problem+json", &self);
        response.extensions_mut().insert(self.refusal.code);
        let headers = response.headers_mut();
        if self.refusal.code == Code::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.refusal.code.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Code {
    fn into_response(self) -> Response {
        Problem::new(self).into_response()
    }
}

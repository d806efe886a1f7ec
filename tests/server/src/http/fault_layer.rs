//! Lets a request meet its fault, before or after it took effect.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use serde_json::{Value, json};

use super::writes::ApplyOnly;
use super::{App, routes};
use crate::chaos::Mishap;
use crate::faults::FaultKind;
use crate::problem::{Code, Problem};

pub(super) async fn meet(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let mishap = mishap_of(&app, &request);
    if let Some(delay) = mishap.delay {
        wait(&app, delay).await;
    }
    let Some(fault) = mishap.fault else { return next.run(request).await };
    match fault {
        FaultKind::DropBeforeCommit => close_silently(),
        FaultKind::HangMs { ms } => {
            wait(&app, Duration::from_millis(ms)).await;
            close_silently()
        }
        FaultKind::Status { status, retry_after, body, content_type, headers } => {
            let mut response = stranger(status, body, content_type);
            let further = headers.into_iter().chain(retry_after.map(|text| (RETRY_AFTER.to_string(), text)));
            for (name, value) in further {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        FaultKind::DelayMs { ms } => {
            wait(&app, Duration::from_millis(ms)).await;
            next.run(request).await
        }
        FaultKind::CommitThenSilence { after } => {
            limit(&mut request, after);
            next.run(request).await;
            close_silently()
        }
        FaultKind::DieAfterCommit { after } => {
            limit(&mut request, after);
            next.run(request).await;
            if app.may_abort {
                std::process::abort();
            }
            close_silently()
        }
        FaultKind::Garbage => {
            next.run(request).await;
            ([(CONTENT_TYPE, "application/json")], r#"{"user":"#).into_response()
        }
        FaultKind::Truncated => truncated(next.run(request).await).await,
        FaultKind::WrongUser => wrong_user(next.run(request).await).await,
    }
}

/// What somebody asked for goes before what chance has for this request.
fn mishap_of(app: &App, request: &Request) -> Mishap {
    let path = request.extensions().get::<MatchedPath>();
    let route = path.and_then(|path| routes::find(request.method().as_str(), path.as_str()));
    let Some(endpoint) = route.and_then(|route| route.endpoint) else { return Mishap::default() };
    match (app.faults.take(endpoint), &app.chaos) {
        (Some(fault), _) => Mishap { fault: Some(fault), delay: None },
        (None, Some(dice)) => dice.throw(),
        (None, None) => Mishap::default(),
    }
}

fn limit(request: &mut Request, after: Option<usize>) {
    if let Some(count) = after {
        request.extensions_mut().insert(ApplyOnly(count));
    }
}

/// Ends the task of this connection, and with it the connection, without a line on stderr.
fn close_silently() -> ! {
    std::panic::resume_unwind(Box::new("a fault closed the connection"))
}

async fn wait(app: &App, duration: Duration) {
    let mut stopping = app.stopping.clone();
    tokio::select! {
        () = tokio::time::sleep(duration) => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

fn stranger(status: u16, body: Option<String>, content_type: Option<String>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (body, default_type) = match body {
        Some(body) => (body, "text/html"),
        None => (problem_of(status).to_string(), "application/problem+json"),
    };
    let content_type = content_type.unwrap_or_else(|| default_type.to_owned());
    (status, [(CONTENT_TYPE, content_type)], body).into_response()
}

/// With the contract's code for the status where it has exactly one.
fn problem_of(status: StatusCode) -> Value {
    match status.as_u16() {
        401 => json!(Problem::new(Code::Unauthorized)),
        503 => json!(Problem::new(Code::Unavailable)),
        429 => json!(Problem::new(Code::RateLimited)),
        other => json!({"status": other, "code": "fault", "title": "A fault that a test asked for."}),
    }
}

/// Promises the whole body and sends half.
async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half = http_body_util::Full::new(whole.slice(..whole.len() / 2)).map_err(unreachable_error);
    let cut: BoxBody<axum::body::Bytes, std::io::Error> = BoxBody::new(half.with_trailers(broken()));
    Response::from_parts(parts, Body::new(cut))
}

fn unreachable_error(never: Infallible) -> std::io::Error {
    match never {}
}

async fn broken() -> Option<Result<axum::http::HeaderMap, std::io::Error>> {
    Some(Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)))
}

async fn wrong_user(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut answer: Value = serde_json::from_slice(&whole).unwrap_or_default();
    if let Some(user) = answer.get_mut("user") {
        *user = json!("somebody-else");
    }
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(answer.to_string()))
}

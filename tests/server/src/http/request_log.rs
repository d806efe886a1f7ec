//! Every request gets an id, a line in the log without content, and its place in the metrics and in what tests see.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::encoding::Encoding;
use super::tally::Tally;
use super::{App, extract};
use crate::problem::Code;
use crate::requests::SeenRequest;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_ID_BYTES: usize = 128;

pub(super) async fn log(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = request_id(&app, &request);
    let method = method_of(&request);
    // The pattern and not the path: it has no ids in it.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let number = request.uri().path().starts_with("/v1/").then(|| {
        app.service.count_request();
        app.requests.add(seen(&request))
    });
    let started = Instant::now();
    let under_way = app.metrics.under_way();
    let mut response = next.run(request).await;
    drop(under_way);
    let (status, took) = (response.status().as_u16(), started.elapsed());
    if let Some(number) = number {
        app.requests.answered(number, status);
    }
    app.metrics.count_request(route, method, status, took);
    let request_id = id.to_str().unwrap_or_default();
    let code = response.extensions().get::<Code>().map(|code| code.name());
    let verdicts = response.extensions().get::<Tally>().map(tracing::field::display);
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(request_id, method, route, status, ms, code, verdicts, "request");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

/// A method that nobody knows may be any text.
fn method_of(request: &Request) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let method = request.method().as_str();
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("other")
}

fn seen(request: &Request) -> SeenRequest {
    SeenRequest {
        method: request.method().to_string(),
        path: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        gzip: Encoding::of(request.headers()) == Encoding::Gzip,
        app_version: extract::app_version(request.headers()),
        status: None,
    }
}

/// The client's, if it is short visible text, so that nothing strange gets into the log.
fn request_id(app: &App, request: &Request) -> HeaderValue {
    let is_good = |value: &&HeaderValue| {
        (1..=MAX_ID_BYTES).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic)
    };
    request.headers().get(REQUEST_ID).filter(is_good).cloned().unwrap_or_else(|| {
        let fresh = app.service.fresh_id().to_string();
        HeaderValue::from_str(&fresh).unwrap_or(HeaderValue::from_static("unknown"))
    })
}

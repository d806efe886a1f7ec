//! Stands between the wire and the server, and breaks what a sabotage says: the request, the answer, or both.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::App;
use crate::auth::Auth;
use crate::sabotage::Sabotage;
use crate::service::Service;

mod answers;
mod feed;
mod wire;
mod writes;

/// Long enough for a reader to come by, however loaded the machine.
const GAP: Duration = Duration::from_millis(15);
/// One request in so many is put off.
const PUT_OFF: usize = 25;

/// The router behind the sabotage, where one is asked for.
pub(super) fn between(router: Router<App>, app: &App) -> Router<App> {
    match app.sabotage {
        Some(sabotage) => router.layer(from_fn_with_state(Saboteur::new(sabotage, app), meet)),
        None => router,
    }
}

/// One sabotage of one server, and what it has to remember.
#[derive(Clone)]
struct Saboteur(Arc<Inner>);

struct Inner {
    sabotage: Sabotage,
    service: Arc<Service>,
    auth: Arc<Auth>,
    /// Another one with every start.
    life: Uuid,
    requests: AtomicUsize,
    writers: AtomicUsize,
    keys_in_flight: Mutex<HashSet<Uuid>>,
    /// Versions whose transaction counts as not ended.
    hidden: Mutex<HashSet<i64>>,
    /// The queries whose pages were read.
    pages: Mutex<HashSet<String>>,
    /// Records by their paths, with their users.
    records: Mutex<HashMap<String, (String, Value)>>,
    /// Answers by their keys, with their users.
    answers: Mutex<HashMap<String, (String, Value)>>,
}

/// A request whose body has been read.
pub(super) struct Asked {
    user: Option<String>,
    method: String,
    path: String,
    query: String,
    is_packed: bool,
}

impl Saboteur {
    fn new(sabotage: Sabotage, app: &App) -> Self {
        Self(Arc::new(Inner {
            sabotage,
            service: Arc::clone(&app.service),
            auth: Arc::clone(&app.auth),
            life: Uuid::now_v7(),
            requests: AtomicUsize::default(),
            writers: AtomicUsize::default(),
            keys_in_flight: Mutex::default(),
            hidden: Mutex::default(),
            pages: Mutex::default(),
            records: Mutex::default(),
            answers: Mutex::default(),
        }))
    }
}

async fn meet(State(Saboteur(inner)): State<Saboteur>, request: Request, next: Next) -> Response {
    let count = inner.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    if inner.sabotage == Sabotage::NoRetryAfter && count.is_multiple_of(PUT_OFF) {
        let problem = json!({"status": 429, "code": "rate_limited", "title": "Too many requests."});
        return answer(StatusCode::TOO_MANY_REQUESTS, problem);
    }
    let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let asked = Asked {
        user: authorization.and_then(|header| inner.auth.user_of(header)),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        is_packed: parts.headers.contains_key(CONTENT_ENCODING),
    };
    parts.headers.remove(ACCEPT_ENCODING);
    if inner.sabotage == Sabotage::PausesNotHeld {
        parts.headers.insert("x-app-version", HeaderValue::from_static("999999"));
    }
    let body = inner.unpack(&mut parts, body);
    let mut writing = wire::Writing::of(&asked, &parts, &body);
    let keys: Vec<Value> = writing.operations().iter().map(|operation| operation["key"].clone()).collect();
    if let Some(user) = &asked.user {
        if let Some(stolen) = inner.answer_of_another(user, &keys) {
            return answer(StatusCode::OK, stolen);
        }
        if let wire::Writing::Batch(batch) = &mut writing {
            inner.twist_batch(user, batch);
        }
        for operation in writing.operations() {
            inner.twist(user, operation);
        }
    }
    let sent = writing.operations().to_vec();
    let body = writing.put_back(&mut parts, body);
    inner.twist_query(&asked, &mut parts);
    parts.headers.remove(CONTENT_LENGTH);

    let is_beside_others = !sent.is_empty() && inner.writers.fetch_add(1, Ordering::AcqRel) > 0;
    let waits = inner.sabotage == Sabotage::DedupeRaces && !sent.is_empty();
    if waits {
        tokio::time::sleep(GAP).await;
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let response = inner.answered(&asked, &keys, &sent, is_beside_others, response).await;
    if !sent.is_empty() {
        inner.writers.fetch_sub(1, Ordering::AcqRel);
    }
    inner.forget_in_flight(&keys);
    response
}

impl Inner {
    async fn answered(
        &self,
        asked: &Asked,
        keys: &[Value],
        sent: &[Value],
        is_beside_others: bool,
        response: Response,
    ) -> Response {
        let (mut parts, body) = response.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let Ok(mut json) = serde_json::from_slice::<Value>(&body) else {
            return Response::from_parts(parts, Body::from(body));
        };
        wire::restore_keys(&mut json, keys);
        self.remember(asked, &json);
        self.twist_verdicts(asked, sent, &mut json);
        if self.sabotage == Sabotage::GapBesideWriters && is_beside_others {
            self.hide_for_a_while(&json).await;
        }
        self.twist_page(asked, &mut json);
        self.twist_problem(asked, &mut parts.status, &mut json);
        parts.headers.remove(CONTENT_LENGTH);
        if self.sabotage == Sabotage::RequestIdDropped {
            parts.headers.remove("x-request-id");
        }
        if parts.status == StatusCode::OK {
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Response::from_parts(parts, Body::from(json.to_string()))
    }

    /// Gives what is in a packed body, so that it can be twisted; as it came where that is too much or broken, but for
    /// the sabotages of bodies.
    fn unpack(&self, parts: &mut axum::http::request::Parts, body: Bytes) -> Bytes {
        let is_of_no_shape =
            |body: &[u8]| serde_json::from_slice(body).is_ok_and(|body: Value| !body.is_object());
        if self.sabotage == Sabotage::AnyShapeTaken && is_of_no_shape(&body) {
            return Bytes::from_static(b"{}");
        }
        let is_packed = parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
        let mut whole = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(body.as_ref());
        if !is_packed || std::io::Read::read_to_end(&mut decoder, &mut whole).is_err() {
            let is_strange = parts.headers.contains_key(CONTENT_ENCODING);
            if self.sabotage == Sabotage::EncodingIgnored && is_strange {
                parts.headers.remove(CONTENT_ENCODING);
                return Bytes::from_static(b"{}");
            }
            return body;
        }
        let is_bomb = whole.len() > crate::service::MAX_BODY_BYTES;
        if is_bomb && self.sabotage != Sabotage::BombTaken {
            return body;
        }
        parts.headers.remove(CONTENT_ENCODING);
        if is_bomb { Bytes::from_static(b"{}") } else { whole.into() }
    }
}

fn answer(status: StatusCode, json: Value) -> Response {
    let content_type = if status == StatusCode::OK { "application/json" } else { "application/problem+json" };
    (status, [(CONTENT_TYPE, content_type)], json.to_string()).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

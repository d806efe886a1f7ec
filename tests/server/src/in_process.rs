//! The server without sockets: the same routes and layers, called by a simulator on its own thread.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::http::{self, App};
use crate::running::{Options, app_of};
use crate::service::Service;

/// A request as it would arrive.
#[derive(Debug, Clone)]
pub struct InProcessRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body, as on the wire.
    pub body: Vec<u8>,
}

/// The answer as it would leave, but not compressed unless the request asks for that.
#[derive(Debug, Clone)]
pub struct InProcessAnswer {
    /// The status.
    pub status: u16,
    /// Names and values, as far as they are text.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl InProcessAnswer {
    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A server that answers one call after the other.
pub struct InProcess {
    service: Arc<Service>,
    router: Router,
    runtime: Runtime,
    _stop: watch::Sender<bool>,
}

impl InProcess {
    /// Opens the database, an embedded one: over PostgreSQL a call would block its own runtime. `bind`, `test_faults` and
    /// `may_abort` mean nothing here. Fails when the database cannot be used.
    pub fn open(options: Options) -> io::Result<Self> {
        let (stop, stopping) = watch::channel(false);
        let app = app_of(Options { may_abort: false, test_faults: false, ..options }, stopping)?;
        let app = App { runs_here: true, ..app };
        let service = Arc::clone(&app.service);
        let runtime = Builder::new_current_thread().enable_time().build()?;
        Ok(Self { service, router: http::router(app), runtime, _stop: stop })
    }

    /// The backend below the routes.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Carries one request out, to its end. None for one that is no HTTP, or when the server broke off.
    pub fn call(&self, request: InProcessRequest) -> Option<InProcessAnswer> {
        let InProcessRequest { method, target, headers, body } = request;
        let mut whole = Request::builder().method(method.as_str()).uri(target);
        for (name, value) in headers {
            whole = whole.header(name, value);
        }
        let whole = whole.body(Body::from(body)).ok()?;
        catch_unwind(AssertUnwindSafe(|| self.runtime.block_on(answer(self.router.clone(), whole)))).ok()?
    }
}

async fn answer(router: Router, request: Request<Body>) -> Option<InProcessAnswer> {
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.ok()?.to_bytes().to_vec();
    Some(InProcessAnswer { status: parts.status.as_u16(), headers: texts(&parts.headers), body })
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint_token;

    #[test]
    fn it_answers_as_over_http() {
        let folder = tempfile::tempdir().unwrap();
        let server = InProcess::open(Options::new(folder.path().join("db"), "s")).unwrap();
        let bearer = format!("Bearer {}", mint_token("s", "anna", 60).unwrap());
        let get = |target: &str, authorization: &str| {
            let headers = vec![("authorization".to_owned(), authorization.to_owned())];
            let request = InProcessRequest {
                method: "GET".to_owned(),
                target: target.to_owned(),
                headers,
                body: Vec::new(),
            };
            server.call(request).unwrap()
        };
        let page = get("/v1/me/changes?limit=5", &bearer);
        assert_eq!(page.status, 200);
        assert_eq!(page.header("content-type"), Some("application/json"));
        let page: serde_json::Value = serde_json::from_slice(&page.body).unwrap();
        assert_eq!((page["user"].as_str(), page["count"].as_i64()), (Some("anna"), Some(0)));
        assert_eq!(get("/v1/me/changes", "Bearer x").status, 401);
        assert_eq!(get("/nowhere", &bearer).status, 404);
    }
}

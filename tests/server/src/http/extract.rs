//! What handlers take from a request, each refused with a problem when it is not there.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONNECTION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use super::App;
use super::encoding::Encoding;
use crate::problem::Code;
use crate::service::MAX_BODY_BYTES;

/// More is not read to the end, not even to be refused.
const MAX_DRAIN_BYTES: usize = 16 * MAX_BODY_BYTES;

/// More than gzip can make of the largest body.
fn max_wire_bytes(max_body_bytes: usize) -> usize {
    max_body_bytes + max_body_bytes / 64
}

/// A request with a good token.
pub(super) struct Signed {
    pub app: App,
    pub user: String,
    /// What the app states of itself.
    pub app_version: Option<String>,
}

impl FromRequestParts<App> for Signed {
    type Rejection = Code;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Code> {
        let Caller(user) = parts.extensions.remove::<Caller>().unwrap_or(Caller(None));
        let user = user.ok_or(Code::Unauthorized)?;
        Ok(Self { app: app.clone(), user, app_version: app_version(&parts.headers) })
    }
}

/// The user of a request's token; None without a good one. Set before anything is read.
#[derive(Clone)]
pub(super) struct Caller(pub Option<String>);

/// See [`Caller`].
pub(super) fn caller_of(headers: &HeaderMap, app: &App) -> Caller {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    Caller(header.and_then(|header| app.auth.user_of(header)))
}

/// The `X-App-Version` of a request, if it is text.
pub(super) fn app_version(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("x-app-version")?.to_str().ok()?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// The `{id}` of the path, if it has one that is text.
pub(super) struct ItemId(pub Option<String>);

impl FromRequestParts<App> for ItemId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self(Path::from_request_parts(parts, app).await.ok().map(|Path(id)| id)))
    }
}

/// The whole body as it came, or why it could not be had.
pub(super) struct Body {
    wire: Result<Bytes, Code>,
    encoding: Encoding,
    most: usize,
}

impl Body {
    /// What is in it. It may block.
    pub fn read(self) -> Result<Bytes, Code> {
        self.encoding.decode(self.wire?, self.most)
    }
}

impl FromRequestParts<App> for Body {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let wire = parts.extensions.remove::<Wire>().map_or(Ok(Bytes::new()), |Wire(wire)| wire);
        let conduct = app.service.conduct();
        let encoding = match Encoding::of(&parts.headers) {
            Encoding::Gzip if !conduct.compression => Encoding::Unknown,
            encoding => encoding,
        };
        Ok(Self { wire, encoding, most: conduct.max_body_bytes })
    }
}

/// Between [`read_ahead`] and [`Body`].
#[derive(Clone)]
struct Wire(Result<Bytes, Code>);

/// Reads every body before anything is answered: a client that is still sending would not see an early refusal,
/// only a broken connection, and could not know what became of its write.
pub(super) async fn read_ahead(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let most = max_wire_bytes(app.service.conduct().max_body_bytes);
    let read = tokio::time::timeout(app.body_timeout, read_body(body, most)).await;
    let wire = match read {
        Ok(read) => read,
        Err(_) => return hang_up(Code::RequestTimeout.into_response()),
    };
    parts.extensions.insert(Wire(wire));
    next.run(Request::from_parts(parts, axum::body::Body::empty())).await
}

/// Lets a body come and keeps nothing of it, so that its client sees the refusal.
pub(super) async fn let_pass(app: &App, request: Request) {
    let _ = tokio::time::timeout(app.body_timeout, read_body(request.into_body(), 0)).await;
}

/// What is still to come on this connection belongs to a request that was given up.
fn hang_up(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn read_body(mut body: axum::body::Body, most: usize) -> Result<Bytes, Code> {
    let mut read = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Code::Malformed)?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total <= most {
            read.extend_from_slice(&data);
        } else if total > MAX_DRAIN_BYTES {
            break;
        }
    }
    if total > most { Err(Code::BatchTooLarge) } else { Ok(read.into()) }
}

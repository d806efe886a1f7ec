//! What handlers take from a request, each refused with a problem when it is not there.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

use super::App;
use super::encoding::Encoding;
use crate::auth;
use crate::problem::Code;
use crate::service::MAX_BODY_BYTES;

/// More than gzip can make of the largest body.
const MAX_WIRE_BYTES: usize = MAX_BODY_BYTES + MAX_BODY_BYTES / 64;
/// More is not read to the end, not even to be refused.
const MAX_DRAIN_BYTES: usize = 16 * MAX_BODY_BYTES;

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
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let user = header.and_then(|header| auth::user_of(header, &app.secret)).ok_or(Code::Unauthorized)?;
        Ok(Self { app: app.clone(), user, app_version: app_version(&parts.headers) })
    }
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
}

impl Body {
    /// What is in it. It may block.
    pub fn read(self) -> Result<Bytes, Code> {
        self.encoding.decode(self.wire?)
    }
}

impl FromRequestParts<App> for Body {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let wire = parts.extensions.remove::<Wire>().map_or(Ok(Bytes::new()), |Wire(wire)| wire);
        let encoding = match Encoding::of(&parts.headers) {
            Encoding::Gzip if !app.service.conduct().compression => Encoding::Unknown,
            encoding => encoding,
        };
        Ok(Self { wire, encoding })
    }
}

/// Between [`read_ahead`] and [`Body`].
#[derive(Clone)]
struct Wire(Result<Bytes, Code>);

/// Reads every body before anything is answered: a client that is still sending would not see an early refusal,
/// only a broken connection, and could not know what became of its write.
pub(super) async fn read_ahead(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(Wire(read_body(body).await));
    next.run(Request::from_parts(parts, axum::body::Body::empty())).await
}

async fn read_body(mut body: axum::body::Body) -> Result<Bytes, Code> {
    let mut read = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Code::Malformed)?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total <= MAX_WIRE_BYTES {
            read.extend_from_slice(&data);
        } else if total > MAX_DRAIN_BYTES {
            break;
        }
    }
    if total > MAX_WIRE_BYTES { Err(Code::BatchTooLarge) } else { Ok(read.into()) }
}

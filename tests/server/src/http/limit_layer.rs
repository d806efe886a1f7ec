//! Turns away what is too much, before anything of it is kept: by rate, then by the number under way.

use axum::extract::{MatchedPath, Request, State};
use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;
use super::extract::{self, Caller};
use super::operation;
use crate::problem::{Code, Problem};
use crate::serve::Peer;

/// Finds out who asks, and whether too often.
pub(super) async fn rate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if is_of_operation(&request) {
        return next.run(request).await;
    }
    let caller = extract::caller_of(request.headers(), &app);
    let wait = match (&caller, request.extensions().get::<Peer>()) {
        (Caller(Some(user)), _) => app.rates.wait_of_user(user),
        (Caller(None), Some(Peer(address))) => app.rates.wait_of_stranger(*address),
        (Caller(None), None) => None,
    };
    if let Some(seconds) = wait {
        app.metrics.count_rate_limited(caller.0.is_some());
        extract::let_pass(&app, request).await;
        let problem = Problem { user: caller.0, ..Problem::new(Code::RateLimited) };
        let mut response = problem.into_response();
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        return response;
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Lets in as many as there are slots. Who waits here would wait in memory, so nobody does.
pub(super) async fn slot(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_of_operation(&request) {
        return next.run(request).await;
    }
    match app.slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => {
            app.metrics.count_overload();
            let Caller(user) = request.extensions().get().cloned().unwrap_or(Caller(None));
            extract::let_pass(&app, request).await;
            Problem { user, ..Problem::new(Code::Unavailable) }.into_response()
        }
    }
}

/// Who looks after the server must get an answer above all when there is too much to do.
fn is_of_operation(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    operation::PATHS.contains(&path)
}

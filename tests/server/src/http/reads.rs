//! From the query of `GET /v1/me/changes` to the feed, and of `GET /v1/me/history` to a page.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use serde::Deserialize;

use super::answers;
use super::extract::Signed;
use crate::model::Entity;
use crate::problem::Code;
use crate::service::{ChangesQuery, HistoryQuery};

/// As text: an empty parameter counts as absent.
#[derive(Deserialize)]
pub(super) struct ChangesParams {
    cursor: Option<String>,
    from: Option<String>,
    limit: Option<String>,
    entities: Option<String>,
}

/// See [`ChangesParams`].
#[derive(Deserialize)]
pub(super) struct HistoryParams {
    before: Option<String>,
    limit: Option<String>,
}

pub(super) async fn changes(
    signed: Signed,
    params: Result<Query<ChangesParams>, QueryRejection>,
) -> Response {
    let query = params.ok().and_then(|Query(params)| changes_query(params));
    answers::blocking(signed, move |service, user| service.changes(user, &query.ok_or(Code::Malformed)?))
        .await
}

pub(super) async fn history(
    signed: Signed,
    params: Result<Query<HistoryParams>, QueryRejection>,
) -> Response {
    let query = params.ok().and_then(|Query(params)| history_query(params));
    answers::blocking(signed, move |service, user| service.history(user, &query.ok_or(Code::Malformed)?))
        .await
}

fn changes_query(params: ChangesParams) -> Option<ChangesQuery> {
    let latest = match given(params.from).as_deref() {
        None => false,
        Some("latest") => true,
        Some(_) => return None,
    };
    let entities = match given(params.entities) {
        Some(names) => Some(names.split(',').map(Entity::from_name).collect::<Option<Vec<_>>>()?),
        None => None,
    };
    Some(ChangesQuery { cursor: given(params.cursor), latest, limit: limit_of(params.limit)?, entities })
}

fn history_query(params: HistoryParams) -> Option<HistoryQuery> {
    Some(HistoryQuery { before: given(params.before), limit: limit_of(params.limit)? })
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// None for what is no number.
fn limit_of(text: Option<String>) -> Option<Option<usize>> {
    given(text).map(|text| text.parse()).transpose().ok()
}

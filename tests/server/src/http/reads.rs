//! `GET /v1/me/changes`: from the query to the feed.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::response::Response;
use serde::Deserialize;

use super::answers;
use super::extract::Signed;
use crate::model::Entity;
use crate::problem::Code;
use crate::service::ChangesQuery;

/// As text: an empty parameter counts as absent.
#[derive(Deserialize)]
pub(super) struct Params {
    cursor: Option<String>,
    limit: Option<String>,
    entities: Option<String>,
}

pub(super) async fn changes(signed: Signed, params: Result<Query<Params>, QueryRejection>) -> Response {
    let query = params.ok().and_then(|Query(params)| query_of(params));
    answers::blocking(signed, move |service, user| service.changes(user, &query.ok_or(Code::Malformed)?))
        .await
}

fn query_of(params: Params) -> Option<ChangesQuery> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let limit = given(params.limit).map(|text| text.parse()).transpose().ok()?;
    let entities = match given(params.entities) {
        Some(names) => Some(names.split(',').map(Entity::from_name).collect::<Option<Vec<_>>>()?),
        None => None,
    };
    Some(ChangesQuery { cursor: given(params.cursor), limit, entities })
}

//! Writes: many in a batch, or one per request in the headers and bodies of plain REST.

use axum::Extension;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::answers;
use super::extract::{Body, ItemId, Signed};
use super::tally::Tally;
use crate::model::{Entity, Kind, VerdictAnswer, VerdictKind};
use crate::operation::parse_uuid;
use crate::problem::{Code, Problem};
use crate::record::derived_id;
use crate::service::BatchRequest;

/// Set by a fault: only so many operations of the batch are to take effect.
#[derive(Clone, Copy)]
pub(super) struct ApplyOnly(pub usize);

pub(super) async fn batch(signed: Signed, only: Option<Extension<ApplyOnly>>, body: Body) -> Response {
    let (app, user, app_version) = (signed.app.clone(), signed.user.clone(), signed.app_version.clone());
    let done = answers::run(signed, move |service, user| {
        let mut request: BatchRequest = serde_json::from_slice(&body.read()?).map_err(|_| Code::Malformed)?;
        if let Some(Extension(ApplyOnly(count))) = only {
            request.operations.truncate(count);
        }
        let answer = service.apply_batch(user, app_version.as_deref(), &request)?;
        let entities: Vec<_> = request.operations.iter().map(entity_of).collect();
        Ok((answer, entities))
    });
    match done.await {
        Ok((answer, entities)) => {
            let tally = Tally::count(&app.metrics, entities.into_iter().zip(&answer.verdicts));
            (Extension(tally), answers::json(&answer)).into_response()
        }
        Err(code) => Problem::new(code).for_user(&user).into_response(),
    }
}

fn entity_of(operation: &Value) -> Option<Entity> {
    Entity::from_name(operation["entity"].as_str()?)
}

pub(super) async fn single(
    entity: Entity,
    kind: Kind,
    signed: Signed,
    ItemId(id): ItemId,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (app, user, app_version) = (signed.app.clone(), signed.user.clone(), signed.app_version.clone());
    let done = answers::run(signed, move |service, user| {
        let body =
            body.read().map_err(|code| if code == Code::BatchTooLarge { Code::TooLarge } else { code })?;
        let (id, server_id) = names_of(entity, kind, id, service.conduct().mint_ids);
        let operation = json!({
            "key": key_of(&headers)?,
            "entity": entity,
            "id": id,
            "server_id": server_id,
            "kind": kind,
            "base_version": base_version_of(&headers)?,
            "fields": fields_of(kind, &body)?,
        });
        service.apply_single(user, app_version.as_deref(), &operation)
    });
    match done.await {
        Ok(answer) => {
            let tally = Tally::count(&app.metrics, [(Some(entity), &answer.verdict)]);
            (Extension(tally), answer_of(answer, &user)).into_response()
        }
        Err(code) => Problem::new(code).for_user(&user).into_response(),
    }
}

fn answer_of(answer: VerdictAnswer, user: &str) -> Response {
    let outcome = &answer.verdict.answer;
    let problem = match outcome.verdict {
        VerdictKind::Applied | VerdictKind::Duplicate => return answers::json(&answer),
        VerdictKind::Conflict => {
            Problem { record: Some(outcome.record.clone()), ..Problem::new(Code::Conflict) }
        }
        VerdictKind::Rejected | VerdictKind::Deferred => {
            let code = outcome.problem.as_ref().map_or(Code::Unavailable, |refusal| refusal.code);
            Problem { record: outcome.record.clone().map(Some), ..Problem::new(code) }
        }
    };
    problem.for_user(user).into_response()
}

/// The id and the server id that a path gives. What is no UUID is a server id where such are minted, but no record
/// can be made under one.
fn names_of(entity: Entity, kind: Kind, id: Option<String>, mint_ids: bool) -> (Value, Option<String>) {
    match id {
        _ if entity.is_single() => (json!(Uuid::nil()), None),
        Some(name) if mint_ids && kind != Kind::Create && parse_uuid(&name).is_none() => {
            (json!(derived_id(entity.name(), &name)), Some(name))
        }
        id => (json!(id), None),
    }
}

fn key_of(headers: &HeaderMap) -> Result<Uuid, Code> {
    let header = headers.get("idempotency-key").ok_or(Code::KeyRequired)?;
    header.to_str().ok().and_then(parse_uuid).ok_or(Code::Malformed)
}

/// `If-Match: "12"`, in quotes as entity tags are.
fn base_version_of(headers: &HeaderMap) -> Result<Option<i64>, Code> {
    let Some(header) = headers.get("if-match") else { return Ok(None) };
    let text = header.to_str().map_err(|_| Code::Malformed)?;
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    version.and_then(|text| text.parse().ok()).map(Some).ok_or(Code::Malformed)
}

/// Many clients send no body with `DELETE`.
fn fields_of(kind: Kind, body: &[u8]) -> Result<Value, Code> {
    if kind == Kind::Delete && body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body).map_err(|_| Code::Malformed)
}

//! The one table of all routes: the router is built from it, faults match by it, the OpenAPI file is compared with it.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{MethodFilter, MethodRouter, on};

use super::extract::{Body, ItemId, Signed};
use super::{App, answers, operation, reads, writes};
use crate::faults::Endpoint;
use crate::model::{Entity, Kind};

/// The HTTP methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it all")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A route of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, `{id}` for the record's id.
    pub path: &'static str,
    /// How faults name it; None where there are none.
    pub endpoint: Option<Endpoint>,
    action: Action,
}

#[derive(Debug, Clone, Copy)]
enum Action {
    Health,
    Ready,
    Batch,
    Changes,
    History,
    Capabilities,
    Allergies,
    Read(Entity),
    Write(Entity, Kind),
}

/// Every route that the server knows, but for those under `/test`.
pub const ROUTES: &[Route] = &[
    route(Method::Get, "/health", None, Action::Health),
    route(Method::Get, "/ready", None, Action::Ready),
    route(Method::Post, "/v1/me/batch", Some(Endpoint::Batch), Action::Batch),
    route(Method::Get, "/v1/me/changes", Some(Endpoint::Changes), Action::Changes),
    route(Method::Get, "/v1/me/history", Some(Endpoint::History), Action::History),
    route(Method::Get, "/v1/me/capabilities", Some(Endpoint::Capabilities), Action::Capabilities),
    read(Entity::Profile, "/v1/me/profile"),
    write(Method::Put, "/v1/me/profile", Entity::Profile, Kind::Update),
    read(Entity::Settings, "/v1/me/settings"),
    write(Method::Put, "/v1/me/settings", Entity::Settings, Kind::Update),
    route(Method::Get, "/v1/me/allergies", Some(Endpoint::Read), Action::Allergies),
    write(Method::Put, "/v1/me/allergies", Entity::AllergyList, Kind::Update),
    read(Entity::Allergies, "/v1/me/allergies/{id}"),
    write(Method::Put, "/v1/me/allergies/{id}", Entity::Allergies, Kind::Create),
    write(Method::Patch, "/v1/me/allergies/{id}", Entity::Allergies, Kind::Update),
    write(Method::Delete, "/v1/me/allergies/{id}", Entity::Allergies, Kind::Delete),
    read(Entity::History, "/v1/me/history/{id}"),
    write(Method::Put, "/v1/me/history/{id}", Entity::History, Kind::Create),
    write(Method::Patch, "/v1/me/history/{id}", Entity::History, Kind::Update),
    write(Method::Delete, "/v1/me/history/{id}", Entity::History, Kind::Delete),
];

const fn route(method: Method, path: &'static str, endpoint: Option<Endpoint>, action: Action) -> Route {
    Route { method, path, endpoint, action }
}

const fn read(entity: Entity, path: &'static str) -> Route {
    route(Method::Get, path, Some(Endpoint::Read), Action::Read(entity))
}

const fn write(method: Method, path: &'static str, entity: Entity, kind: Kind) -> Route {
    route(method, path, Some(Endpoint::Write), Action::Write(entity, kind))
}

impl Method {
    /// As in a request, in capitals.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Patch => MethodFilter::PATCH,
            Method::Delete => MethodFilter::DELETE,
        }
    }
}

/// The route of a request.
pub(super) fn find(method: &str, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.path == path && route.method.name() == method)
}

pub(super) fn router() -> Router<App> {
    ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, handler(route)))
}

fn handler(route: &Route) -> MethodRouter<App> {
    let filter = route.method.filter();
    match route.action {
        Action::Health => on(filter, operation::health),
        Action::Ready => on(filter, operation::ready),
        Action::Batch => on(filter, writes::batch),
        Action::Changes => on(filter, reads::changes),
        Action::History => on(filter, reads::history),
        Action::Capabilities => {
            on(filter, |signed: Signed| answers::blocking(signed, |service, user| service.capabilities(user)))
        }
        Action::Allergies => on(filter, |signed: Signed| {
            answers::blocking(signed, |service, user| service.read_allergies(user))
        }),
        Action::Read(entity) => on(filter, move |signed: Signed, ItemId(id): ItemId| {
            answers::blocking(signed, move |service, user| service.read_record(user, entity, id.as_deref()))
        }),
        Action::Write(entity, kind) => {
            on(filter, move |signed: Signed, id: ItemId, headers: HeaderMap, body: Body| {
                writes::single(entity, kind, signed, id, headers, body)
            })
        }
    }
}

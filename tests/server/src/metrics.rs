//! What an operator watches, in the text form of Prometheus. Labels are names of the contract, never of a request.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::model::{Entity, VerdictKind};

/// The form of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Write {
    entity: &'static str,
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Who {
    who: &'static str,
}

pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    overloads: Counter,
    rate_limited: Family<Who, Counter>,
    writes: Family<Write, Counter>,
    database_errors: Counter,
}

impl Metrics {
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("foodlens"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            in_flight: Gauge::default(),
            overloads: Counter::default(),
            rate_limited: Family::default(),
            writes: Family::default(),
            database_errors: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("http_requests", "Answered requests", metrics.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            metrics.durations.clone(),
        );
        registry.register("http_requests_in_flight", "Requests under way", metrics.in_flight.clone());
        registry.register(
            "overloads",
            "Requests refused because too many were under way",
            metrics.overloads.clone(),
        );
        registry.register("rate_limited", "Requests refused by a rate", metrics.rate_limited.clone());
        registry.register("writes", "Operations by their verdict", metrics.writes.clone());
        registry.register("database_errors", "Failed uses of the database", metrics.database_errors.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "What is running", build);
        // From the start, so that the first one is an increase and not a new line.
        for who in ["user", "stranger"] {
            let _ = metrics.rate_limited.get_or_create(&Who { who });
        }
        metrics
    }

    pub fn count_request(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.durations.get_or_create(&Route { route: route.clone(), method }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Request { route, method, status }).inc();
    }

    /// Counts as under way until what it gives is dropped.
    pub fn under_way(&self) -> UnderWay {
        self.in_flight.inc();
        UnderWay(self.in_flight.clone())
    }

    pub fn count_overload(&self) {
        self.overloads.inc();
    }

    pub fn count_rate_limited(&self, is_user: bool) {
        let who = if is_user { "user" } else { "stranger" };
        self.rate_limited.get_or_create(&Who { who }).inc();
    }

    pub fn count_write(&self, entity: Option<Entity>, verdict: VerdictKind) {
        let entity = entity.map_or("unknown", Entity::name);
        self.writes.get_or_create(&Write { entity, verdict: verdict.name() }).inc();
    }

    pub fn count_database_error(&self) {
        self.database_errors.inc();
    }

    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

pub(crate) struct UnderWay(Gauge);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

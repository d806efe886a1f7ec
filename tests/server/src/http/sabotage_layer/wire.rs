//! Writes in one form, whether they came in a batch or in headers, and back to how they came.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Uri};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Asked;

/// The operations of a request; none where there are none, or where they cannot be read.
pub(super) enum Writing {
    Batch(Value),
    Single { came: Value, operation: [Value; 1] },
    None,
}

impl Writing {
    pub fn of(asked: &Asked, parts: &Parts, body: &[u8]) -> Self {
        let body: Value = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(_) if asked.method == "DELETE" => json!({}),
            Err(_) => return Writing::None,
        };
        if asked.path == "/v1/me/batch" {
            return if body["operations"].is_array() { Writing::Batch(body) } else { Writing::None };
        }
        let (Some((entity, id)), true) = (record_of(&asked.path), body.is_object()) else {
            return Writing::None;
        };
        let kind = match asked.method.as_str() {
            "PUT" if id.is_some() => "create",
            "PUT" | "PATCH" => "update",
            "DELETE" => "delete",
            _ => return Writing::None,
        };
        let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let base = header("if-match")
            .and_then(|text| text.strip_prefix('"')?.strip_suffix('"')?.parse::<i64>().ok());
        let id = id.map_or_else(|| Uuid::nil().to_string(), str::to_owned);
        let came = json!({"key": header("idempotency-key"), "entity": entity, "id": id, "kind": kind,
                          "base_version": base, "fields": body});
        Writing::Single { operation: [came.clone()], came }
    }

    pub fn operations(&mut self) -> &mut [Value] {
        match self {
            Writing::Batch(body) => body["operations"].as_array_mut().map_or(&mut [], Vec::as_mut_slice),
            Writing::Single { operation, .. } => operation,
            Writing::None => &mut [],
        }
    }

    /// The body to send on; the headers and the method are set as the operation says.
    pub fn put_back(self, parts: &mut Parts, body: Bytes) -> Bytes {
        match self {
            Writing::Batch(body) => body.to_string().into(),
            Writing::None => body,
            // As it came, also what is wrong with it.
            Writing::Single { came, operation: [operation] } if operation == came => body,
            Writing::Single { operation: [operation], .. } => {
                let mut set = |name: &'static str, value: Option<String>| {
                    if let Some(value) = value.and_then(|text| HeaderValue::from_str(&text).ok()) {
                        parts.headers.insert(name, value);
                    }
                };
                set("idempotency-key", operation["key"].as_str().map(str::to_owned));
                set("if-match", operation["base_version"].as_i64().map(|base| format!("\"{base}\"")));
                if operation["kind"] == "create" {
                    parts.method = Method::PUT;
                }
                if operation["kind"] == "delete" { body } else { operation["fields"].to_string().into() }
            }
        }
    }
}

/// The entity of a path, and the id where it has one.
pub(super) fn record_of(path: &str) -> Option<(&'static str, Option<&str>)> {
    match path.strip_prefix("/v1/me/")?.split_once('/') {
        Some(("history", id)) => Some(("history", Some(id))),
        Some(("allergies", id)) => Some(("allergies", Some(id))),
        Some(_) => None,
        None => match &path["/v1/me/".len()..] {
            "profile" => Some(("profile", None)),
            "settings" => Some(("settings", None)),
            "allergies" => Some(("allergy_list", None)),
            _ => None,
        },
    }
}

/// The verdicts of an answer, whichever way the writes came.
pub(super) fn verdicts(json: &mut Value) -> Vec<&mut Value> {
    if json["verdict"].is_object() {
        return vec![&mut json["verdict"]];
    }
    json.get_mut("verdicts").and_then(Value::as_array_mut).into_iter().flatten().collect()
}

/// The keys that the client knows, where the server got others.
pub(super) fn restore_keys(json: &mut Value, keys: &[Value]) {
    for (verdict, key) in verdicts(json).into_iter().zip(keys) {
        verdict["key"] = key.clone();
    }
}

/// Another query in place of the one that came.
pub(super) fn set_query(parts: &mut Parts, query: &str) {
    let path = parts.uri.path();
    if let Ok(uri) = format!("{path}?{query}").parse::<Uri>() {
        parts.uri = uri;
    }
}

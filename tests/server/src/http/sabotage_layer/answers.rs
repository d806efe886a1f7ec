//! What is done to verdicts and to refusals on their way out.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Asked, GAP, Inner, lock, wire};
use crate::model::RawRecord;
use crate::problem::{Code, Problem};
use crate::sabotage::Sabotage;

impl Inner {
    pub(super) fn twist_verdicts(&self, asked: &Asked, sent: &[Value], json: &mut Value) {
        let Some(user) = &asked.user else { return };
        for (verdict, operation) in wire::verdicts(json).into_iter().zip(sent) {
            match self.sabotage {
                Sabotage::OverwrittenLost => verdict["overwritten"] = json!([]),
                Sabotage::RepeatAnswersNow if verdict["verdict"] == "duplicate" => {
                    if let Some(current) = self.current(user, operation) {
                        verdict["record"] = json!(current);
                    }
                }
                Sabotage::OverwrittenAlways
                    if verdict["verdict"] == "applied" && operation["kind"] == "update" =>
                {
                    let names = operation["fields"].as_object().into_iter().flat_map(|fields| fields.keys());
                    verdict["overwritten"] =
                        names.map(|name| json!({"field": name, "value": null, "version": 1})).collect();
                }
                Sabotage::DeleteOfNothingRefused if is_nothing_deleted(verdict, operation) => {
                    verdict["verdict"] = json!("rejected");
                    verdict["problem"] = json!(Code::NotFound.refusal());
                }
                Sabotage::NoChangeIsAWrite if is_no_change(verdict, operation) => {
                    self.write_once_more(user, verdict);
                }
                _ => {}
            }
        }
        match self.sabotage {
            Sabotage::VerdictsReversed => {
                if let Some(verdicts) = json["verdicts"].as_array_mut() {
                    verdicts.reverse();
                }
            }
            Sabotage::NumbersAreFloats => make_floats(json),
            Sabotage::ServerIdChanges => change_server_ids(json),
            Sabotage::DeviceClockStamps => each_record(json, &mut |record| {
                if record["fields"]["updated_at"].is_i64() {
                    record["received_at"] = record["fields"]["updated_at"].clone();
                }
            }),
            _ => {}
        }
    }

    pub(super) fn twist_problem(&self, asked: &Asked, status: &mut StatusCode, json: &mut Value) {
        let is_read = asked.method == "GET";
        match (self.sabotage, status.as_u16()) {
            (Sabotage::OkWithErrorInside, 404 | 410) if !is_read && json["code"] != "unauthorized" => {
                *json = json!({"error": {"code": json["code"], "message": json["title"]}});
                *status = StatusCode::OK;
            }
            (Sabotage::StrangeInputIs500, 400) if !is_read && !asked.is_packed => {
                *json = json!({"error": "NullPointerException"});
                *status = StatusCode::INTERNAL_SERVER_ERROR;
            }
            (Sabotage::NoTokenNeeded, 401) if asked.path == "/v1/me/changes" => {
                *json = self.empty_page("nobody", "");
                *status = StatusCode::OK;
            }
            (Sabotage::ExpiredCursorIsEmpty, 410) if asked.path == "/v1/me/changes" => {
                *json = self.empty_page(asked.user.as_deref().unwrap_or_default(), &asked.query);
                *status = StatusCode::OK;
            }
            (Sabotage::BadCursorStartsOver, 400)
                if json["code"] == "bad_cursor" && asked.path.ends_with("changes") =>
            {
                let user = asked.user.as_deref().unwrap_or_default();
                *json = json!(self.service.changes(user, &crate::service::ChangesQuery::default()).ok());
                *status = StatusCode::OK;
            }
            (Sabotage::DeleteOfNothingRefused, 200) if json["verdict"]["verdict"] == "rejected" => {
                *json =
                    json!(Problem::new(Code::NotFound).for_user(asked.user.as_deref().unwrap_or_default()));
                *status = StatusCode::NOT_FOUND;
            }
            (Sabotage::ProblemsUntitled, 400..) => {
                if let Some(problem) = json.as_object_mut() {
                    problem.remove("title");
                }
            }
            (Sabotage::UnknownIsFine, 404 | 405)
                if wire::record_of(&asked.path).is_none() && asked.path != "/v1/me/history" =>
            {
                *json = json!({});
                *status = StatusCode::OK;
            }
            (Sabotage::OthersRowReadable | Sabotage::DeletedStillRead, 404) if is_read => {
                if let Some(record) = self.record_still_held(asked) {
                    *json = json!({"user": asked.user, "epoch": self.service.epoch().ok(), "record": record});
                    *status = StatusCode::OK;
                }
            }
            _ => {}
        }
    }

    /// What a sabotage may need later.
    pub(super) fn remember(&self, asked: &Asked, json: &Value) {
        let Some(user) = &asked.user else { return };
        let mut copy = json.clone();
        for verdict in wire::verdicts(&mut copy) {
            let record = &verdict["record"];
            if record["deleted"] == false {
                let path = format!("/v1/me/{}/{}", text(&record["entity"]), text(&record["id"]));
                lock(&self.records).insert(path, (user.clone(), record.clone()));
            }
            lock(&self.answers).entry(text(&verdict["key"])).or_insert((user.clone(), json.clone()));
        }
    }

    fn record_still_held(&self, asked: &Asked) -> Option<Value> {
        let records = lock(&self.records);
        let (owner, record) = records.get(&asked.path)?;
        let is_own = Some(owner) == asked.user.as_ref();
        (is_own == (self.sabotage == Sabotage::DeletedStillRead)).then(|| record.clone())
    }

    /// The same record as a write of its own.
    fn write_once_more(&self, user: &str, verdict: &mut Value) {
        let record = &verdict["record"];
        let raw = RawRecord {
            entity: text(&record["entity"]),
            id: text(&record["id"]),
            deleted: false,
            fields: record["fields"].clone(),
        };
        if let Ok(record) = self.service.put_raw(user, &raw) {
            verdict["record"] = json!(record);
        }
    }

    /// Between the number of a write and its being seen.
    pub(super) async fn hide_for_a_while(&self, json: &Value) {
        let mut copy = json.clone();
        let versions: Vec<i64> = wire::verdicts(&mut copy)
            .into_iter()
            .filter(|verdict| verdict["verdict"] == "applied")
            .filter_map(|verdict| verdict["record"]["version"].as_i64())
            .collect();
        lock(&self.hidden).extend(&versions);
        tokio::time::sleep(GAP).await;
        lock(&self.hidden).retain(|version| !versions.contains(version));
    }
}

fn is_nothing_deleted(verdict: &Value, operation: &Value) -> bool {
    verdict["verdict"] == "applied" && operation["kind"] == "delete" && verdict["record"].is_null()
}

fn is_no_change(verdict: &Value, operation: &Value) -> bool {
    verdict["verdict"] == "applied"
        && operation["kind"] == "update"
        && verdict["record"]["version"] == operation["base_version"]
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// In the fields of all records.
fn make_floats(json: &mut Value) {
    each_record(json, &mut |record| floats_in(&mut record["fields"]));
}

fn change_server_ids(json: &mut Value) {
    each_record(json, &mut |record| {
        if let Some(server_id) = record["server_id"].as_str() {
            record["server_id"] = json!(format!("{server_id}-{}", record["version"]));
        }
    });
}

fn each_record(json: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match json {
        Value::Object(members) if members.contains_key("fields") && members.contains_key("version") => {
            change(json)
        }
        Value::Object(members) => members.values_mut().for_each(|value| each_record(value, change)),
        Value::Array(items) => items.iter_mut().for_each(|value| each_record(value, change)),
        _ => {}
    }
}

fn floats_in(value: &mut Value) {
    match value {
        Value::Number(number) => {
            // As in a language that has one kind of number.
            let float = number.as_f64().unwrap_or_default();
            let is_large = float.abs() > 9e15;
            *value = if is_large { json!(float) } else { json!(number) };
        }
        Value::Object(members) => members.values_mut().for_each(floats_in),
        Value::Array(items) => items.iter_mut().for_each(floats_in),
        _ => {}
    }
}

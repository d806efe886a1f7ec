//! `openapi.yaml` against the server: its routes, its types, its codes, and each answer that a test gets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use foodlens_server::{
    AllergiesAnswer, BatchAnswer, BatchLimits, Capabilities, ChangesLimits, ChangesPage, Code, Entity,
    HistoryLimits, HistoryPage, Ids, Kind, Overwritten, PauseRule, Problem, ROUTES, Record, RecordAnswer,
    Refusal, Verdict, VerdictAnswer, VerdictKind,
};
use jsonschema::Validator;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::MINT_IDS;
use crate::support::{Backend, Reply, scan};

pub fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract").join(name);
    std::fs::read_to_string(path).unwrap()
}

pub fn spec() -> &'static Value {
    static SPEC: OnceLock<Value> = OnceLock::new();
    SPEC.get_or_init(|| serde_saphyr::from_str(&file("openapi.yaml")).unwrap())
}

/// Follows a reference inside the file.
#[track_caller]
fn resolve(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => {
            spec().pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
        None => value,
    }
}

/// What is wrong with `value` as the schema at `pointer`, if anything.
pub fn errors_of(pointer: &str, value: &Value) -> Vec<String> {
    static VALIDATORS: Mutex<BTreeMap<String, Validator>> = Mutex::new(BTreeMap::new());
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(pointer.to_owned()).or_insert_with(|| {
        let schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": pointer,
                            "components": spec()["components"]});
        jsonschema::validator_for(&schema).unwrap()
    });
    validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

pub fn schema(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// The path of the file that a request's path is of.
fn template_of(path: &str) -> String {
    let path = path.split('?').next().unwrap();
    for collection in ["/v1/me/allergies/", "/v1/me/history/"] {
        if path.starts_with(collection) {
            return format!("{collection}{{id}}");
        }
    }
    path.to_owned()
}

/// Every answer to a request of the contract must be one that the file promises.
#[track_caller]
pub fn check(method: &str, path: &str, reply: &Reply) {
    let operation = &spec()["paths"][template_of(path)][method.to_lowercase()];
    if operation.is_null() {
        return;
    }
    let promised = &operation["responses"][reply.status.to_string()];
    assert!(promised.is_object(), "{method} {path} promises no {}: {reply:?}", reply.status);
    let promised = resolve(promised);
    for name in promised["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        assert!(!reply.header(name).is_empty(), "{method} {path} promises {name}: {reply:?}");
    }
    let Some(content) = promised["content"].as_object() else {
        assert_eq!(reply.text, "", "{method} {path} promises no body");
        return;
    };
    let (content_type, content) = content.iter().next().unwrap();
    assert_eq!(reply.header("content-type"), content_type, "{method} {path}");
    let errors = errors_of(content["schema"]["$ref"].as_str().unwrap(), &reply.json());
    assert!(errors.is_empty(), "{method} {path} {}: {errors:?}", reply.status);
    check_names(&reply.json());
}

/// Where ids are minted, every record but a single one has one of the server; elsewhere no record has.
#[track_caller]
fn check_names(answer: &Value) {
    match answer {
        Value::Object(members) if members.contains_key("received_at") => {
            let is_single = members["id"] == json!(Uuid::nil());
            assert_eq!(members.contains_key("server_id"), MINT_IDS && !is_single, "{answer}");
            assert!(MINT_IDS || members["id"].is_string(), "{answer}");
        }
        Value::Object(members) => members.values().for_each(check_names),
        Value::Array(items) => items.iter().for_each(check_names),
        _ => {}
    }
}

fn operations() -> Vec<(String, String, &'static Value)> {
    let mut operations = Vec::new();
    for (path, item) in spec()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters")
        {
            operations.push((method.to_uppercase(), path.clone(), operation));
        }
    }
    operations
}

#[test]
fn the_file_lists_the_routes_of_the_server_and_no_others() {
    let listed: BTreeSet<(String, String)> =
        operations().into_iter().map(|(method, path, _)| (method, path)).collect();
    let routed: BTreeSet<(String, String)> =
        ROUTES.iter().map(|route| (route.method.name().to_owned(), route.path.to_owned())).collect();
    assert_eq!(listed, routed);
    assert_eq!(routed.len(), ROUTES.len(), "no route twice");
}

#[test]
fn every_route_of_the_table_is_served_and_wants_a_token_where_the_file_says_so() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    for (method, path, operation) in operations() {
        let path = path.replace("{id}", &Uuid::now_v7().to_string());
        let body = (method != "GET" && method != "DELETE").then_some("{}");
        let open = operation["security"] == json!([]);
        let reply = phone.send(&method, &path, &[("authorization", "")], body);
        assert_eq!(reply.status, if open { 200 } else { 401 }, "{method} {path}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    fn walk(value: &'static Value) -> usize {
        let own = usize::from(resolve(value) != value);
        let parts: Vec<&'static Value> = match value {
            Value::Object(members) => members.values().collect(),
            Value::Array(items) => items.iter().collect(),
            _ => Vec::new(),
        };
        own + parts.into_iter().map(walk).sum::<usize>()
    }
    assert!(walk(spec()) > 100);
    let names: BTreeSet<&str> =
        operations().iter().map(|(_, _, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), ROUTES.len());
}

fn names_of<T: Serialize>(all: &[T]) -> Value {
    json!(all)
}

#[test]
fn enums_are_the_types_of_the_server() {
    let schemas = &spec()["components"]["schemas"];
    assert_eq!(schemas["Entity"]["enum"], names_of(&Entity::ALL));
    assert_eq!(schemas["Kind"]["enum"], names_of(&Kind::ALL));
    assert_eq!(schemas["VerdictKind"]["enum"], names_of(&VerdictKind::ALL));
    assert_eq!(schemas["Capabilities"]["properties"]["ids"]["enum"], names_of(&Ids::ALL));
    assert_eq!(schemas["Code"]["enum"], names_of(&Code::ALL));
    assert_eq!(schemas["Code"]["enum"], json!(Code::ALL.map(Code::name)));
    assert_eq!(schemas["VerdictKind"]["enum"], json!(VerdictKind::ALL.map(VerdictKind::name)));
    for entity in Entity::ALL {
        assert_eq!(Entity::from_name(entity.name()), Some(entity));
        assert_eq!(json!(entity), entity.name());
    }
}

fn record() -> Record {
    let id = Uuid::now_v7().to_string();
    Record { entity: "history".into(), id, version: 1, fields: json!({}), ..Record::default() }
}

/// One that was made elsewhere.
fn nameless_record() -> Record {
    Record { server_id: Some("42".into()), is_nameless: true, ..record() }
}

/// Compares a schema with a value that has every member, and one that has only those that are always there.
#[track_caller]
fn check_type(name: &str, full: impl Serialize, least: impl Serialize) {
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
    let schema_of = &spec()["components"]["schemas"][name];
    let (full, least) = (json!(full), json!(least));
    let required: BTreeSet<String> = serde_json::from_value(schema_of["required"].clone()).unwrap();
    assert_eq!(names(&schema_of["properties"]), names(&full), "properties of {name}");
    assert_eq!(required, names(&least), "required members of {name}");
    for value in [&full, &least] {
        assert_eq!(errors_of(&schema(name), value), Vec::<String>::new(), "{name}");
    }
    for member in required {
        let mut broken = full.clone();
        broken.as_object_mut().unwrap().remove(&member);
        assert!(!errors_of(&schema(name), &broken).is_empty(), "{name} without {member} is refused");
    }
}

/// The schemas that [`schemas_are_the_types_of_the_server`] compares.
const COMPARED: [&str; 16] = [
    "Record",
    "Overwritten",
    "Refusal",
    "Verdict",
    "Problem",
    "BatchAnswer",
    "VerdictAnswer",
    "RecordAnswer",
    "AllergiesAnswer",
    "ChangesPage",
    "BatchLimits",
    "ChangesLimits",
    "HistoryLimits",
    "PauseRule",
    "HistoryPage",
    "Capabilities",
];

/// For types that always have all their members.
#[track_caller]
fn check_whole_type<T: Serialize + Clone>(name: &str, value: T) {
    check_type(name, value.clone(), value);
}

#[test]
fn schemas_are_the_types_of_the_server() {
    let (user, epoch) = (String::from("anna"), String::from("e"));
    let overwritten = Overwritten { field: "note".into(), value: json!("old"), version: 1 };
    let verdict = |retry_after_s: Option<u32>| -> Verdict {
        let mut value = json!({"key": Uuid::now_v7(), "verdict": "deferred", "record": record(),
                               "overwritten": [overwritten], "problem": Code::Paused.refusal()});
        if let Some(seconds) = retry_after_s {
            value["retry_after_s"] = json!(seconds);
        }
        serde_json::from_value(value).unwrap()
    };
    check_type("Record", nameless_record(), record());
    check_type("Record", Record { is_nameless: false, ..nameless_record() }, record());
    check_whole_type("Overwritten", overwritten.clone());
    check_whole_type::<Refusal>("Refusal", Code::Gone.refusal());
    check_type("Verdict", verdict(Some(60)), verdict(None));
    let gone = Problem { record: Some(Some(record())), ..Problem::new(Code::Gone).for_user("anna") };
    check_type("Problem", gone, Problem::new(Code::Gone));
    check_whole_type(
        "BatchAnswer",
        BatchAnswer { user: user.clone(), epoch: epoch.clone(), verdicts: vec![verdict(None)] },
    );
    check_whole_type(
        "VerdictAnswer",
        VerdictAnswer { user: user.clone(), epoch: epoch.clone(), verdict: verdict(None) },
    );
    check_whole_type(
        "RecordAnswer",
        RecordAnswer { user: user.clone(), epoch: epoch.clone(), record: record() },
    );
    check_whole_type(
        "AllergiesAnswer",
        AllergiesAnswer { user: user.clone(), epoch: epoch.clone(), list: None, records: vec![record()] },
    );
    check_whole_type(
        "ChangesPage",
        ChangesPage {
            user: user.clone(),
            epoch: epoch.clone(),
            count: 1,
            changes: vec![record()],
            next_cursor: "c".into(),
            has_more: false,
        },
    );
    let limits = BatchLimits { max_operations: 100, max_bytes: 1 };
    check_whole_type("BatchLimits", limits.clone());
    let changes = ChangesLimits { max_limit: 1000, latest: true };
    check_type("ChangesLimits", changes.clone(), json!({"max_limit": 1}));
    let history = HistoryLimits { max_limit: 500 };
    check_whole_type("HistoryLimits", history.clone());
    let rule = PauseRule {
        entity: Some(Entity::History),
        kind: Some(Kind::Create),
        app_below: Some("2.4.0".into()),
    };
    check_type("PauseRule", rule.clone(), PauseRule::default());
    for next in [Some("n".to_owned()), None] {
        let (user, epoch) = (user.clone(), epoch.clone());
        let page = HistoryPage { user, epoch, count: 1, records: vec![record()], next, total: 1 };
        check_whole_type("HistoryPage", page);
    }
    check_type(
        "Capabilities",
        Capabilities {
            user,
            epoch,
            batch: Some(limits),
            changes,
            history: Some(history),
            ids: Ids::Server,
            compression: vec!["gzip".into()],
            max_fields_bytes: 1,
            tombstone_days: 1,
            key_days: 1,
            paused: false,
            pauses: vec![rule],
            retry_parked: Some("text".into()),
        },
        json!({"user": "anna", "epoch": "e"}),
    );
}

/// Schemas that are no type of the server: parts of others, and what devices write in fields.
const NOT_OF_THE_SERVER: [&str; 17] = [
    "Uuid",
    "ServerId",
    "Version",
    "Entity",
    "Kind",
    "VerdictKind",
    "Code",
    "Fields",
    "RecordOrNull",
    "Operation",
    "BatchRequest",
    "ProfileFields",
    "SettingsFields",
    "AllergyListFields",
    "AllergyFields",
    "AllergenCode",
    "HistoryFields",
];

#[test]
fn no_part_of_the_file_is_left_out_or_of_no_use() {
    let expected: BTreeSet<&str> = COMPARED.into_iter().chain(NOT_OF_THE_SERVER).collect();
    let schemas = spec()["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    let everything = spec().to_string();
    for (kind, parts) in spec()["components"].as_object().unwrap() {
        for name in parts.as_object().unwrap().keys().filter(|_| kind != "securitySchemes") {
            assert!(
                everything.contains(&format!("\"#/components/{kind}/{name}\"")),
                "nothing uses {kind}/{name}"
            );
        }
    }
}

/// Whether a schema tells a text from a number, at each member that has one type.
#[test]
fn a_member_of_another_type_is_noticed() {
    for name in COMPARED {
        let schema_of = &spec()["components"]["schemas"][name];
        for (member, rules) in schema_of["properties"].as_object().unwrap() {
            let is_any = rules.get("description").is_some() && rules.as_object().unwrap().len() == 1;
            assert!(
                is_any == ((name, member.as_str()) == ("Overwritten", "value")),
                "{name}.{member} says no type"
            );
        }
    }
}

#[test]
fn an_operation_needs_the_members_that_the_file_requires() {
    let backend = Backend::start();
    let phone = backend.client("anna");
    let schema_of = &spec()["components"]["schemas"]["Operation"];
    let required: BTreeSet<&str> =
        schema_of["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in schema_of["properties"].as_object().unwrap().keys() {
        let mut write = scan("one");
        assert!(write.as_object_mut().unwrap().remove(name).is_some(), "the tests' operations have {name}");
        let promised = errors_of(&schema("Operation"), &write).is_empty();
        assert_eq!(promised, !required.contains(name.as_str()));
        if name == "key" {
            let reply = phone.send("POST", "/v1/me/batch", &[], Some(&phone.batch_body(&[write])));
            assert_eq!(reply.problem(), (400, "malformed".into()));
        } else {
            let taken = phone.write(&write)["verdict"] == "applied";
            assert_eq!(taken, promised, "an operation without {name}");
        }
    }
}

#[test]
fn the_limits_of_the_file_are_those_of_the_server() {
    let backend = Backend::start();
    let answer = backend.client("anna").get("/v1/me/capabilities").json();
    let operations = &spec()["components"]["schemas"]["BatchRequest"]["properties"]["operations"];
    assert_eq!(operations["maxItems"], answer["batch"]["max_operations"]);
    for (name, page) in [("changes", "ChangesPage"), ("history", "HistoryPage")] {
        let path = format!("/v1/me/{name}");
        let parameters = spec()["paths"][path]["get"]["parameters"].as_array().unwrap();
        let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap();
        assert_eq!(limit["schema"]["maximum"], answer[name]["max_limit"], "{name}");
        let count = &spec()["components"]["schemas"][page]["properties"]["count"];
        assert_eq!(count["maximum"], answer[name]["max_limit"], "{name}");
    }
    let encodings =
        spec()["components"]["parameters"]["ContentEncoding"]["schema"]["enum"].as_array().unwrap();
    let (plain, packed): (Vec<&Value>, Vec<_>) =
        encodings.iter().partition(|name| ["", "identity"].contains(&name.as_str().unwrap()));
    assert_eq!((json!(packed), plain.len()), (answer["compression"].clone(), 2));
    let defaults = &spec()["components"]["schemas"]["Capabilities"]["properties"];
    assert_eq!(defaults["ids"]["default"], json!(Ids::Device));
    for name in ["max_fields_bytes", "tombstone_days", "key_days", "paused", "pauses", "retry_parked"] {
        assert_eq!(defaults[name]["default"], answer[name], "{name}");
    }
}

#[test]
fn examples_are_what_the_file_says_of_them() {
    let mut seen = 0;
    for (name, schema_of) in spec()["components"]["schemas"].as_object().unwrap() {
        for example in schema_of["examples"].as_array().into_iter().flatten() {
            assert_eq!(errors_of(&schema(name), example), Vec::<String>::new(), "{name}: {example}");
            seen += 1;
        }
    }
    for (name, response) in spec()["components"]["responses"].as_object().unwrap() {
        for content in response["content"].as_object().into_iter().flat_map(|content| content.values()) {
            for example in content["examples"].as_object().into_iter().flat_map(|all| all.values()) {
                let errors = errors_of(content["schema"]["$ref"].as_str().unwrap(), &example["value"]);
                assert_eq!(errors, Vec::<String>::new(), "{name}: {example}");
                let code: Code = serde_json::from_value(example["value"]["code"].clone()).unwrap();
                assert_eq!(example["value"]["status"], code.status(), "{name}: {example}");
                assert_eq!(example["value"]["title"], code.title(), "{name}: {example}");
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "{seen} examples");
}

#[test]
fn the_page_shows_every_member_of_the_answers() {
    let page = file("README.md");
    let sections = [
        ("## `GET /v1/me/changes", "ChangesPage"),
        ("## `GET /v1/me/history", "HistoryPage"),
        ("## `GET /v1/me/capabilities", "Capabilities"),
    ];
    for (title, name) in sections {
        let section = page.split(title).nth(1).unwrap().split("\n## ").next().unwrap();
        let shown = section.split("```").nth(1).unwrap();
        for member in spec()["components"]["schemas"][name]["properties"].as_object().unwrap().keys() {
            assert!(shown.contains(&format!("\"{member}\"")), "{title} shows no {member}");
        }
    }
}

/// The words in backquotes.
pub fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn each_code_stands_at_its_status() {
    let mut seen = BTreeSet::new();
    for (method, path, operation) in operations() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let text = resolve(response)["description"].as_str().unwrap();
            for code in
                Code::ALL.into_iter().filter(|code| quoted(text).contains(json!(code).as_str().unwrap()))
            {
                assert_eq!(code.status().to_string(), *status, "{method} {path}: {text}");
                seen.insert(json!(code).to_string());
            }
        }
    }
    let everywhere = [Code::MethodNotAllowed];
    let expected = Code::ALL.into_iter().filter(|code| !everywhere.contains(code));
    assert_eq!(seen, expected.map(|code| json!(code).to_string()).collect());
}

//! What devices write in fields: the page and the file say the same, and the file tells it from nonsense.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::contract::{errors_of, file, quoted, schema, spec};

#[test]
fn the_fields_of_the_page_are_those_of_the_file() {
    let rows = [
        ("profile", "ProfileFields"),
        ("settings", "SettingsFields"),
        ("allergy_list", "AllergyListFields"),
        ("allergies", "AllergyFields"),
        ("history", "HistoryFields"),
    ];
    let page = file("README.md");
    let table = page.split("## Fields by entity").nth(1).unwrap();
    for (entity, name) in rows {
        let row = table.lines().find(|line| line.starts_with(&format!("| `{entity}` |"))).unwrap();
        let mut on_page = quoted(row.split('|').nth(2).unwrap());
        // Examples of values, not names.
        on_page.retain(|word| !word.starts_with('{'));
        let mut in_file = BTreeSet::new();
        let schema_of = &spec()["components"]["schemas"][name];
        for (field, rules) in schema_of["properties"].as_object().unwrap() {
            let values = rules["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            in_file.extend(values.map(str::to_owned));
            in_file.insert(field.clone());
        }
        for pattern in schema_of["patternProperties"].as_object().into_iter().flat_map(|all| all.keys()) {
            in_file.insert(format!("{}.<key>", pattern.trim_start_matches('^').trim_end_matches("\\.")));
        }
        assert!(in_file.remove("created_at") && in_file.remove("updated_at"), "every record may carry them");
        assert_eq!(on_page, in_file, "{entity}");
    }
    let last = quoted(table.split("Annex II:").nth(1).unwrap().split('.').next().unwrap());
    let codes: BTreeSet<String> =
        serde_json::from_value(spec()["components"]["schemas"]["AllergenCode"]["enum"].clone()).unwrap();
    assert_eq!((last.len(), &last), (14, &codes));
}

#[test]
fn what_devices_write_fits_the_file_and_nonsense_does_not() {
    let good = [
        ("AllergyFields", json!({"allergen": {"code": "milk"}, "severity": null, "reactions": ["hives"]})),
        ("AllergyFields", json!({"allergen": {"text": "kiwi"}, "source": "clinician", "of_a_newer_app": {}})),
        ("SettingsFields", json!({"theme": "dark", "consent.ads": false, "app.any": [1, {"a": null}]})),
        (
            "HistoryFields",
            json!({"kind": "scan", "verdict": "danger", "matched_allergens": ["milk", "kiwi"]}),
        ),
        ("ProfileFields", json!({"diets": ["vegan"], "extra.team": "red", "updated_at": 1})),
        ("AllergyListFields", json!({"state": "confirmed_none"})),
    ];
    for (name, fields) in good {
        assert_eq!(errors_of(&schema(name), &fields), Vec::<String>::new(), "{name} {fields}");
    }
    let bad = [
        ("AllergyFields", json!({"allergen": {"code": "kiwi"}})),
        ("AllergyFields", json!({"severity": "apocalyptic"})),
        ("SettingsFields", json!({"consent.ads": "yes"})),
        ("HistoryFields", json!({"matched_allergens": "milk"})),
        ("AllergyListFields", json!({"state": "none"})),
    ];
    for (name, fields) in bad {
        assert!(!errors_of(&schema(name), &fields).is_empty(), "{name} {fields}");
    }
}

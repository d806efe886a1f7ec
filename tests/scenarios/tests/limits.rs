//! What is refused is refused before anything is stored, with the field and the rule.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

use foodlens_core::*;
use foodlens_scenarios::Phone;
use std::collections::BTreeMap;

const NOWHERE: &str = "http://127.0.0.1:9";

fn text(length: usize) -> String {
    "é".repeat(length)
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> (String, Rule) {
    match result.unwrap_err().kind() {
        ErrorKind::Invalid { field, rule } => (field.clone(), rule.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn allergies() {
    let phone = Phone::new(NOWHERE, "ana");
    let allergies = phone.session.allergies();
    let kiwi = || AllergyContent::new(Allergen::Custom("kiwi".into()));
    let long = |limit| Rule::TooLong { limit };
    for (content, field, rule) in [
        (AllergyContent::new(Allergen::Custom(" \n".into())), "allergen", Rule::Blank),
        (AllergyContent::new(Allergen::Custom(text(201))), "allergen", long(200)),
        (AllergyContent::new(Allergen::Custom("a\0b".into())), "allergen", Rule::Nul),
        (AllergyContent { notes: Some(text(4_001)), ..kiwi() }, "notes", long(4_000)),
        (AllergyContent { reactions: vec![text(201)], ..kiwi() }, "reactions", long(200)),
        (AllergyContent { reactions: vec![String::new()], ..kiwi() }, "reactions", Rule::Blank),
        (
            AllergyContent { reactions: vec!["itch".into(); 51], ..kiwi() },
            "reactions",
            Rule::TooMany { limit: 50 },
        ),
        (
            AllergyContent { diagnosed_on: Some("2023-02-29".into()), ..kiwi() },
            "diagnosed_on",
            Rule::Form { expected: "a date YYYY-MM-DD" },
        ),
    ] {
        assert_eq!(refused(allergies.add(&content)), (field.to_owned(), rule));
    }
    assert_eq!(allergies.list().unwrap().state, ListState::Unknown);
    assert!(phone.session.queue().list(QueueFilter::All, 0, 10).unwrap().is_empty(), "nothing was stored");
    // At the limit, in characters and not in bytes, all is well, and it is stored as it was given.
    let full =
        AllergyContent { notes: Some(text(4_000)), ..AllergyContent::new(Allergen::Custom(text(200))) };
    let id = allergies.add(&full).unwrap();
    let shown = allergies.get(id).unwrap();
    assert_eq!(shown.content, full);
    let worse = AllergyContent { notes: Some(text(4_001)), ..full.clone() };
    assert_eq!(refused(allergies.update(&shown, &worse)).0, "notes");
    assert_eq!(allergies.get(id).unwrap().content, full);
}

#[test]
fn profile_settings_and_history() {
    let phone = Phone::new(NOWHERE, "ana");
    let profile = |to: ProfileContent| phone.session.profile().update(&ProfileContent::default(), &to);
    let country = |code: &str| ProfileContent { country: Some(code.into()), ..Default::default() };
    assert_eq!(refused(profile(country("pt"))).0, "country");
    assert_eq!(refused(profile(country("PRT"))).0, "country");
    assert_eq!(refused(profile(ProfileContent { diets: vec![" ".into()], ..Default::default() })).0, "diets");
    assert_eq!(
        refused(profile(ProfileContent { display_name: Some(text(201)), ..Default::default() })).0,
        "display_name"
    );
    let extras: BTreeMap<_, _> = (0..101).map(|n| (n.to_string(), "x".to_owned())).collect();
    assert_eq!(refused(profile(ProfileContent { extras, ..Default::default() })).0, "extra");
    // Each within its own limit, and together more than a server takes.
    let extras: BTreeMap<_, _> = (0..20).map(|n| (n.to_string(), text(4_000))).collect();
    let (field, rule) = refused(profile(ProfileContent { extras, ..Default::default() }));
    assert_eq!((field.as_str(), rule), ("record", Rule::TooLarge { limit: 65_536 }));
    let settings = |app: &str| {
        let app = BTreeMap::from([("k".to_owned(), app.to_owned())]);
        phone
            .session
            .settings()
            .update(&SettingsContent::default(), &SettingsContent { app, ..Default::default() })
    };
    assert_eq!(refused(settings("{not json")).0, "app");
    settings("{\"any\": [\"json\", 1]}").unwrap();
    let scan = |change: fn(&mut HistoryContent)| {
        let mut content = HistoryContent::new(HistoryKind::Scan, 1);
        change(&mut content);
        phone.session.history().add(&content)
    };
    assert_eq!(refused(scan(|c| c.product_name = Some(text(501)))).0, "product_name");
    assert_eq!(refused(scan(|c| c.barcode = Some("1".repeat(65)))).0, "barcode");
    assert_eq!(refused(scan(|c| c.ingredients_text = Some(text(20_001)))).0, "ingredients_text");
    assert_eq!(refused(scan(|c| c.matched_allergens = vec!["milk".into(); 101])).0, "matched_allergens");
    assert_eq!(refused(scan(|c| c.note = Some("\0".into()))).1, Rule::Nul);
    let good = HistoryContent::new(HistoryKind::Scan, 1);
    let bad = HistoryContent { brand: Some(text(201)), ..good.clone() };
    assert_eq!(refused(phone.session.history().add_all(&[good, bad])).0, "brand");
    assert_eq!(phone.session.history().count().unwrap(), 0, "all or none");
    assert_eq!(phone.session.queue().list(QueueFilter::All, 0, 10).unwrap().len(), 1, "the settings");
}

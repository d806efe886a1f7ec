//! The duties of the contract's page are those of the kit.

use std::collections::BTreeSet;
use std::path::Path;

use foodlens_conformance::DUTIES;

/// (id, title, checks) of each row of the table of duties.
fn on_the_page() -> Vec<(String, String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contract/README.md");
    let page = std::fs::read_to_string(path).unwrap();
    let section = page.split("\n## Duties\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| <a id="));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let id = cells[1].split("</a>").nth(1).unwrap();
        let anchor = format!("<a id=\"{}\"></a>{id}", id.to_lowercase());
        assert_eq!(cells[1], anchor, "the anchor that reports link to");
        assert!(cells[3].len() > 20, "{id} says why, and what goes wrong without it");
        let checks = cells[4].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (id.to_owned(), cells[2].split("**").nth(1).unwrap().trim_end_matches('.').to_owned(), checks)
    })
    .collect()
}

#[test]
fn the_duties_of_the_page_are_those_of_the_kit() {
    let in_kit: Vec<_> = DUTIES
        .iter()
        .map(|duty| {
            let checks = duty.checks.iter().map(|check| check.name.to_owned()).collect::<Vec<_>>();
            (duty.id.to_owned(), duty.title.to_owned(), checks)
        })
        .collect();
    assert_eq!(on_the_page(), in_kit);
}

#[test]
fn duties_are_numbered_and_checks_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for (number, duty) in (1..).zip(DUTIES) {
        assert_eq!(duty.id, format!("D{number}"));
        assert!(!duty.checks.is_empty(), "{}", duty.id);
        assert!(duty.checks.iter().all(|check| names.insert(check.name)), "{}", duty.id);
    }
}

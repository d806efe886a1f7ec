//! Old data of more records than are kept in memory: what is told of them, page by page, and that nothing is left of it.

use super::*;

/// A history of so many, of which every hundredth has the id of the one before it; and "no allergies" in front, which two
/// allergies at the end speak against.
fn many(count: usize) -> String {
    let records = (0..count).map(|index| {
        let id = if index % 100 == 99 { index - 1 } else { index };
        json!({"legacy_id": id.to_string(), "kind": "meal", "occurred_at": index, "note": index.to_string()})
    });
    // The text as it is ordered here: a map of serde_json's would be sorted.
    format!(
        r#"{{"format":"foodlens-legacy","version":1,"allergy_list":{{"state":"confirmed_none"}},"history":{},"allergies":{}}}"#,
        Value::from_iter(records),
        json!([milk("mild"), {"legacy_id": "milk", "allergen": {"code": "fish"}}])
    )
}

#[test]
fn of_many_each_first_of_an_id_counts_and_the_lines_come_in_order_in_pages() {
    const COUNT: usize = 2_500;
    let phone = Phone::new(NOWHERE, "ana");
    let import = phone.session.legacy_import(many(COUNT));
    let mut told: Vec<Vec<LegacyRecord>> = Vec::new();
    let preview = import.preview_in_pages(|page| told.push(page)).unwrap();
    let mut handed = Vec::new();
    let report = import.run_in_pages(|_| {}, |page| handed.push(page)).unwrap();
    assert_eq!((&preview, &told), (&report, &handed));
    assert_eq!(handed.iter().map(Vec::len).collect::<Vec<_>>(), [1_000, 1_000, 503]);
    assert_eq!((report.imported, report.already_there, report.unreadable), (2_476, 1, 26));
    assert!(report.complete && report.records.is_empty());
    let lines = handed.concat();
    assert_eq!(
        (lines[0].collection, &lines[0].result),
        (Collection::AllergyList, &LegacyResult::AlreadyThere),
        "an allergy behind it speaks against \"none\""
    );
    for (index, line) in lines[1..=COUNT].iter().enumerate() {
        let (id, result) = match index % 100 {
            99 => {
                let reason = "duplicate_legacy_id".to_owned();
                (format!("{}#{index}", index - 1), LegacyResult::Unreadable { reason })
            }
            _ => (index.to_string(), LegacyResult::Imported),
        };
        assert_eq!((&line.legacy_id, &line.result), (&id, &result));
    }
    assert_eq!(lines[COUNT + 2].legacy_id, "milk#1");

    // The whole of it at once, and once more: the same, and all is there.
    let again = import.run(|_| {}).unwrap();
    assert_eq!((again.records.len(), again.already_there, again.unreadable), (COUNT + 3, 2_477, 26));
    let names = again.records.iter().map(|line| &line.legacy_id);
    assert!(names.eq(lines.iter().map(|line| &line.legacy_id)));
    let left: Vec<_> =
        std::fs::read_dir(phone.folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let named = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("foodlens-"))
    };
    assert!(left.iter().all(named), "nothing but the account's files: {left:?}");
}

#[test]
fn who_fails_at_a_page_of_the_report_hears_all_of_it_from_the_next_run() {
    let phone = Phone::new(NOWHERE, "ana");
    let import = phone.session.legacy_import(many(1_200));
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        import.run_in_pages(|_| {}, |page| assert!(page.len() == 1_000, "a defect of the app"))
    }));
    assert!(failed.is_err());
    let mut lines = 0;
    let report = import.run_in_pages(|_| {}, |page| lines += page.len()).unwrap();
    assert_eq!((lines, report.imported), (1_203, 1_189), "not as if it had been there before");
}

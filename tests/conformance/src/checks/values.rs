//! D19: a backend is the memory of all devices, newer ones included.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::duty::{Check, Step};
use crate::write::Write;

pub(crate) const CHECKS: &[Check] = &[
    Check::each_way("unknown_fields", unknown_fields),
    Check::each_way("text_of_all_scripts", text_of_all_scripts),
    Check::each_way("numbers_to_the_last_digit", numbers),
];

/// Writes it, and looks for it in the verdict, in the feed and in a plain read.
fn comes_back(bench: &Bench, write: &Write, expected: &str) -> Step {
    let cursor = bench.end_of_feed()?;
    let verdict = bench.apply(write)?;
    verdict.must(verdict.record["fields"] == write.fields, expected)?;
    let read = bench.get(&write.path())?;
    read.must(read.json["record"]["fields"] == write.fields, expected)?;
    let in_feed = bench.in_feed_after(&cursor, write)?.unwrap_or_default();
    if in_feed["fields"] == write.fields {
        return Ok(());
    }
    let sent = format!("{}\nthen the feed", verdict.exchange.sent);
    Err(bench.failed(&sent, in_feed.to_string(), expected))
}

fn unknown_fields(bench: &Bench) -> Step {
    for mut write in [Write::scan("of a newer app"), Write::allergy()] {
        write.fields["x_of_a_newer_app"] = json!({"nested": [1, {"deep": true}], "empty": "", "list": []});
        write.fields["x.dotted-name"] = json!(false);
        comes_back(bench, &write, "also the fields that this backend does not know")?;
    }
    Ok(())
}

fn text_of_all_scripts(bench: &Bench) -> Step {
    let texts = [
        "Käse, Śmietana, Ђ",
        "牛乳 牛奶 우유",
        "حليب \u{200f}חלב",
        "🥛👨‍👩‍👧‍👦",
        // One letter in two forms: neither may be turned into the other.
        "\u{e9} e\u{301}",
        "\"quoted\" \\ back\\slash \t tab \n line",
        "'; DROP TABLE records; --",
        "<b>&amp;</b> %s ${x} {{y}}",
        "  spaces at both ends  ",
    ];
    let mut write = Write::scan("of all scripts");
    write.fields["note"] = json!(texts.join(" | "));
    comes_back(bench, &write, "the text, letter by letter")?;
    let mut long = Write::scan("long");
    long.fields["ingredients_text"] = json!("Zucker, Milch, ".repeat(2_000));
    comes_back(bench, &long, "30,000 letters of text")
}

fn numbers(bench: &Bench) -> Step {
    let mut write = Write::scan("with numbers");
    let numbers: Value =
        json!([9_007_199_254_740_993_i64, i64::MAX, 0.1, 1.5e-7, -1, 0, 1_767_225_600_123_i64]);
    write.fields["x_numbers"] = numbers;
    comes_back(bench, &write, "the numbers, to the last digit")
}

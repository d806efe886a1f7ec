//! One line for each database and number of clients, and how each figure grows from one client on.

use crate::crowd::Measured;

pub struct Line {
    pub name: &'static str,
    pub clients: usize,
    pub writes: Measured,
    pub pages: Measured,
}

pub fn print(lines: &[Line]) {
    println!(
        "\n| database | clients | writes/s | growth | p50 ms | p99 ms | pages/s | growth | p50 ms | p99 ms |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for line in lines {
        let alone = lines.iter().find(|other| other.name == line.name).unwrap_or(line);
        println!(
            "| {} | {} | {} | {} |",
            line.name,
            line.clients,
            figures(&line.writes, &alone.writes),
            figures(&line.pages, &alone.pages)
        );
    }
    println!("\nA write is a single durable PUT under its own key, a page has 100 records of the feed.");
}

fn figures(measured: &Measured, alone: &Measured) -> String {
    let rate = measured.per_second();
    let growth = rate / alone.per_second();
    let (median, slow) = (measured.percentile(50), measured.percentile(99));
    format!("{rate:.0} | {growth:.2} × | {median:.2} | {slow:.2}")
}

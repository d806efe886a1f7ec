//! A phone's app as a process of its own, to be killed at any moment: writes and syncs, and prints each write only
//! after the library has said that it is stored.
//!
//! `foodlens-phone FOLDER URL USER ROUNDS`

use foodlens_core::{HistoryContent, HistoryKind};
use foodlens_scenarios::{Phone, PhoneOptions};
use std::error::Error;
use std::io::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, url, user, rounds] = arguments.as_slice() else {
        return Err("foodlens-phone FOLDER URL USER ROUNDS".into());
    };
    let phone = Phone::in_folder(Path::new(folder), url, user, PhoneOptions::with_real_ids())?;
    let mut out = std::io::stdout().lock();
    for round in 0..rounds.parse::<i64>()? {
        for n in 0..20 {
            let id = phone.session.history().add(&HistoryContent::new(HistoryKind::Scan, round * 100 + n))?;
            writeln!(out, "{id}")?;
            out.flush()?;
        }
        let report = phone.sync();
        writeln!(out, "# {:?} acknowledged {}", report.next, report.acknowledged)?;
        phone.clock.advance_ms(3_600_000);
    }
    Ok(())
}

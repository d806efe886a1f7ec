//! How fast the library is on its main workloads, each beside its limit: a hand-tuned program on rusqlite and ureq that
//! does only the SQL and the HTTP which the job cannot do without. Both run in turn in the same run on the same machine,
//! so the ratio means something where the figures do not. `make bench`; one of them: `make bench ARGS=drain`; in two minutes: `make bench-quick`.
//!
//! Built with the feature `encryption`, ours is measured on encrypted data, too, against the same plain limit, and all of it
//! runs on SQLCipher's SQLite; without, the encrypted rows are left out.

// Not product code: a measurement that cannot go on stops here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod bulk;
mod counts;
mod disk;
mod drain;
mod duel;
mod limit;
mod memory;
mod observed;
mod open;
mod phone;
mod plot;
mod quick;
mod records;
mod restore;
mod scale;
mod search;
mod server;
mod table;
mod writes;

use criterion::Criterion;
use table::Table;

fn main() {
    memory::if_asked();
    counts::if_asked();
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut table = Table::default();
    writes::one_caller(&mut criterion, &mut table);
    writes::sixteen_callers(&mut criterion, &mut table);
    bulk::in_batches(&mut criterion, &mut table);
    drain::all(&mut criterion, &mut table);
    restore::in_pages(&mut criterion, &mut table);
    open::first_page(&mut criterion, &mut table);
    search::two_words(&mut criterion, &mut table);
    observed::from_write_to_notice(&mut criterion, &mut table);
    scale::ten_times(&mut criterion, &mut table);
    // Criterion does not know these: measured when all is, or when they are asked for by name; not when this is a test.
    let (flags, asked): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    if flags.iter().any(|flag| flag == "--bench") && !quick::is_on() {
        let wanted = |job: &str| asked.is_empty() || asked.iter().any(|asked| job.contains(asked));
        memory::peaks(&mut table, wanted);
        disk::by_record(&mut table, wanted);
    }
    criterion.final_summary();
    table.show();
}

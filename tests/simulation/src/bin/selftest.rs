//! Breaks the core on purpose, in one way after the other, and tells how the simulation noticed.

use clap::Parser;
use foodlens_core::Sabotage;
use foodlens_simulation::selftest::{Row, hunt_all, table};
use std::process::ExitCode;

/// Whether the simulation catches a core that is broken on purpose.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Most seeds for each sabotage: one that shows in none of them fails the test.
    #[arg(long, default_value_t = 30)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Steps of each.
    #[arg(long, default_value_t = 200)]
    steps: usize,
    /// How many sabotages at a time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Only sabotages whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let seeds = cli.from..cli.from.saturating_add(cli.seeds);
    let named = |sabotage: &&Sabotage| format!("{sabotage:?}").contains(&cli.only);
    let sabotages: Vec<_> = Sabotage::ALL.iter().filter(named).copied().collect();
    // A core that panics is one that was caught.
    std::panic::set_hook(Box::new(|_| {}));
    let rows = hunt_all(&sabotages, &seeds, cli.steps, cli.jobs, tell);
    print!("{}", table(&rows, &seeds));
    let missed = rows.iter().filter(|(_, caught)| caught.is_none()).count();
    println!("Sabotages: {} of {} caught, at most {} seeds each", rows.len() - missed, rows.len(), cli.seeds);
    if missed == 0 && !rows.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell((sabotage, caught): &Row) {
    match caught {
        Some(caught) => {
            eprintln!("{sabotage:?}: seed {} at step {}: {}", caught.seed, caught.step, caught.broken)
        }
        None => eprintln!("{sabotage:?}: NOT CAUGHT"),
    }
}

//! The command line: run seeds, replay one.

use clap::{Parser, Subcommand};
use foodlens_simulation::plan::{Plan, draw};
use foodlens_simulation::run::{Outcome, run_twice};
use foodlens_simulation::{farm, minimise, report};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Bad days for devices and server, each replayable from a number.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Runs many seeds, each twice, and ends with a report.
    Run {
        /// How many.
        #[arg(long, default_value_t = 200)]
        seeds: u64,
        /// The first of them.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// How many at a time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
        /// Steps of each.
        #[arg(long, default_value_t = 200)]
        steps: usize,
        /// Where the page with the report goes, and plans that fail.
        #[arg(long, default_value = "target/simulation")]
        out: PathBuf,
    },
    /// Runs one seed or one plan again, twice.
    Replay {
        /// The seed.
        #[arg(long, conflicts_with = "plan", required_unless_present = "plan")]
        seed: Option<u64>,
        /// A plan's file.
        #[arg(long)]
        plan: Option<PathBuf>,
        /// Steps of the seed's plan.
        #[arg(long, default_value_t = 200)]
        steps: usize,
        /// Where a smaller plan goes, when it fails.
        #[arg(long, default_value = "target/simulation")]
        out: PathBuf,
    },
}

/// So many seeds leave nothing out; fewer are somebody's look at something.
const COVERS_ALL: u64 = 40;

fn main() -> ExitCode {
    let done = match Cli::parse().what {
        What::Run { seeds, from, jobs, steps, out } => {
            many(from..from.saturating_add(seeds), jobs, steps, &out)
        }
        What::Replay { seed, plan, steps, out } => replay(seed, plan.as_deref(), steps, &out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn many(seeds: std::ops::Range<u64>, jobs: usize, steps: usize, out: &Path) -> std::io::Result<bool> {
    let began = std::time::Instant::now();
    let farmed = farm::run_all(seeds, jobs, steps);
    for (seed, outcome) in &farmed.failed {
        tell(&draw(*seed, steps), outcome, out)?;
    }
    let empty = farmed.tally.empty_cells();
    let page = report::write_page(out, &farmed.tally, began.elapsed())?;
    print!("{}", report::text(&farmed.tally, began.elapsed()));
    println!("Report: {}", page.display());
    for (fault, hit) in &empty {
        println!("never met: {fault} × {hit}");
    }
    println!(
        "Simulation: {} seeds, {} failed, {} empty cells",
        farmed.tally.seeds,
        farmed.failed.len(),
        empty.len()
    );
    Ok(farmed.failed.is_empty() && (empty.is_empty() || farmed.tally.seeds < COVERS_ALL))
}

fn replay(seed: Option<u64>, plan: Option<&Path>, steps: usize, out: &Path) -> std::io::Result<bool> {
    let plan = match plan {
        Some(path) => Plan::read(path)?,
        None => draw(seed.unwrap_or(0), steps),
    };
    let outcome = run_twice(&plan);
    if outcome.broken.is_none() {
        println!(
            "seed {}: {} steps, all invariants hold, trace {}",
            plan.seed,
            plan.steps.len(),
            outcome.trace
        );
        return Ok(true);
    }
    tell(&plan, &outcome, out)?;
    Ok(false)
}

/// Seed, commit, what broke, and the least of the plan, which is kept.
fn tell(plan: &Plan, outcome: &Outcome, out: &Path) -> std::io::Result<()> {
    let Some((at, broken)) = &outcome.broken else { return Ok(()) };
    println!("FAILED seed {} at step {at}, commit {}: {broken}", plan.seed, report::commit());
    let mut least = minimise::minimise(plan, outcome);
    least.about = run_twice(&least).broken.map_or_else(|| broken.to_string(), |(_, now)| now.to_string());
    let text = least.to_text().map_err(std::io::Error::other)?;
    std::fs::create_dir_all(out)?;
    let path = out.join(format!("seed-{}-{}.json", plan.seed, broken.invariant));
    std::fs::write(&path, &text)?;
    print!("{text}");
    println!(
        "kept as {}; replay it with: foodlens-simulation replay --plan {}",
        path.display(),
        path.display()
    );
    Ok(())
}

//! `foodlens-demo`: two phones, one backend and bad days, told step by step. It ends with every phone compared with the
//! server record by record; the exit code is 0 when nothing was lost, doubled or different, 1 when something was, and 2
//! when the story could not be told to its end.

mod backend;
mod client;
mod compare;
mod expected;
mod hook;
mod ledger;
mod phone;
mod story;
mod tell;

use clap::Parser;
use compare::Sabotage;
use std::path::PathBuf;
use std::process::ExitCode;
use story::{World, conflict, death, killed, offline, users};

/// Any error ends the story; there is nobody to catch a particular one.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Two phones, one backend, no network: FoodLens Core in half a minute.
#[derive(Parser)]
struct Arguments {
    /// Harm one record on the server before the comparison: shows that the comparison can fail.
    #[arg(long, hide = true)]
    sabotage: Option<Sabotage>,
    /// Be the process that is killed while it sends: the phone's folder.
    #[arg(long, hide = true, requires = "url")]
    child: Option<PathBuf>,
    /// The backend of that process.
    #[arg(long, hide = true)]
    url: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let told = match (&arguments.child, &arguments.url) {
        (Some(folder), Some(url)) => killed::child(folder, url).map(|()| true),
        _ => whole_story(arguments.sabotage),
    };
    match told {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("foodlens-demo: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was lost, doubled or different.
fn whole_story(sabotage: Option<Sabotage>) -> Result<bool> {
    let mut world = World::new()?;
    offline::import(&mut world)?;
    offline::work(&mut world)?;
    offline::network_returns(&mut world)?;
    conflict::tell(&mut world)?;
    death::tell(&mut world)?;
    killed::tell(&mut world)?;
    let new_phone = users::restore(&mut world)?;
    let second_user = users::second_user(&mut world)?;
    compare::tell(&mut world, &new_phone, &second_user, sabotage)
}

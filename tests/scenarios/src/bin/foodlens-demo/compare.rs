//! The end: every phone against the server, record by record, and the sum of the books.

use crate::Result;
use crate::client::Client;
use crate::expected::label;
use crate::ledger::Books;
use crate::phone::Phone;
use crate::story::World;
use crate::story::users::SecondUser;
use crate::tell::plural;
use clap::ValueEnum;
use foodlens_server::Record;
use serde_json::json;

/// Lines shown of a list of what is wrong.
const SHOWN: usize = 10;

/// Ways to harm the server's data before the comparison.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Sabotage {
    /// Makes one more effect, which the phones then pull: only the books can tell.
    #[value(name = "one-more-effect")]
    Effect,
    /// Deletes a record.
    #[value(name = "drop-a-record")]
    Drop,
    /// Adds a copy of a record under another id.
    #[value(name = "double-a-record")]
    Double,
    /// Changes a field of a record.
    #[value(name = "change-a-record")]
    Change,
}

/// What the comparison found.
#[derive(Default)]
struct Found {
    written: u64,
    applied: u64,
    merged: u64,
    withdrawn: u64,
    retried: u64,
    duplicates: u64,
    conflicts: u64,
    lost: Vec<String>,
    doubled: Vec<String>,
    different: Vec<String>,
}

/// Compares, sums up, and says whether all is well.
pub fn tell(world: &mut World, c: &Phone, second: &SecondUser, sabotage: Option<Sabotage>) -> Result<bool> {
    world.tell.step("Every phone against the server, record by record")?;
    if sabotage == Some(Sabotage::Effect) {
        world.tell.say(&format!("Sabotage: {}", harm(&world.client, Sabotage::Effect)?))?;
    }
    for phone in [&world.a, &world.b, c] {
        world.books.settle(phone)?;
    }
    let mut found = Found::default();
    found.add_operations(&world.books, &[&world.a, &world.b, c], &world.client.records()?)?;
    found.add_operations(&second.books, &[&second.phone], &second.client.records()?)?;
    if let Some(sabotage) = sabotage.filter(|sabotage| *sabotage != Sabotage::Effect) {
        world.tell.say(&format!("Sabotage: {}", harm(&world.client, sabotage)?))?;
    }
    found.add_user(world, "Jolana", false, c, second)?;
    found.add_user(world, "Milan", true, c, second)?;
    found.told(world)
}

impl Found {
    /// The operations of a user: what the phones know of them, and what the server says that it has done.
    fn add_operations(&mut self, books: &Books, phones: &[&Phone], server: &[Record]) -> Result<()> {
        let totals = books.totals(phones)?;
        // The server numbers a user's effective writes without gaps, and no write of the story changes nothing.
        let effects = server.iter().map(|record| record.version).max().unwrap_or(0);
        let effects = u64::try_from(effects)?;
        if effects > totals.applied {
            let more = plural(effects - totals.applied, "effect");
            self.doubled.push(format!("{more} on the server that no receipt explains"));
        }
        if effects < totals.applied {
            let fewer = plural(totals.applied - effects, "receipt");
            self.lost.push(format!("{fewer} without an effect on the server"));
        }
        if totals.receipts_disagree {
            self.different.push("the receipts and the reports of the runs".to_owned());
        }
        if totals.waiting > 0 {
            self.different.push(format!("{} operations still wait", totals.waiting));
        }
        self.written += totals.written;
        self.applied += effects;
        self.merged += totals.merged;
        self.withdrawn += totals.withdrawn;
        self.retried += totals.retried;
        self.duplicates += books.duplicates;
        self.conflicts += books.conflicts;
        self.lost.extend(totals.lost);
        Ok(())
    }

    fn add_user(
        &mut self,
        world: &mut World,
        name: &str,
        is_second: bool,
        c: &Phone,
        second: &SecondUser,
    ) -> Result<()> {
        let (client, books) =
            if is_second { (&second.client, &second.books) } else { (&world.client, &world.books) };
        let server = client.records()?;
        let wrong = books.expected.compare(&server);
        let live = server.iter().filter(|record| !record.deleted).count();
        let tombstones = server.len() - live;
        world.tell.say(&format!(
            "{name}: the server's feed has {live} records and {}",
            plural(tombstones as u64, "tombstone")
        ))?;
        let as_written = wrong.lost.is_empty() && wrong.doubled.is_empty();
        world.tell.check(as_written, "the server holds what was written last, and nothing else")?;
        self.lost.extend(wrong.lost);
        self.doubled.extend(wrong.doubled);
        let phones = if is_second { vec![&second.phone] } else { vec![&world.a, &world.b, c] };
        for phone in phones {
            let differences = phone.differences(&server)?;
            let found = plural(differences.len() as u64, "difference");
            let what = format!("{} = server: {found}", phone.name);
            world.tell.check(differences.is_empty(), &what)?;
            self.different
                .extend(differences.iter().map(|difference| format!("{}: {difference}", phone.name)));
        }
        Ok(())
    }

    fn told(&self, world: &mut World) -> Result<bool> {
        for (title, list) in
            [("lost", &self.lost), ("duplicated", &self.doubled), ("different", &self.different)]
        {
            if !list.is_empty() {
                world.tell.say(&format!("{title}:"))?;
            }
            for line in list.iter().take(SHOWN) {
                world.tell.wrong(line)?;
            }
            if list.len() > SHOWN {
                world.tell.wrong(&format!("and {} more", list.len() - SHOWN))?;
            }
        }
        world.tell.step("Summary")?;
        world.tell.say(&format!(
            "Operations  {} written = {} applied + {} merged + {} taken back before they were sent",
            self.written, self.applied, self.merged, self.withdrawn
        ))?;
        world.tell.say(&format!(
            "            {} retried, {} of them answered \"done before\"; {}",
            self.retried,
            self.duplicates,
            plural(self.conflicts, "conflict")
        ))?;
        world.tell.aside(
            "applied: counted by the server; merged: gave way to a merge of the same allergy or list state",
        )?;
        let (lost, doubled, different) = (self.lost.len(), self.doubled.len(), self.different.len());
        let failed = world.tell.failed();
        let well = lost + doubled + different + usize::try_from(failed)? == 0;
        let mut sums = format!("lost {lost}, duplicated {doubled}, different {different}");
        if failed > 0 {
            sums.push_str(&format!("; {} above failed", plural(u64::from(failed), "check")));
        }
        let seconds = world.tell.seconds();
        world.tell.check(well, &format!("{sums} ({seconds:.1} s)"))?;
        Ok(well)
    }
}

/// Harms a record of the history. What was done, with the record's id.
fn harm(client: &Client, sabotage: Sabotage) -> Result<String> {
    let records = client.records()?;
    let victim = records.iter().rev().find(|record| record.entity == "history" && !record.deleted);
    let victim = victim.ok_or("no record to harm")?;
    Ok(match sabotage {
        Sabotage::Effect => {
            client.patch(victim, &json!({"a_field_of_nobody": true}))?;
            format!("touched {}", label(victim))
        }
        Sabotage::Drop => {
            client.delete(victim)?;
            format!("dropped {}", label(victim))
        }
        Sabotage::Double => {
            let twin = uuid::Uuid::now_v7().to_string();
            client.put("history", &twin, &victim.fields)?;
            format!("doubled {} as {twin}", label(victim))
        }
        Sabotage::Change => {
            client.patch(victim, &json!({"note": "not what anybody wrote", "product_name": "another"}))?;
            format!("changed {}", label(victim))
        }
    })
}

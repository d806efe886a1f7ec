//! The table of duties, as the contract numbers them. A test holds the two together.

use crate::checks::{
    batch, capabilities, clocks, compression, conflicts, cursors, deletes, errors, feed, fields, isolation,
    limits, minted, newest, not_now, reads, repeats, strange, values,
};
use crate::duty::{Check, Duty};

const fn duty(id: &'static str, title: &'static str, checks: &'static [Check]) -> Duty {
    Duty { id, title, checks }
}

/// All duties, in the order of their numbers.
pub static DUTIES: &[Duty] = &[
    duty("D1", "Only a good token opens anything", isolation::TOKENS),
    duty("D2", "A user reaches the own data alone", isolation::USERS),
    duty("D3", "A repeat takes effect once and gets the first answer", repeats::REPEATS),
    duty("D4", "Repeats at the same time take effect once", repeats::AT_ONCE),
    duty("D5", "A key stands for one body", repeats::OTHER_BODY),
    duty("D6", "Keys outlive the process", repeats::RESTART),
    duty("D7", "A stale base of an allergy is a conflict", conflicts::CHECKS),
    duty("D8", "Other records merge field by field, the last to arrive wins", fields::MERGE),
    duty("D9", "What was overwritten unseen is told", fields::OVERWRITTEN),
    duty("D10", "A deletion leaves a tombstone in the feed", deletes::TOMBSTONES),
    duty("D11", "What was deleted stays deleted", deletes::STAYS),
    duty("D12", "The feed has each record once, in the order of versions", feed::ORDER),
    duty("D13", "A version is of one effective write", feed::VERSIONS),
    duty("D14", "The feed shows no version before a lower one", feed::GAPS),
    duty("D15", "A cursor goes on exactly where it was issued", cursors::RESUME),
    duty("D16", "A cursor that is too old says so", cursors::EXPIRED),
    duty("D17", "A cursor that was never issued is refused", cursors::FOREIGN),
    duty("D18", "A page keeps its limit and counts its records", feed::PAGES),
    duty("D19", "Values come back as they were sent", values::CHECKS),
    duty("D20", "A refusal is a problem with a status and a code", errors::CHECKS),
    duty("D21", "What is too large is refused whole", limits::CHECKS),
    duty("D22", "Strange input is refused and changes nothing", strange::CHECKS),
    duty("D23", "The server's clock stamps, no clock decides", clocks::CHECKS),
    duty("D24", "Not now says when", not_now::CHECKS),
    duty("D25", "A batch has a verdict for each operation, in order", batch::CHECKS),
    duty("D26", "A plain read shows what the feed shows", reads::CHECKS),
    duty("D27", "Capabilities say what is there", capabilities::CHECKS),
    duty("D28", "History comes newest first, page by page", newest::HISTORY),
    duty("D29", "The feed can begin at its end", newest::LATEST),
    duty("D30", "Packed bodies are unpacked within the limit", compression::CHECKS),
    duty("D31", "A server id names one record for good", minted::CHECKS),
];

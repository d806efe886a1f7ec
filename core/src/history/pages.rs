//! Pages and counts of entries, over the places of records. An entry stands where its eldest record does; in a list of
//! favourites it is there if any of its records is one.

use super::linking::twins::Twins;
use super::linking::{Group, Newest};
use super::shelf;
use crate::collection::Spec;
use crate::error::Result;
use crate::records::Cursor;
use crate::records::shelves::{self, Part, Place};
use rusqlite::Connection;

/// At most `limit` entries of the part, and where the next page begins. Where the list has whole kinds, records that have
/// their moment for themselves are seen to be alone by their neighbours; for each favourite the index is asked.
pub(super) fn page(
    conn: &Connection,
    spec: &Spec,
    part: &Part,
    limit: usize,
) -> Result<(Vec<Group>, Option<Cursor>)> {
    let (mut part, mut twins, mut found) = (*part, Twins::new(conn, spec), Newest::default());
    let whole = shelf::are_whole_kinds(part.shelves);
    if !whole {
        split_by_the_page_before(&part, &mut twins, &mut found)?;
    }
    let mut more;
    loop {
        // One more than wanted: the neighbour of the last.
        let places = shelves::places(conn, spec, &part, limit as u32 + 1)?;
        more = places.len() > limit;
        for index in 0..places.len().min(limit) {
            let alone = whole && has_its_moment_alone(&places, index, part.before);
            found.add(if alone { Group::alone(places[index]) } else { twins.group_of(places[index])? });
        }
        if !more || found.are_known(limit, places[limit - 1].cursor) {
            break;
        }
        part.before = Some(places[limit - 1].cursor);
    }
    let mut groups = found.into_groups();
    more |= groups.len() > limit;
    groups.truncate(limit);
    let next = groups.last().filter(|_| more).map(|last| last.eldest.cursor);
    Ok((groups, next))
}

/// The entries whose favourites stand before this page, and whose eldest records, no favourites, stand on it.
fn split_by_the_page_before(part: &Part, twins: &mut Twins<'_>, found: &mut Newest) -> Result<()> {
    let Some(before) = part.before.filter(|before| before.sort_key >= part.from) else { return Ok(()) };
    for &shelf in part.shelves {
        for group in twins.at(before.sort_key, shelf)? {
            if group.eldest.cursor < before && group.count_on(&[shelf]) > 0 {
                found.add(group.clone());
            }
        }
    }
    Ok(())
}

fn has_its_moment_alone(places: &[Place], index: usize, before: Option<Cursor>) -> bool {
    let moment = |cursor: Cursor| cursor.sort_key;
    let newer = match index.checked_sub(1) {
        Some(newer) => Some(moment(places[newer].cursor)),
        None => before.map(moment),
    };
    let older = places.get(index + 1).map(|place| moment(place.cursor));
    ![newer, older].contains(&Some(moment(places[index].cursor)))
}

/// How many entries the part has: its records by the index alone, less those that are of an entry counted already. Only
/// records that share kind and moment with another are read. Of 100,000 records: 14 ms, and 280 ms where all have a twin.
pub(super) fn count(conn: &Connection, spec: &Spec, part: &Part) -> Result<u64> {
    let mut twins = Twins::new(conn, spec);
    let mut count = 0;
    for shelves in part.shelves.chunk_by(|&one, &other| shelf::of_its_kind(one).contains(&other)) {
        let (records, moments) = shelves::count(conn, spec, (shelves[0], shelves.get(1).copied()), part)?;
        count += records;
        for moment in moments {
            for group in twins.at(moment, shelves[0])? {
                count -= group.count_on(shelves).saturating_sub(1) as u64;
            }
        }
    }
    Ok(count)
}

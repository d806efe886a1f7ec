//! What people said about allergies: every statement, and what they knew when they made it.

use crate::world::people::Meant;
use foodlens_core::{OperationId, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// Which statement.
pub type EventId = usize;

/// A statement about one record.
#[derive(Debug, Clone)]
pub struct Event {
    pub record: RecordId,
    pub meant: Meant,
    /// The statements about this record that the device had heard of: this one takes their place.
    pub saw: BTreeSet<EventId>,
    /// The severities that were shown to its author, some of which nobody may have said: of the entry and of the record.
    pub shown: Vec<u8>,
    /// It changed nothing, and what it decided against waits in a copy, too: nothing can come of it.
    pub is_void: bool,
    /// What the record was called then.
    pub called: Option<String>,
    /// The operations that have carried it towards the server, one after the other.
    pub keys: Vec<OperationId>,
}

/// All statements of one user.
#[derive(Debug, Clone, Default)]
pub struct Events {
    /// Nobody is asked on some device, which may raise a severity again to what it was.
    pub may_be_raised: bool,
    all: Vec<Event>,
    of_record: BTreeMap<RecordId, Vec<EventId>>,
}

/// What of a record must be shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// It must be in the list at all.
    pub is_there: bool,
    /// With at least this severity.
    pub rank: u8,
    /// Each severity, with the name under which its author knew the allergy.
    pub severities: Vec<(u8, Option<String>)>,
    /// Under each of these names, and in another record with at least the severity that was said of it.
    pub names: Vec<(String, u8)>,
    /// What it was called last, also where that was replaced.
    pub last_name: Option<String>,
}

impl Events {
    /// A new statement.
    pub fn add(&mut self, event: Event) -> EventId {
        let id = self.all.len();
        self.of_record.entry(event.record).or_default().push(id);
        self.all.push(event);
        id
    }

    /// The statements about a record.
    #[must_use]
    pub fn about(&self, record: RecordId) -> &[EventId] {
        self.of_record.get(&record).map_or(&[], Vec::as_slice)
    }

    /// Every record that somebody said something about.
    pub fn records(&self) -> impl Iterator<Item = RecordId> {
        self.of_record.keys().copied()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: EventId) -> &Event {
        &self.all[id]
    }

    /// Another operation carries what `from` carried (it was folded into it, say).
    pub fn carry_on(&mut self, from: OperationId, to: OperationId) {
        for event in self.all.iter_mut().filter(|event| event.keys.contains(&from)) {
            if !event.keys.contains(&to) {
                event.keys.push(to);
            }
        }
    }

    /// This operation carries a statement, too.
    pub fn carry(&mut self, id: EventId, key: OperationId) {
        let keys = &mut self.all[id].keys;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }

    /// What a file that has heard of `known` must show of a record: everything that no later statement has replaced, and
    /// that its author did not know from somebody else either.
    #[must_use]
    pub fn due(&self, known: &BTreeSet<EventId>) -> Due {
        let (mut due, mut stand) = (Due::default(), Vec::new());
        for id in known {
            let event = &self.all[*id];
            if let Meant::Allergen(name) = &event.meant {
                due.last_name = Some(name.clone());
            }
            // What was said knowing the other statement came after it, also when it says once more what the other one replaced.
            let replaced =
                known.iter().filter(|other| *other != id && !event.saw.contains(other)).any(|other| {
                    let other = &self.all[*other];
                    // What changed nothing waits nowhere: nobody can have missed it.
                    let removed_as_worse = || {
                        let worse = |rank: &u8| matches!(event.meant, Meant::Severity(said) if said < *rank);
                        other.meant == Meant::Gone && self.may_be_raised && other.shown.iter().any(worse)
                    };
                    let saw_it = other.saw.contains(id)
                        || removed_as_worse()
                        || event.keys.is_empty()
                        || other.shown.iter().any(|rank| event.meant == Meant::Severity(*rank))
                        || other.saw.iter().any(|seen| self.all[*seen].meant == event.meant);
                    saw_it && other.meant.replaces(&event.meant)
                });
            if !replaced && !event.is_void {
                stand.push(*id);
            }
        }
        let severities: Vec<_> = stand
            .iter()
            .filter_map(|id| match self.all[*id].meant {
                Meant::Severity(rank) => Some((*id, rank)),
                Meant::Gone | Meant::Allergen(_) => None,
            })
            .collect();
        due.rank = severities.iter().map(|(_, rank)| *rank).max().unwrap_or(0);
        due.severities = severities.iter().map(|(id, rank)| (*rank, self.all[*id].called.clone())).collect();
        for id in &stand {
            if let Meant::Allergen(name) = &self.all[*id].meant {
                let of_it = |other: &EventId| self.all[*other].called.as_ref() == Some(name);
                let ranks = severities.iter().filter(|(other, _)| of_it(other)).map(|(_, rank)| *rank);
                due.names.push((name.clone(), ranks.max().unwrap_or(0)));
            }
        }
        due.is_there = !severities.is_empty() || !due.names.is_empty();
        due
    }

    /// Whether a severity is among these statements.
    #[must_use]
    pub fn say_a_severity(&self, known: &BTreeSet<EventId>) -> bool {
        known.iter().any(|id| matches!(self.all[*id].meant, Meant::Severity(_)))
    }

    /// Whether, by these statements about it, a record that nobody made under this name was removed under it: it had been made
    /// where two allergens had to stay and nobody was asked.
    #[must_use]
    pub fn is_removed_as(&self, known: &BTreeSet<EventId>, name: &str) -> bool {
        let any = |is: &dyn Fn(&Event) -> bool| known.iter().any(|id| is(self.get(*id)));
        any(&|event| event.meant == Meant::Gone && event.called.as_deref() == Some(name))
            && !any(&|event| event.meant == Meant::Allergen(name.to_owned()))
    }

    /// Removals of a record that the server has forgotten.
    #[must_use]
    pub fn removals(&self, record: RecordId, is_forgotten: impl Fn(OperationId) -> bool) -> Vec<Event> {
        let removals =
            self.about(record).iter().map(|id| self.get(*id)).filter(|event| event.meant == Meant::Gone);
        removals.filter(|event| event.keys.iter().any(|key| is_forgotten(*key))).cloned().collect()
    }
}

impl Meant {
    /// Whether a statement of this kind takes the place of an elder one that its author knew. A removal takes the place
    /// of everything, and every later statement that of a removal.
    fn replaces(&self, elder: &Self) -> bool {
        matches!(
            (self, elder),
            (Self::Gone, _)
                | (_, Self::Gone)
                | (Self::Severity(_), Self::Severity(_))
                | (Self::Allergen(_), Self::Allergen(_))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foodlens_core::RecordId;

    fn say(events: &mut Events, meant: Meant, saw: &[EventId]) -> EventId {
        events.add(Event {
            record: RecordId::SINGLE,
            meant,
            saw: saw.iter().copied().collect(),
            shown: Vec::new(),
            is_void: false,
            called: Some("milk".to_owned()),
            keys: vec![uuid::Uuid::nil().into()],
        })
    }

    #[test]
    fn what_nobody_has_replaced_is_due() {
        let mut events = Events::default();
        let name = say(&mut events, Meant::Allergen("milk".into()), &[]);
        let mild = say(&mut events, Meant::Severity(1), &[name]);
        let severe = say(&mut events, Meant::Severity(4), &[mild, name]);
        let gone = say(&mut events, Meant::Gone, &[mild, name]);
        let due = |known: &[EventId]| events.due(&known.iter().copied().collect());
        let milk = || Some("milk".to_owned());
        let left = |rank, name: Option<String>| Due {
            is_there: rank > 0,
            rank,
            severities: (rank > 0).then(|| (rank, milk())).into_iter().collect(),
            names: Vec::from_iter(name.map(|name| (name, rank))),
            last_name: milk(),
        };
        assert_eq!(due(&[name, mild]), left(1, milk()));
        assert_eq!(due(&[name, mild, severe]).rank, 4);
        assert_eq!(due(&[name, mild, gone]), left(0, None));
        // The removal has not seen the edit: the allergy stays, until somebody who knows both has said so.
        assert_eq!(due(&[name, mild, severe, gone]), left(4, None));
        let again = say(&mut events, Meant::Severity(1), &[mild, name, severe]);
        assert_eq!(
            events.due(&[name, mild, severe, again].into()).rank,
            1,
            "said again, knowing of the other"
        );
        let after = say(&mut events, Meant::Gone, &[name, mild, severe, gone]);
        assert_eq!(events.due(&[name, mild, severe, gone, after].into()), left(0, None));
        let changed_nothing = say(&mut events, Meant::Severity(4), &[mild, name]);
        events.all[changed_nothing].keys.clear();
        assert_eq!(events.due(&[name, mild, gone, changed_nothing].into()), left(0, None));
    }
}

//! Two phones of one person, three allergens: nothing that no person took away is ever missing, or shown as less than
//! anybody said; and in the end both say the same.

use super::network::Network;
use foodlens_core::*;
use foodlens_scenarios::{Backend, Phone, all_agree, settle_all};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use std::collections::HashSet;

const ALLERGENS: [EuAllergen; 3] = [EuAllergen::Peanuts, EuAllergen::Milk, EuAllergen::Fish];
const SEVERITIES: [Severity; 4] =
    [Severity::Mild, Severity::Moderate, Severity::Severe, Severity::LifeThreatening];

#[derive(Debug, Clone)]
enum Step {
    /// Adds it, or says how bad it is where it is in the list.
    Say {
        phone: usize,
        allergen: usize,
        severity: usize,
    },
    Remove {
        phone: usize,
        allergen: usize,
    },
    Sync {
        phone: usize,
        network: Network,
    },
    Answer {
        phone: usize,
        local: bool,
    },
}

/// Of each allergen: the least that was ever said of it, and whether anybody ever took it away.
#[derive(Debug, Clone, Default)]
struct Said {
    least: Option<usize>,
    removed: bool,
}

#[derive(Debug, Clone, Default)]
struct Model([Said; 3]);

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let (phone, allergen) = (0..2_usize, 0..3_usize);
        prop_oneof![
            4 => (phone.clone(), allergen.clone(), 0..4_usize)
                .prop_map(|(phone, allergen, severity)| Step::Say { phone, allergen, severity }),
            1 => (phone.clone(), allergen).prop_map(|(phone, allergen)| Step::Remove { phone, allergen }),
            5 => (phone.clone(), Network::any()).prop_map(|(phone, network)| Step::Sync { phone, network }),
            1 => (phone, any::<bool>()).prop_map(|(phone, local)| Step::Answer { phone, local }),
        ]
        .boxed()
    }

    fn apply(mut state: Self, step: &Step) -> Self {
        match step {
            Step::Say { allergen, severity, .. } => {
                let least = &mut state.0[*allergen].least;
                *least = Some(least.map_or(*severity, |least| least.min(*severity)));
            }
            Step::Remove { allergen, .. } => state.0[*allergen].removed = true,
            Step::Sync { .. } | Step::Answer { .. } => {}
        }
        state
    }
}

struct Family {
    backend: Backend,
    phones: [Phone; 2],
    /// What each phone has ever shown.
    seen: [HashSet<EuAllergen>; 2],
}

fn of(phone: &Phone, allergen: EuAllergen) -> Vec<Allergy> {
    let entries = phone.session.allergies().list().unwrap().entries;
    entries.into_iter().filter(|entry| entry.content.allergen == Allergen::Eu(allergen)).collect()
}

fn rank(severity: &Option<Severity>) -> Option<usize> {
    SEVERITIES.iter().position(|known| Some(known) == severity.as_ref())
}

impl Family {
    fn say(&self, phone: usize, allergen: EuAllergen, severity: usize) {
        let allergies = self.phones[phone].session.allergies();
        let severity = Some(SEVERITIES[severity].clone());
        match of(&self.phones[phone], allergen).first() {
            Some(shown) => {
                match allergies.update(shown, &AllergyContent { severity, ..shown.content.clone() }) {
                    // Removed here, and shown all the same while that is in doubt.
                    Err(error) if matches!(error.kind(), ErrorKind::NotFound { .. }) => {
                        assert!(shown.in_question)
                    }
                    updated => updated.unwrap(),
                }
            }
            None => {
                let content = AllergyContent { severity, ..AllergyContent::new(Allergen::Eu(allergen)) };
                allergies.add(&content).unwrap();
            }
        }
    }

    fn answer(&self, phone: usize, local: bool) {
        let session = &self.phones[phone].session;
        for question in session.conflicts().unwrap() {
            let answer = if local { MergeAnswer::KeepLocal } else { MergeAnswer::KeepRemote };
            match session.answer(question.id, question.revision, &answer) {
                // The answer before this one has changed what this one asks: it is asked anew.
                Err(error) if error.kind() == &ErrorKind::StaleAnswer => {}
                answered => drop(answered.unwrap()),
            }
        }
    }
}

impl StateMachineTest for Family {
    type SystemUnderTest = Self;
    type Reference = Model;

    fn init_test(_: &Model) -> Self {
        let backend = Backend::start().unwrap();
        let phones = [0, 1].map(|_| Phone::new(&backend.url(), "ana"));
        Self { backend, phones, seen: Default::default() }
    }

    fn apply(mut family: Self, _: &Model, step: Step) -> Self {
        match step {
            Step::Say { phone, allergen, severity } => family.say(phone, ALLERGENS[allergen], severity),
            Step::Remove { phone, allergen } => {
                for shown in of(&family.phones[phone], ALLERGENS[allergen]) {
                    // Two entries of one id stand for the two sides of a question.
                    let _ = family.phones[phone].session.allergies().remove(shown.id);
                }
            }
            Step::Sync { phone, network } => {
                network.set(&family.backend);
                family.phones[phone].clock.advance_ms(7_200_000);
                let _ = family.phones[phone].sync();
            }
            Step::Answer { phone, local } => family.answer(phone, local),
        }
        for (phone, seen) in family.phones.iter().zip(&mut family.seen) {
            seen.extend(ALLERGENS.iter().filter(|allergen| !of(phone, **allergen).is_empty()));
        }
        family
    }

    fn check_invariants(family: &Self, model: &Model) {
        for (phone, seen) in family.phones.iter().zip(&family.seen) {
            for (allergen, said) in ALLERGENS.iter().zip(&model.0) {
                let shown = of(phone, *allergen);
                if seen.contains(allergen) && !said.removed {
                    assert!(!shown.is_empty(), "{allergen:?}, which nobody took away, is gone");
                }
                for entry in shown {
                    assert!(
                        rank(&entry.content.severity) >= said.least,
                        "{allergen:?} is less than anybody said"
                    );
                }
            }
        }
    }

    fn teardown(family: Self, model: Model) {
        Network::Fine.set(&family.backend);
        let phones: Vec<&Phone> = family.phones.iter().collect();
        for _ in 0..6 {
            for phone in &phones {
                for parked in phone.session.queue().list(QueueFilter::Failed, 0, 100).unwrap() {
                    // One that waits for an answer is sent by the answer.
                    let _ = phone.session.queue().retry(parked.position, parked.id);
                }
                phone.clock.advance_ms(7_200_000);
            }
            settle_all(&phones);
            // The first phone has its way, so that the two do not answer each other for ever.
            for phone in [0, 1] {
                family.answer(phone, phone == 0);
                settle_all(&phones);
            }
        }
        Self::check_invariants(&family, &model);
        all_agree(&phones, &family.backend);
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_nobody_took_away_stays_and_two_phones_come_to_say_the_same(sequential 1..30 => Family);
}

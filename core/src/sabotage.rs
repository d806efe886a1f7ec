//! Ways to break the core on purpose, for the simulation, which must notice each of them: only with the feature `sabotage`, which
//! no shipped build has.
//!
//! Each is asked about at one place in the code by `sabotaged!`, a plain `false` without the feature: what is shipped has nothing of it.

/// Whether the core is broken in this way, on this thread.
#[cfg(feature = "sabotage")]
macro_rules! sabotaged {
    ($which:ident) => {
        $crate::sabotage::is_on($crate::sabotage::Sabotage::$which)
    };
}

/// Whether the core is broken in this way: never.
#[cfg(not(feature = "sabotage"))]
macro_rules! sabotaged {
    ($which:ident) => {
        false
    };
}

#[cfg(feature = "sabotage")]
pub use chosen::{Sabotage, is_on, sabotage_this_thread};

#[cfg(feature = "sabotage")]
mod chosen {
    use std::cell::Cell;

    macro_rules! sabotages {
        ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
            /// What is done wrong, always.
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
            pub enum Sabotage {
                $($(#[doc = $doc])+ $name,)+
            }

            impl Sabotage {
                /// All of them.
                pub const ALL: &'static [Self] = &[$(Self::$name,)+];

                /// What is done wrong, in words.
                #[must_use]
                pub fn words(self) -> &'static str {
                    match self {
                        $(Self::$name => concat!($($doc),+).trim_ascii(),)+
                    }
                }
            }
        };
    }

    sabotages! {
        /// A success whose body cannot be read counts as one.
        AckUnread,
        /// What is sent again gets a new key.
        NewKeyOnRetry,
        /// The cursor is stored before its page.
        CursorFirst,
        /// A page is applied whoever it is for.
        OwnerUnchecked,
        /// A single write goes before it is known whose token it has.
        TokenUnproven,
        /// A pulled copy replaces what waits.
        PageOverPending,
        /// Where both sides changed a field, this device wins unasked.
        NoBaseCheck,
        /// Where both sides changed a field, the server wins unasked.
        TheirsTaken,
        /// What the server refused is gone.
        RefusedDropped,
        /// What was tried too often is gone.
        ExhaustedDropped,
        /// When the cursor is too old, the allergies are deleted first.
        WipeOn410,
        /// A wait that a clock jump made absurd is waited for.
        WallClockBackoff,
        /// A commit for which there was no space counts as stored.
        DiskFullSwallowed,
        /// Commits are not synced.
        NotDurable,
        /// A copied database goes on as the device that it was.
        ReplicaReused,
        /// An answer counts, though its question has moved on.
        StaleAnswerTaken,
        /// A question can be answered again.
        AnsweredAgain,
        /// An acknowledgement takes what was edited meanwhile along.
        EditInFlightLost,
        /// The lower severity is shown while in doubt.
        WeakerShown,
        /// A removal beats an edit that it has not seen.
        RemovalWins,
        /// What could not be sent for want of a network counts as an attempt.
        OfflineCounted,
        /// Another life of the server is not noticed.
        EpochIgnored,
        /// What a server that was set back has lost, the device loses too.
        LossBelieved,
        /// An edit joins one that was sent already.
        AttemptedFolded,
        /// That something is being sent is not written down.
        AttemptUnmarked,
        /// An operation goes beside its elder.
        LaneLeftEarly,
        /// A sign-out forgets what waits.
        SignOutDropsQueue,
        /// What was under way when its process died stays under way.
        InterruptedStays,
        /// The server's "not now" is no reason to wait.
        RetryAfterIgnored,
        /// There is no pause between attempts.
        NoBackoff,
        /// There is always more to do.
        NeverDone,
        /// What is imported counts like a person's edit.
        ImportInsists,
        /// A session that has ended may go on.
        FenceDown,
        /// An older copy replaces a newer one.
        OlderTaken,
        /// A deletion by the feed takes what waits along.
        DeletionTakesEdits,
        /// A late edit brings a deleted history entry back.
        DeletedRevived,
        /// Of a page the first half is applied.
        HalfAPage,
        /// An edit is stored and not queued.
        EditUnqueued,
        /// What is acknowledged stays in the queue's table for ever.
        ReceiptsKept,
        /// Ids come from the system, past the randomness that was handed in.
        OwnRandomness,
        /// The token is in the log.
        TokenLogged,
        /// What a person entered is in the log.
        ContentLogged,
    }

    thread_local! {
        static CHOSEN: Cell<Option<Sabotage>> = const { Cell::new(None) };
    }

    /// Breaks the core in this way for all that it does on this thread from now on; `None`: it is whole again. Threads that it
    /// starts itself are whole, so let requests go on the run's thread.
    pub fn sabotage_this_thread(how: Option<Sabotage>) {
        CHOSEN.set(how);
    }

    /// For `sabotaged!`.
    #[doc(hidden)]
    #[must_use]
    pub fn is_on(which: Sabotage) -> bool {
        CHOSEN.get() == Some(which)
    }
}

#[cfg(feature = "sabotage")]
#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn sources(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if !path.ends_with("sabotage.rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }

    #[test]
    fn each_is_asked_about_at_one_place() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        for sabotage in Sabotage::ALL {
            assert_eq!(text.matches(&format!("sabotaged!({sabotage:?})")).count(), 1, "{sabotage:?}");
            assert!(sabotage.words().ends_with('.'));
        }
        assert_eq!(text.matches("sabotaged!(").count(), Sabotage::ALL.len(), "one that is not listed");
    }

    #[test]
    fn another_thread_is_whole() {
        sabotage_this_thread(Some(Sabotage::NoBackoff));
        assert!(sabotaged!(NoBackoff) && !sabotaged!(NeverDone));
        assert!(!std::thread::spawn(|| sabotaged!(NoBackoff)).join().unwrap());
        sabotage_this_thread(None);
        assert!(!sabotaged!(NoBackoff));
    }

    /// What the pure functions make of it: broken, and whole again.
    #[test]
    fn the_decisions_go_the_wrong_way_while_they_are_told_to() {
        use crate::collection::Collection;
        use crate::fields::Fields;
        use crate::ids::Version;
        use crate::merge::{Incoming, Remote, plan_incoming};
        use crate::outbox::{
            BackoffPolicy, EditKind, Enqueue, Kind, OperationVerdict, Queued, RunSignal, State, enqueue,
            judge_batch,
        };
        use crate::transport::{Outcome, Response};

        let user = crate::ids::UserId::new("ana").unwrap();
        let sent = crate::outbox::Operation::example(
            Collection::History,
            Kind::Update,
            Fields::new(),
            Fields::new(),
        );
        let judged = |outcome: &Outcome| judge_batch(outcome, &user, std::slice::from_ref(&sent), 0);
        let answer = |status: u16, retry_after: Option<&str>, body: &[u8]| {
            Outcome::Response(Response {
                status,
                retry_after: retry_after.map(str::to_owned),
                content_type: None,
                body: body.to_vec(),
            })
        };
        let attempted = [Queued { kind: Kind::Update, attempted: true, state: State::Pending }];
        let older = Remote { version: Version(1), fields: Some(Fields::new()) };
        let deleted = Remote { version: Version(3), fields: None };
        let spec = Collection::Allergies.spec();
        let waiting = std::slice::from_ref(&sent);
        let cases: [(Sabotage, &dyn Fn() -> bool); 7] = [
            (Sabotage::NoBackoff, &|| BackoffPolicy::default().longest_wait(3) == 0),
            (Sabotage::AttemptedFolded, &|| {
                enqueue(&attempted, EditKind::Update, true) == Enqueue::FoldIntoLast
            }),
            (Sabotage::OlderTaken, &|| plan_incoming(spec, Some(Version(2)), &[], &older) == Incoming::Take),
            (Sabotage::DeletionTakesEdits, &|| {
                plan_incoming(spec, Some(Version(2)), waiting, &deleted) == Incoming::Remove
            }),
            (Sabotage::OfflineCounted, &|| {
                judged(&Outcome::NotSent("offline")).verdicts == [OperationVerdict::Again { counted: true }]
            }),
            (Sabotage::RetryAfterIgnored, &|| {
                judged(&answer(503, Some("60"), b"")).signal == RunSignal::Wait(0)
            }),
            (Sabotage::AckUnread, &|| {
                matches!(
                    judged(&answer(200, None, b"hello")).verdicts[..],
                    [OperationVerdict::Acknowledged { .. }]
                )
            }),
        ];
        for (sabotage, is_wrong) in cases {
            assert!(!is_wrong(), "{sabotage:?} without being told");
            sabotage_this_thread(Some(sabotage));
            assert!(is_wrong(), "{sabotage:?}");
            sabotage_this_thread(None);
        }
    }
}

//! How long an order stays in a stage and in a status: a stay begins with the step that enters the state and ends with the one that leaves it, so that its
//! length is known then. A closed order is in no state that is timed. Pure.
use super::super::lifecycle::{Action, Status};

/// Since when an order has been in its stage and in its status, in microseconds; none where it is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    pub stage: Option<i64>,
    pub status: Option<i64>,
}

/// How many whole seconds the stage and the status had lasted that a step left; none where it left none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lasted {
    pub stage: Option<i64>,
    pub status: Option<i64>,
}

/// Where an order is before a step, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Stay<'a> {
    pub status: Status,
    pub stage: &'a str,
    pub since: Since,
}

/// The moment of a step as far as stays go: what lies before an import is not known, so that what it brings begins with the record.
#[must_use]
pub const fn moment(action: Action, occurred_at: i64, recorded_at: i64) -> i64 {
    if matches!(action, Action::Import) { recorded_at } else { occurred_at }
}

/// What a step at a moment makes of an order's stays: since when it is where it is, and how long what it left had lasted. The first step leaves nothing.
#[must_use]
pub fn pass(before: Option<Stay<'_>>, (status, stage): (Status, &str), at: i64) -> (Since, Lasted) {
    let open = status.is_open();
    let of_stage = before.and_then(|stay| Some((stay.stage, stay.since.stage?)));
    let of_status = before.and_then(|stay| Some((stay.status, stay.since.status?)));
    let (stage_since, stage_lasted) = step(of_stage, open.then_some(stage), at);
    let (status_since, status_lasted) = step(of_status, open.then_some(status), at);
    (Since { stage: stage_since, status: status_since }, Lasted { stage: stage_lasted, status: status_lasted })
}

/// The same of one kind of state: what goes on is not left.
fn step<S: PartialEq>(before: Option<(S, i64)>, after: Option<S>, at: i64) -> (Option<i64>, Option<i64>) {
    match (before, after) {
        (Some((was, since)), Some(is)) if was == is => (Some(since), None),
        // Clocks may go back; a stay is never below zero.
        (before, after) => (after.map(|_| at), before.map(|(_, since)| (at.saturating_sub(since) / 1_000_000).max(0))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A step to a status and stage, with when it happened and when it was recorded.
    type Taken = (Action, Status, &'static str, i64, i64);
    /// Of the stage and of the status.
    type Both = (Option<i64>, Option<i64>);

    /// What is kept of each step and, at the end, of the order.
    fn kept(history: &[Taken]) -> (Vec<Lasted>, Since) {
        let mut before: Option<Stay<'_>> = None;
        let lasted = history.iter().map(|&(action, status, stage, occurred, recorded)| {
            let (since, lasted) = pass(before, (status, stage), moment(action, occurred, recorded));
            before = Some(Stay { status, stage, since });
            lasted
        });
        let lasted = lasted.collect();
        (lasted, before.map_or_else(Since::default, |stay| stay.since))
    }

    const fn second(n: i64) -> i64 {
        n * 1_000_000
    }

    #[test]
    fn a_stay_ends_with_the_step_that_leaves_it() {
        const fn at(action: Action, status: Status, stage: &'static str, seconds: i64) -> Taken {
            (action, status, stage, second(seconds), second(seconds))
        }
        const fn none() -> Both {
            (None, None)
        }
        let entered = at(Action::Create, Status::Draft, "intent", 0);
        let cases: [(&[Taken], &[Both], Both); 8] = [
            (&[], &[], none()),
            (&[entered], &[none()], (Some(0), Some(0))),
            // A step that changes neither lets both go on.
            (
                &[entered, at(Action::Transfer, Status::Draft, "intent", 5), at(Action::Submit, Status::InReview, "intent", 20)],
                &[none(), none(), (None, Some(20))],
                (Some(0), Some(20)),
            ),
            // A move that processes ends both.
            (
                &[at(Action::Import, Status::Pending, "intent", 3), at(Action::Move, Status::Processed, "contract", 10)],
                &[none(), (Some(7), Some(7))],
                (Some(10), Some(10)),
            ),
            // Closing ends both and begins none; reopening ends none and begins both.
            (
                &[entered, at(Action::Lose, Status::Lost, "intent", 9), at(Action::Reopen, Status::Pending, "intent", 30)],
                &[none(), (Some(9), Some(9)), none()],
                (Some(30), Some(30)),
            ),
            // From one closed status to another.
            (
                &[entered, at(Action::Lose, Status::Lost, "intent", 9), at(Action::Edit, Status::Won, "intent", 12)],
                &[none(), (Some(9), Some(9)), none()],
                none(),
            ),
            // What lies before an import is not known.
            (
                &[(Action::Import, Status::Pending, "intent", second(1), second(100)), at(Action::Win, Status::Won, "intent", 130)],
                &[none(), (Some(30), Some(30))],
                none(),
            ),
            // A clock that goes back; and less than a second is none.
            (
                &[
                    entered,
                    at(Action::Submit, Status::InReview, "intent", -5),
                    (Action::Approve, Status::Pending, "intent", second(-5) + 999_999, 0),
                    at(Action::Cancel, Status::Cancelled, "intent", 2),
                ],
                &[none(), (None, Some(0)), (None, Some(0)), (Some(2), Some(6))],
                none(),
            ),
        ];
        for (history, lasted, since) in cases {
            let (found, stands) = kept(history);
            let found: Vec<_> = found.into_iter().map(|lasted| (lasted.stage, lasted.status)).collect();
            let since = (since.0.map(second), since.1.map(second));
            assert_eq!((found.as_slice(), (stands.stage, stands.status)), (lasted, since), "{history:?}");
        }
    }

    /// The stays of a whole history, gone through at once: each from where a state is entered to where the next step has another one.
    fn naive<S: Copy + PartialEq>(history: &[Taken], state: impl Fn(&Taken) -> S) -> (Vec<Option<i64>>, Option<i64>) {
        let state = |n: usize| history[n].1.is_open().then(|| state(&history[n]));
        let at = |n: usize| moment(history[n].0, history[n].3, history[n].4);
        let begins = |n: usize| n == 0 || state(n - 1) != state(n);
        let began = |n: usize| (0..=n).rev().find(|m| begins(*m)).unwrap_or(0);
        let ended = |n: usize| (n > 0 && begins(n) && state(n - 1).is_some()).then(|| ((at(n) - at(began(n - 1))) / 1_000_000).max(0));
        let last = history.len().checked_sub(1).filter(|last| state(*last).is_some());
        ((0..history.len()).map(ended).collect(), last.map(|last| at(began(last))))
    }

    fn taken() -> impl Strategy<Value = Taken> {
        let (action, status) = (prop_oneof![Just(Action::Edit), Just(Action::Import)], proptest::sample::select(Status::ALL));
        let (stage, time) = (proptest::sample::select(&["intent", "contract"][..]), || -5_000_000_i64..20_000_000);
        (action, status, stage, time(), time())
    }

    proptest! {
        #[test]
        fn what_is_kept_step_by_step_is_what_the_history_gives(history in proptest::collection::vec(taken(), 0..12)) {
            let (lasted, since) = kept(&history);
            let (of_stage, stage) = naive(&history, |taken| taken.2);
            let (of_status, status) = naive(&history, |taken| taken.1.as_str());
            prop_assert_eq!(lasted.iter().map(|lasted| lasted.stage).collect::<Vec<_>>(), of_stage);
            prop_assert_eq!(lasted.iter().map(|lasted| lasted.status).collect::<Vec<_>>(), of_status);
            prop_assert_eq!(since, Since { stage, status });
        }
    }
}

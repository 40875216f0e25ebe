//! Who reviews, case by case and as rules that hold for all of them.
use proptest::prelude::*;

use super::*;

fn id(n: u8) -> Id {
    Id(uuid::Uuid::from_u128(u128::from(n)))
}
fn persons(ids: &[u8]) -> Reach {
    Reach::Persons(ids.iter().map(|n| id(*n)).collect())
}
/// Persons 1 to 5: 4 and 5 are administrators; some are away, some of these with a delegate.
fn people(away: &[(u8, Option<u8>)]) -> People {
    (1..=5)
        .map(|n| {
            let gone = away.iter().find(|(who, _)| *who == n);
            let role = if n >= 4 { Role::Admin } else { Role::Reviewer };
            (id(n), Person { role, away: gone.is_some(), delegate: gone.and_then(|(_, delegate)| delegate.map(id)) })
        })
        .collect()
}
fn step(by: By, users: &[u8], role: Option<&str>) -> Step {
    Step { by: by.as_str().into(), users: users.iter().map(|n| id(*n)).collect(), role: role.map(Into::into), due_hours: None, escalate: false }
}

#[test]
fn a_step_reaches_whom_it_says_or_whoever_stands_in() {
    let (users, role, lead, turn) = (By::Users, By::Role, By::TeamLead, By::RoundRobin);
    for (step, away, barred, led, assigned, escalated, expected) in [
        (step(users, &[1, 2], None), &[][..], &[][..], None, None, false, persons(&[1, 2])),
        (step(users, &[1, 2], None), &[], &[1], None, None, false, persons(&[2])),
        // Away without a delegate: still within reach, but the lead or whoever may comes in.
        (step(users, &[1], None), &[(1, None)], &[], Some(4), None, false, persons(&[1, 4])),
        (step(users, &[1], None), &[(1, None)], &[], None, None, false, Reach::Anybody),
        (step(users, &[1], None), &[(1, None)], &[4], Some(4), None, false, Reach::Anybody),
        (step(users, &[1], None), &[(1, Some(2))], &[], Some(4), None, false, persons(&[1, 2])),
        (step(users, &[1], None), &[(1, Some(2)), (2, Some(3))], &[], None, None, false, persons(&[1, 2, 3])),
        (step(users, &[1], None), &[(1, Some(2)), (2, Some(1))], &[], None, None, false, Reach::Anybody),
        // A delegate who had a hand in the order does not review it.
        (step(users, &[1], None), &[(1, Some(2))], &[2], Some(4), None, false, persons(&[1, 4])),
        // A delegate of somebody who is there does nothing.
        (step(users, &[1], None), &[(3, Some(2))], &[], None, None, false, persons(&[1])),
        // Who is no longer active, or no longer of such a role, is not among the people.
        (step(users, &[9], None), &[], &[], Some(4), None, false, persons(&[4])),
        (step(users, &[9], None), &[], &[], Some(9), None, false, Reach::Anybody),
        (step(role, &[], Some("admin")), &[], &[4], None, None, false, Reach::Role(Role::Admin)),
        (step(role, &[], Some("admin")), &[(5, None)], &[4], None, None, false, Reach::Anybody),
        (step(role, &[], Some("admin")), &[], &[], None, None, true, Reach::Anybody),
        (Step::anybody(), &[], &[1], None, None, false, Reach::Anybody),
        (step(lead, &[], None), &[], &[], Some(3), None, false, persons(&[3])),
        (step(lead, &[], None), &[], &[3], Some(3), None, false, Reach::Anybody),
        (step(lead, &[], None), &[], &[], None, None, false, Reach::Anybody),
        (step(turn, &[1, 2], None), &[], &[], None, Some(2), false, persons(&[2])),
        (step(turn, &[1, 2], None), &[(2, None)], &[], Some(5), Some(2), false, persons(&[2, 5])),
        // Overdue: the lead as well, or whoever may.
        (step(users, &[1], None), &[], &[], Some(4), None, true, persons(&[1, 4])),
        (step(users, &[1], None), &[], &[], Some(1), None, true, Reach::Anybody),
        (step(users, &[1], None), &[(4, None)], &[], Some(4), None, true, Reach::Anybody),
    ] {
        let facts = Facts { barred: barred.iter().map(|n| id(*n)).collect(), lead: led.map(id), assigned: assigned.map(id), escalated };
        assert_eq!(reach(&step, &facts, &people(away)), expected, "{step:?} {away:?} {facts:?}");
    }
}

#[test]
fn turns_go_round_and_pass_over_who_cannot() {
    let users: Vec<Id> = [1, 2, 3].map(id).into();
    let mut last = BTreeMap::new();
    let mut had = Vec::new();
    for turn in 0..7 {
        let away: &[(u8, Option<u8>)] = if turn == 3 { &[(1, None)] } else { &[] };
        let barred = if turn == 5 { vec![id(3)] } else { Vec::new() };
        let next = next_in_turn(&users, &last, &Facts { barred, ..Facts::default() }, &people(away)).unwrap();
        last.insert(next, turn);
        had.push(next);
    }
    assert_eq!(had, [1, 2, 3, 2, 1, 2, 3].map(id));
    assert_eq!(next_in_turn(&users, &last, &Facts::default(), &People::new()), None);
}

proptest! {
    /// Nobody barred is reached, and somebody is as long as there is anybody; what one step says of a delegate never takes the step from those it names.
    #[test]
    fn nobody_barred_and_never_nobody(
        by in 0..4_usize, users in prop::collection::vec(1..=6_u8, 1..4), barred in prop::collection::vec(1..=6_u8, 0..6), lead in prop::option::of(1..=6_u8),
        away in prop::collection::vec((1..=6_u8, prop::option::of(1..=6_u8)), 0..5), escalated: bool, role in 0..2_usize,
    ) {
        let by = By::parse(By::WORDS[by]).unwrap();
        let step = step(by, &users, Some(["reviewer", "admin"][role]));
        let facts = Facts { barred: barred.iter().map(|n| id(*n)).collect(), lead: lead.map(id), assigned: None, escalated };
        let people = people(&away);
        let reach = reach(&step, &facts, &people);
        let reached: Vec<Id> = people.keys().copied().filter(|user| reaches(&reach, *user, &facts, &people)).collect();
        prop_assert!(reached.iter().all(|user| !facts.barred.contains(user)));
        let anybody = people.keys().any(|user| is_able(*user, &facts, &people));
        prop_assert_eq!(anybody, !reached.is_empty());
        // Where somebody is there at all, somebody who is there is reached.
        let there = |user: &Id| is_able(*user, &facts, &people) && !people[user].away;
        prop_assert_eq!(people.keys().any(there), reached.iter().any(there));
        if by == By::Users {
            prop_assert!(step.users.iter().filter(|user| is_able(**user, &facts, &people)).all(|user| reached.contains(user)));
        }
    }
}

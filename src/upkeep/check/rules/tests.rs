use proptest::prelude::*;
use serde_json::json;

use super::*;

fn d(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn line(quantity: &str, unit_price: &str, discount_rate: &str, amount: &str) -> Line {
    Line { quantity: d(quantity), unit_price: d(unit_price), discount_rate: d(discount_rate), amount: d(amount) }
}

#[test]
fn amounts_are_held_to_the_rule() {
    let lines = [line("2", "4821", "0.05", "9159.9"), line("3", "0.335", "0", "1.01"), line("1", "5", "0", "5.01")];
    assert_eq!(misvalued("CNY", &lines), [3]);
    assert_eq!(misvalued("JPY", &lines), [1, 2, 3], "no places there");
    assert_eq!((missummed(d("9165.92"), &lines), missummed(d("9165.91"), &lines)), (None, Some("9165.92".into())));
    assert_eq!(missummed(Decimal::ZERO, &[]), None);
}

fn step(action: &str, from: &str, to: &str) -> Step {
    let open = |status: &str| Status::parse(status).is_some_and(Status::is_open);
    let closes = open(from) && !open(to);
    taken(action, from, to, 0, (closes.then_some(0), (open(from) && from != to).then_some(0)))
}

/// A step at a second, with how long the stage and the status had lasted that it left.
fn taken(action: &str, from: &str, to: &str, second: i64, (stage, status): (Option<i64>, Option<i64>)) -> Step {
    let from_stage = (!from.is_empty()).then(|| "intent".to_owned());
    let at = second * 1_000_000;
    Step {
        action: action.into(),
        from: (!from.is_empty()).then(|| from.into()),
        to: to.into(),
        from_stage,
        to_stage: "intent".into(),
        occurred_at: at,
        recorded_at: at,
        lasted: Lasted { stage, status },
        rates_at: None,
    }
}

#[test]
fn a_history_is_gone_through_step_by_step() {
    /// The status that it comes to, with what is remembered, or why it does not.
    type Comes = Result<(&'static str, Option<Status>), &'static str>;
    let cases: [(&[Step], Comes); 10] = [
        (&[], Ok(("", None))),
        (&[step("create", "", "draft"), step("submit", "draft", "in_review"), step("approve", "in_review", "pending")], Ok(("pending", None))),
        (&[step("import", "", "processed"), step("edit", "processed", "in_review")], Ok(("in_review", Some(Status::Processed)))),
        // What is remembered outlasts a withdrawal; an approval of one step of several restores nothing yet.
        (
            &[
                step("import", "", "processed"),
                step("edit", "processed", "in_review"),
                step("withdraw", "in_review", "draft"),
                step("submit", "draft", "in_review"),
                step("approve", "in_review", "in_review"),
                step("approve", "in_review", "processed"),
            ],
            Ok(("processed", None)),
        ),
        (&[step("import", "", "pending"), step("process", "pending", "processed"), step("win", "processed", "won")], Ok(("won", None))),
        // Two clocks: the first that fits is next.
        (&[step("create", "", "draft"), step("withdraw", "in_review", "draft"), step("submit", "draft", "in_review")], Ok(("draft", None))),
        (&[step("create", "", "draft"), step("approve", "in_review", "pending")], Err("approve from in_review follows on draft")),
        (&[step("create", "", "pending")], Err("create from nothing in - to pending in intent is no step of an order's life")),
        (
            &[step("import", "", "in_review"), step("approve", "in_review", "processed")],
            Err("approve from in_review in intent to processed in intent is no step of an order's life"),
        ),
        (
            &[step("import", "", "won"), step("submit", "won", "in_review")],
            Err("submit from won in intent to in_review in intent is no step of an order's life"),
        ),
    ];
    for (steps, expected) in cases {
        let came = replay(steps).map(|place| (place.status.map_or("", Status::as_str), place.remembered));
        assert_eq!(came, expected.map_err(str::to_owned), "{steps:?}");
    }
}

#[test]
fn only_a_move_changes_the_stage() {
    let lasted = Lasted { stage: Some(0), status: None };
    let to_stage = |action: &str| Step { to_stage: "contract".into(), lasted, ..step(action, "processed", "processed") };
    let begun = step("import", "", "processed");
    assert_eq!(replay(&[begun.clone(), to_stage("move")]).map(|place| place.stage), Ok(Some("contract".into())));
    assert!(replay(&[begun.clone(), to_stage("transfer")]).is_err());
    assert!(replay(&[begun, to_stage("move"), step("transfer", "processed", "processed")]).unwrap_err().contains("follows on processed"));
}

#[test]
fn what_was_left_lasted_as_long_as_is_kept() {
    let history = |submitted: (Option<i64>, Option<i64>), lost: (Option<i64>, Option<i64>)| {
        replay(&[
            taken("create", "", "draft", 5, (None, None)),
            taken("submit", "draft", "in_review", 25, submitted),
            taken("lose", "in_review", "lost", 60, lost),
            taken("reopen", "lost", "pending", 90, (None, None)),
        ])
    };
    let (submitted, lost) = ((None, Some(20)), (Some(55), Some(35)));
    assert_eq!(history(submitted, lost).map(|place| place.since), Ok(Since { stage: Some(90_000_000), status: Some(90_000_000) }));
    for (submitted, lost, fault) in [
        (
            (None, Some(21)),
            lost,
            "submit to in_review keeps that what it left had lasted no seconds of its stage and 21 of its status, by the steps before no seconds of its stage and 20 of its status",
        ),
        ((Some(20), Some(20)), lost, "submit to in_review keeps that what it left had lasted 20 seconds"),
        (submitted, (None, Some(35)), "lose to lost keeps that what it left had lasted no seconds"),
        (submitted, (Some(55), None), "lose to lost keeps that what it left had lasted 55 seconds of its stage and no of its status"),
    ] {
        assert!(history(submitted, lost).is_err_and(|found| found.starts_with(fault)), "{fault}");
    }
    // Two clocks: of two submits the one that is recorded first was the second.
    let skewed = [
        taken("create", "", "draft", 0, (None, None)),
        taken("submit", "draft", "in_review", 95, (None, Some(1))),
        taken("withdraw", "in_review", "draft", 94, (None, Some(0))),
        taken("submit", "draft", "in_review", 100, (None, Some(100))),
    ];
    assert_eq!(replay(&skewed).map(|place| place.since), Ok(Since { stage: Some(0), status: Some(95_000_000) }));
}

#[test]
fn events_make_each_version_once() {
    for (first, version, events, expected) in [
        (1, 2, vec![(1, "order.created"), (2, "order.updated")], None),
        (1, 1, vec![(1, "order.created"), (1, "order.followed_up"), (1, "order.processed")], None),
        (1, 2, vec![(1, "order.created"), (2, "order.processed"), (2, "order.followed_up")], None),
        (2, 1, vec![], None),
        (1, 1, vec![], Some("no event tells of version 1 of 1")),
        (1, 3, vec![(1, "order.created"), (3, "order.updated")], Some("no event tells of version 2 of 3")),
        (1, i64::MAX, vec![(1, "order.created")], Some("no event tells of version 2 of 9223372036854775807")),
        (1, 1, vec![(1, "order.followed_up")], Some("no event tells of version 1 of 1")),
        (1, 1, vec![(1, "order.created"), (2, "order.updated")], Some("an event tells of version 2, the record is at 1")),
        (1, 2, vec![(1, "order.created"), (2, "order.updated"), (2, "order.won")], Some("several events made version 2")),
        (1, 2, vec![(2, "order.updated"), (1, "order.created")], Some("order.created of version 1 comes behind an event of version 2")),
    ] {
        let events: Vec<Told> = events.into_iter().map(|(version, kind): (i64, &str)| Told { version, kind: kind.into() }).collect();
        assert_eq!(mistold(first, version, &events).as_deref(), expected, "{events:?}");
    }
}

#[test]
fn half_an_answer_is_seen() {
    let whole = Answer { fingerprint: "f".repeat(64), status: 201, headers: json!({"location": "/x", "etag": null}), body: Some("{}".into()) };
    let other = |change: fn(&mut Answer)| {
        let mut answer = whole.clone();
        change(&mut answer);
        half(&answer)
    };
    assert_eq!(half(&whole), None);
    assert_eq!(other(|a| (a.status, a.body) = (204, None)), None);
    assert_eq!(other(|a| a.body = None), Some("has no body"));
    assert_eq!(other(|a| a.body = Some("{\"id\": \"0".into())), Some("has half a body"));
    assert_eq!(other(|a| a.status = 0), Some("has no status of a success"));
    assert_eq!(other(|a| a.headers = json!({})), Some("has no header fields"));
    assert_eq!(other(|a| a.fingerprint.clear()), Some("has no fingerprint"));
}

#[test]
fn a_lease_belongs_to_a_job_that_runs() {
    for (state, leased, failed, expected) in [
        ("running", true, false, None),
        ("running", false, false, Some("runs without an end of its lease")),
        ("queued", false, false, None),
        ("queued", true, false, Some("is leased and does not run")),
        ("failed", false, true, None),
        ("failed", false, false, Some("failed without a reason")),
        ("asleep", false, false, Some("is in no known state")),
    ] {
        assert_eq!(misleased(state, leased, failed), expected, "{state}");
    }
}

/// The steps of a life made from the table of the life cycle by some numbers, with the status it comes to.
fn life(choices: &[u8]) -> (Vec<Step>, Option<Status>) {
    let (mut steps, mut status, mut remembered) = (Vec::new(), None::<Status>, None::<Status>);
    for choice in choices {
        let action = Action::ALL[usize::from(*choice) % Action::ALL.len()];
        let given = if action == Action::Import { Some(Status::ALL[usize::from(*choice) % Status::ALL.len()]) } else { remembered };
        let Ok(mut to) = transition(status, action, given) else { continue };
        // A contact and a delay are no steps by themselves.
        if matches!(action, Action::FollowUp | Action::Delay) {
            continue;
        }
        if action == Action::Edit && status.is_some_and(edit_may_need_review) && choice % 2 == 0 {
            (remembered, to) = (status, Status::InReview);
        } else if matches!(action, Action::Approve | Action::Lose | Action::Cancel | Action::Expire) {
            remembered = None;
        }
        steps.push(step(action.as_str(), status.map_or("", Status::as_str), to.as_str()));
        status = Some(to);
    }
    (steps, status)
}

proptest! {
    #[test]
    fn every_life_by_the_table_is_gone_through(choices in prop::collection::vec(any::<u8>(), 0..200)) {
        let (steps, status) = life(&choices);
        prop_assert_eq!(replay(&steps).map(|place| place.status), Ok(status));
    }

    #[test]
    fn a_life_with_a_step_that_leads_elsewhere_is_not(choices in prop::collection::vec(any::<u8>(), 0..60), at in any::<prop::sample::Index>(), other in 0_usize..9) {
        let (mut steps, status) = life(&choices);
        if let Some(last) = steps.len().checked_sub(1) {
            let step = &mut steps[at.index(last + 1)];
            let elsewhere = Status::ALL[other].as_str();
            if step.to != elsewhere && step.action != "import" {
                step.to = elsewhere.into();
                let came = replay(&steps);
                prop_assert!(came.is_err() || came.is_ok_and(|place| place.status != status || status.is_none()), "{:?}", steps);
            }
        }
    }
}

//! The life of an order over HTTP: every action, from every status, by everybody, as the tables of lifecycle and rights say.
use intent_orders::identity::rights::{Phase, Verdict, decide_order};
use intent_orders::identity::{Permission, Relation};
use intent_orders::orders::lifecycle::{Action, Status, transition};
use serde_json::{Value, json};

use super::{act, entered, imported, stock};
use crate::harness::{TestApp, User};

/// Each action with its permission and a body that is good for it.
fn actions(app: &TestApp) -> Vec<(Action, Permission, Value)> {
    use Permission as P;
    vec![
        (Action::Submit, P::OrdersSubmit, json!({})),
        (Action::Withdraw, P::OrdersWithdraw, Value::Null),
        (Action::Approve, P::OrdersApprove, json!({"note": "fine"})),
        (Action::Return, P::OrdersReturn, json!({"remarks": [{"pointer": "/title", "message": "Say which plant."}]})),
        (Action::Process, P::OrdersProcess, json!({})),
        (Action::Win, P::OrdersWin, json!({})),
        (Action::Lose, P::OrdersLose, json!({"reason": "price"})),
        (Action::Cancel, P::OrdersCancel, json!({"reason": "other", "note": "asked us to"})),
        (Action::Expire, P::OrdersExpire, json!({})),
        (Action::Reopen, P::OrdersReopen, json!({"note": "they came back"})),
        (Action::Move, P::OrdersMove, json!({"stage": "contract"})),
        (Action::Transfer, P::OrdersTransfer, json!({"owner_id": app.cast.mate.id})),
        (Action::FollowUp, P::OrdersFollowUp, json!({"at": "2026-11-20T02:00:00Z", "channel": "phone", "content": "Asked for a sample."})),
        (Action::Delay, P::OrdersDelay, json!({"side": "supply", "reason": "logistics"})),
        (Action::Edit, P::OrdersEdit, json!({"note": "n"})),
        (Action::Archive, P::OrdersArchive, Value::Null),
        (Action::Restore, P::OrdersRestore, json!({})),
    ]
}

/// Who tries, and how they stand to an order of the rep.
fn people(app: &TestApp) -> Vec<(&'static User, bool, &'static [Relation])> {
    let cast = app.cast;
    vec![
        (&cast.rep, false, &[Relation::Own, Relation::TeamMate]),
        (&cast.mate, false, &[Relation::TeamMate]),
        (&cast.lead, true, &[Relation::TeamMate, Relation::LedTeam]),
        (&cast.stranger, false, &[Relation::Other]),
        (&cast.reviewer, false, &[Relation::Other]),
        (&cast.reviewing_lead, true, &[Relation::Other]),
        (&cast.admin, false, &[Relation::Other]),
    ]
}

fn send(app: &TestApp, user: &User, id: &str, action: Action, body: Value) -> (u16, String) {
    let client = app.as_(user);
    let path = format!("/api/v1/orders/{id}");
    let answer = match action {
        Action::Edit => client.patch(&path, body, "*"),
        Action::Archive => client.delete(&path, "*"),
        Action::FollowUp => client.post(&format!("{path}/follow-ups"), body),
        Action::Delay => client.post(&format!("{path}/delays"), body),
        action => client.action(&format!("{path}/{}", action.as_str()), body, "*"),
    };
    (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
}

fn expected(user: &User, leads: bool, relations: &[Relation], permission: Permission, action: Action, status: Status) -> (u16, &'static str) {
    let phase = match status {
        Status::Draft | Status::Returned | Status::Cancelled => Phase::Shelvable,
        Status::Won => Phase::Won,
        _ => Phase::Other,
    };
    match decide_order(user.role, leads, relations, permission, false, phase) {
        Verdict::Hidden => (404, "not_found"),
        Verdict::NotOwner => (403, "not_owner"),
        Verdict::Role => (403, "role"),
        Verdict::OwnOrder => (403, "own_order"),
        // A bare note is a change that the edit table bars in review alone.
        Verdict::Allowed if action == Action::Edit && status == Status::InReview => (409, "not_editable"),
        Verdict::Allowed if action == Action::Edit => (200, ""),
        Verdict::Allowed if transition(Some(status), action, None).is_err() => (409, "wrong_state"),
        Verdict::Allowed if action == Action::Archive => (204, ""),
        Verdict::Allowed if matches!(action, Action::FollowUp | Action::Delay) => (201, ""),
        Verdict::Allowed => (200, ""),
    }
}

both! {
    fn every_action_from_every_status_by_everybody(app: &TestApp) {
        stock(app);
        let actions = actions(app);
        for status in Status::ALL {
            let fresh = || imported(app, &app.cast.rep, status.as_str(), json!({}));
            let mut id = fresh();
            for (user, leads, relations) in people(app) {
                for (action, permission, body) in &actions {
                    let expected = expected(user, leads, relations, *permission, *action, *status);
                    let got = send(app, user, &id, *action, body.clone());
                    assert_eq!((got.0, got.1.as_str()), expected, "{} by {} on {}", action.as_str(), user.name, status.as_str());
                    if expected.0 < 300 {
                        let read = app.as_(&app.cast.admin).get(&format!("/api/v1/orders/{id}?include_archived=true")).expect(200).body;
                        let to = transition(Some(*status), *action, None).unwrap();
                        assert_eq!(read["status"], to.as_str(), "{} on {}", action.as_str(), status.as_str());
                        id = fresh();
                    }
                }
            }
        }
    }

    fn the_main_job_from_entry_to_won(app: &TestApp) {
        let customer = stock(app);
        let cast = app.cast;
        let created = entered(app, &customer);
        let id = created.id();
        app.advance(60);
        assert_eq!(act(app, &cast.rep, id, "submit", Value::Null).expect(200).body["status"], "in_review");
        let queue = app.as_(&cast.reviewer).get("/api/v1/reviews").expect(200).body;
        assert_eq!((queue["data"][0]["order"]["id"].as_str(), queue["data"][0]["waiting_seconds"].as_i64(), queue["data"][0]["round"].as_i64()), (Some(id), Some(0), Some(1)));
        app.advance(120);
        act(app, &cast.reviewer, id, "return", json!({"remarks": []})).problem(422, "invalid");
        let wrong = act(app, &cast.reviewer, id, "return", json!({"remarks": [{"pointer": "/colour", "message": "x"}, {"pointer": "/lines/9/quantity", "message": "x", "line_id": id}]})).problem(422, "invalid");
        assert_eq!(wrong.faults(), [("/remarks/0/pointer", "unknown_pointer"), ("/remarks/1/line_id", "unknown_line"), ("/remarks/1/pointer", "unknown_pointer")]);
        let line = created.body["lines"][0]["id"].clone();
        let returned = act(app, &cast.reviewer, id, "return", json!({"remarks": [{"pointer": "/lines/0/discount_rate", "line_id": line, "message": "折扣过高"}]})).expect(200);
        assert_eq!((returned.body["status"].as_str(), returned.body["remarks"][0]["message"].as_str(), returned.body["remarks"][0]["round"].as_i64()), (Some("returned"), Some("折扣过高"), Some(1)));
        act(app, &cast.rep, id, "submit", json!({"note": "as agreed"})).expect(200);
        let approved = act(app, &cast.reviewer, id, "approve", Value::Null).expect(200);
        assert_eq!((approved.body["status"].as_str(), approved.body["approved_at"].is_string()), (Some("pending"), true));
        act(app, &cast.rep, id, "move", json!({"stage": "nowhere"})).problem(422, "invalid");
        let moved = act(app, &cast.rep, id, "move", json!({"stage": "negotiation"})).expect(200);
        assert_eq!((moved.body["status"].as_str(), moved.body["stage"].as_str(), moved.body["probability"].as_str()), (Some("processed"), Some("negotiation"), Some("0.5")));
        app.advance(3600);
        let late = act(app, &cast.rep, id, "win", json!({"closed_on": "2026-11-24"})).problem(422, "invalid");
        assert_eq!(late.faults(), [("/closed_on", "date_too_late")]);
        let won = act(app, &cast.rep, id, "win", json!({"closed_on": "2026-11-23"})).expect(200);
        assert_eq!((won.body["status"].as_str(), won.body["closed_on"].as_str(), won.body["amount"].as_str(), won.body["probability"].as_str()), (Some("won"), Some("2026-11-23"), Some("9324.90"), Some("1")));
        let history = app.as_(&cast.rep).get(&format!("/api/v1/orders/{id}/history")).expect(200).body;
        let steps: Vec<_> = history["data"].as_array().unwrap().iter().map(|s| (s["action"].as_str().unwrap(), s["to_status"].as_str().unwrap(), s["seconds_in_status"].as_i64())).collect();
        assert_eq!(steps, [
            ("create", "draft", None), ("submit", "in_review", Some(60)), ("return", "returned", Some(120)), ("submit", "in_review", Some(0)), ("approve", "pending", Some(0)),
            ("move", "processed", Some(0)), ("win", "won", Some(3600)),
        ]);
        let conversion = app.as_(&cast.rep).get("/api/v1/analytics/conversion").expect(200).body;
        assert_eq!((&conversion["data"][0]["won"], &conversion["data"][0]["win_rate"]), (&json!(1), &json!(1)), "{conversion}");
    }

    fn winning_from_pending_processes_on_the_way_and_spreads_the_amount(app: &TestApp) {
        stock(app);
        let lines = json!([{"product": "MG", "quantity": 1, "unit_price": "10"}, {"product": "MG", "quantity": 1, "unit_price": "10"}, {"product": "MG", "quantity": 1, "unit_price": "10"}]);
        let id = imported(app, &app.cast.rep, "pending", json!({"lines": lines}));
        let lower = act(app, &app.cast.rep, &id, "win", json!({"amount": "29.99"})).problem(409, "review_required");
        assert!(lower.body["detail"].as_str().unwrap().contains("30.00"));
        assert_eq!(act(app, &app.cast.rep, &id, "win", json!({"amount": "100.001"})).problem(422, "invalid").faults(), [("/amount", "too_fine")]);
        let won = act(app, &app.cast.rep, &id, "win", json!({"amount": 100})).expect(200);
        let amounts: Vec<_> = won.body["lines"].as_array().unwrap().iter().map(|l| l["amount"].as_str().unwrap()).collect();
        assert_eq!((won.body["amount"].as_str(), amounts), (Some("100.00"), vec!["33.34", "33.33", "33.33"]));
        let history = app.as_(&app.cast.rep).get(&format!("/api/v1/orders/{id}/history")).body;
        let steps: Vec<_> = history["data"].as_array().unwrap().iter().map(|s| s["action"].as_str().unwrap()).collect();
        assert_eq!(steps, ["import", "process", "win"]);
    }

    fn closing_needs_its_reason_and_reopening_clears_it(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        let id = imported(app, &cast.rep, "pending", json!({}));
        assert_eq!(act(app, &cast.rep, &id, "lose", json!({})).problem(422, "invalid").faults(), [("/reason", "required")]);
        assert_eq!(act(app, &cast.rep, &id, "lose", json!({"reason": "prise"})).problem(422, "invalid").body["errors"][0]["suggestion"], "price");
        assert_eq!(act(app, &cast.rep, &id, "lose", json!({"reason": "other"})).problem(422, "invalid").faults(), [("/note", "note_required")]);
        let lost = act(app, &cast.rep, &id, "lose", json!({"reason": "competitor"})).expect(200);
        assert_eq!((lost.body["reason"].as_str(), lost.body["closed_on"].as_str(), lost.body["probability"].as_str()), (Some("competitor"), Some("2026-11-23"), Some("0")));
        let open = act(app, &cast.reviewer, &id, "reopen", Value::Null).expect(200);
        assert!(open.body["status"] == "pending" && ["reason", "closed_on", "closed_at"].iter().all(|field| open.body[field].is_null()));
        act(app, &cast.rep, &id, "win", json!({})).expect(200);
        assert_eq!(act(app, &cast.admin, &id, "reopen", json!({})).problem(422, "invalid").faults(), [("/note", "note_required")]);
        assert_eq!(act(app, &cast.admin, &id, "reopen", json!({"note": "not signed"})).expect(200).body["status"], "processed");
    }

    fn an_order_expires_after_its_validity_and_not_before(app: &TestApp) {
        stock(app);
        let id = imported(app, &app.cast.rep, "pending", json!({"valid_until": "2026-11-23"}));
        act(app, &app.cast.admin, &id, "expire", json!({})).problem(409, "not_due");
        app.advance(24 * 3600);
        act(app, &app.cast.admin, &id, "expire", json!({})).expect(200);
    }

    fn a_contact_processes_a_pending_order_once(app: &TestApp) {
        stock(app);
        let id = imported(app, &app.cast.rep, "pending", json!({}));
        let path = format!("/api/v1/orders/{id}/follow-ups");
        let rep = app.as_(&app.cast.rep);
        assert_eq!(rep.post(&path, json!({"at": "yesterday", "channel": "pigeon"})).problem(422, "invalid").faults(), [("/at", "not_a_time"), ("/channel", "not_one_of"), ("/content", "required")]);
        for hour in 1..4 {
            rep.post(&path, json!({"at": format!("2026-11-23T0{hour}:00:00+08:00"), "channel": "visit", "content": format!("{hour}"), "next_contact_at": "2026-12-01T02:00:00Z"})).expect(201);
            let order = rep.get(&format!("/api/v1/orders/{id}")).body;
            assert_eq!((order["status"].as_str(), order["version"].as_i64()), (Some("processed"), Some(2)));
        }
        let page = rep.get(&format!("{path}?limit=2&include_total=true")).expect(200);
        assert_eq!((page.body["data"][0]["content"].as_str(), page.body["page"]["total"].as_i64(), page.body["page"]["has_more"].as_bool()), (Some("3"), Some(3), Some(true)));
        let rest = rep.get(&format!("{path}?limit=2&cursor={}", page.body["page"]["next_cursor"].as_str().unwrap())).expect(200);
        assert_eq!(rest.body["data"][0]["content"], "1");
        app.as_(&app.cast.stranger).get(&path).problem(404, "not_found");
    }
}

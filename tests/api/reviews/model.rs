//! Review held against a model of it: whatever people do, in whatever order, exactly those decide whom the model lets decide, nobody who had a hand in the
//! order is among them, and as long as an order is in review somebody is.
use std::collections::BTreeSet;

use diesel::prelude::*;
use intent_orders::identity::Role;
use intent_orders::platform::db::schema::{sessions, users};
use intent_orders::platform::db::{AnyConnection, Id, UtcTime};
use intent_orders::platform::problem::Problem;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::{begun, eventually, policy, put_policies, review};
use crate::harness::{TestApp, User};
use crate::orders::{act, stock};

/// What somebody does; persons are numbered as in [`Stage::people`].
#[derive(Clone, Debug)]
enum Deed {
    Approve(usize),
    /// Two at once.
    Race(usize, usize),
    Return(usize),
    Resubmit,
    Claim(usize),
    Release(usize),
    Away(usize, Option<usize>),
    Back(usize),
    Leave(usize),
    Rejoin(usize),
    Transfer(usize),
    Wait,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let who = || 0..PEOPLE;
    let deed = prop_oneof![
        6 => who().prop_map(Deed::Approve),
        2 => (who(), who()).prop_map(|(a, b)| Deed::Race(a, b)),
        2 => who().prop_map(Deed::Return),
        4 => Just(Deed::Resubmit),
        2 => who().prop_map(Deed::Claim),
        1 => who().prop_map(Deed::Release),
        3 => (who(), prop::option::of(who())).prop_map(|(user, delegate)| Deed::Away(user, delegate)),
        1 => who().prop_map(Deed::Back),
        1 => who().prop_map(Deed::Leave),
        1 => who().prop_map(Deed::Rejoin),
        1 => who().prop_map(Deed::Transfer),
        1 => Just(Deed::Wait),
    ];
    prop::collection::vec(deed, 6..16)
}

/// How many may approve: two reviewers, a reviewer who leads the rep's team, and an administrator who acts for nobody else.
const PEOPLE: usize = 4;

/// One step as the model knows it.
#[derive(Clone, Debug)]
enum Rule {
    Persons(Vec<usize>),
    Administrators,
    Lead,
}

#[derive(Clone, Debug)]
struct Model {
    rules: Vec<Rule>,
    /// None where the order is not in review.
    step: Option<usize>,
    escalated: bool,
    holder: Option<usize>,
    owner: Option<usize>,
    active: [bool; PEOPLE],
    away: [bool; PEOPLE],
    delegate: [Option<usize>; PEOPLE],
}

const LEAD: usize = 2;
const ADMIN: usize = 3;

impl Model {
    fn able(&self, user: usize) -> bool {
        self.active[user] && self.owner != Some(user)
    }
    fn there(&self, user: usize) -> bool {
        self.able(user) && !self.away[user]
    }
    /// Whom the step reaches, claims left aside.
    fn reached(&self) -> BTreeSet<usize> {
        let everybody: BTreeSet<usize> = (0..PEOPLE).filter(|user| self.able(*user)).collect();
        let Some(step) = self.step else { return BTreeSet::new() };
        let lead_steps_in = self.owner.is_none() && self.there(LEAD);
        let mut reached: BTreeSet<usize> = match &self.rules[step] {
            Rule::Administrators => {
                let theirs = self.there(ADMIN) && !self.escalated;
                return if theirs { everybody.into_iter().filter(|user| *user == ADMIN).collect() } else { everybody };
            }
            Rule::Persons(persons) => persons.iter().copied().collect(),
            // An order that somebody without a team owns has no lead.
            Rule::Lead => [LEAD].into_iter().filter(|_| self.owner.is_none()).collect(),
        };
        for _ in 0..PEOPLE {
            // Who has left stands for nobody, and nobody stands in for them.
            let more: Vec<usize> = reached.iter().filter(|user| self.active[**user] && self.away[**user]).filter_map(|user| self.delegate[*user]).collect();
            reached.extend(more);
        }
        reached.retain(|user| self.able(*user));
        if self.escalated && (!lead_steps_in || !reached.insert(LEAD)) {
            return everybody;
        }
        if !reached.iter().any(|user| self.there(*user)) {
            if !lead_steps_in {
                return everybody;
            }
            reached.insert(LEAD);
        }
        reached
    }
    fn may(&self, user: usize) -> bool {
        self.active[user] && self.reached().contains(&user) && self.holder.is_none_or(|holder| holder == user)
    }
    fn approved(&mut self) {
        self.step = self.step.map(|step| step + 1).filter(|step| *step < self.rules.len());
        (self.escalated, self.holder) = (false, None);
    }
    fn begin(&mut self) {
        (self.step, self.escalated, self.holder) = (Some(0), false, None);
    }
    fn end(&mut self) {
        (self.step, self.escalated, self.holder) = (None, false, None);
    }
}

/// The people of a run and the order they work on.
struct Stage<'a> {
    app: &'a TestApp,
    people: [User; PEOPLE],
    order: String,
    rep: User,
}

impl Stage<'_> {
    fn rules(&self, kind: usize) -> (Vec<Rule>, Value) {
        let id = |n: usize| self.people[n].id;
        let due = |mut step: Value| {
            step["due_hours"] = json!(1);
            step["escalate"] = json!(true);
            step
        };
        match kind {
            0 => (vec![Rule::Persons(vec![0])], json!([due(json!({"by": "users", "users": [id(0)]}))])),
            1 => (
                vec![Rule::Persons(vec![0, 1]), Rule::Administrators],
                json!([due(json!({"by": "users", "users": [id(0), id(1)]})), {"by": "role", "role": "admin"}]),
            ),
            2 => (vec![Rule::Lead, Rule::Persons(vec![1])], json!([{"by": "team_lead"}, due(json!({"by": "users", "users": [id(1)]}))])),
            _ => (vec![Rule::Administrators, Rule::Persons(vec![0])], json!([due(json!({"by": "role", "role": "admin"})), {"by": "users", "users": [id(0)]}])),
        }
    }
    fn decide(&self, user: usize, action: &str) -> u16 {
        let remarks = json!({"remarks": [{"pointer": "/title", "message": "x"}]});
        act(self.app, &self.people[user], &self.order, action, if action == "return" { remarks } else { Value::Null }).status
    }
    /// What the program says of each who is active.
    fn told(&self, model: &Model) -> Vec<(usize, bool)> {
        let path = format!("/api/v1/orders/{}/actions", self.order);
        let allowed = |user: usize| {
            let actions = self.app.as_(&self.people[user]).get(&path).expect(200).body;
            actions["data"].as_array().unwrap().iter().any(|a| a["action"] == "approve" && a["allowed"] == true)
        };
        (0..PEOPLE).filter(|user| model.active[*user]).map(|user| (user, allowed(user))).collect()
    }

    fn perform(&self, model: &mut Model, deed: &Deed) {
        let (app, admin) = (self.app, self.app.as_(&self.app.cast.admin));
        match *deed {
            Deed::Approve(user) if model.active[user] => {
                assert_eq!(self.decide(user, "approve") == 200, model.may(user), "{deed:?} {model:?}");
                if model.may(user) {
                    model.approved();
                }
            }
            Deed::Race(a, b) if a != b && model.active[a] && model.active[b] => {
                let (first, second) = std::thread::scope(|scope| {
                    let first = scope.spawn(|| self.decide(a, "approve"));
                    (self.decide(b, "approve"), first.join().unwrap())
                });
                // Whoever came first, each that was taken was the model's to take in one of the two orders.
                let orders = [[(a, second), (b, first)], [(b, first), (a, second)]];
                let fits = |order: &[(usize, u16); 2]| {
                    let mut model = model.clone();
                    let fits = order.iter().all(|(user, status)| {
                        let may = model.may(*user);
                        if may && *status == 200 {
                            model.approved();
                        }
                        // Who is overtaken between reading and writing is told so, whatever may come next.
                        (*status == 200) == may || may && *status == 412 || !may && *status != 200
                    });
                    fits.then_some(model)
                };
                *model = orders.iter().find_map(fits).unwrap_or_else(|| panic!("{deed:?} {first} {second} {model:?}"));
            }
            Deed::Return(user) if model.active[user] => {
                assert_eq!(self.decide(user, "return") == 200, model.may(user), "{deed:?} {model:?}");
                if model.may(user) {
                    model.end();
                }
            }
            Deed::Resubmit => {
                let body = admin.get(&format!("/api/v1/orders/{}", self.order)).expect(200).body;
                if ["draft", "returned"].contains(&body["status"].as_str().unwrap()) {
                    let owner = model.owner.map_or(&self.rep, |owner| &self.people[owner]);
                    // A reviewer who owns it has no right to submit; then it stays where it is.
                    let submitted = act(app, owner, &self.order, "submit", Value::Null).status;
                    if submitted == 200 {
                        model.begin();
                    }
                }
            }
            Deed::Claim(user) if model.active[user] => {
                let claimed = app.as_(&self.people[user]).post(&format!("/api/v1/orders/{}/claim", self.order), json!({})).status;
                assert_eq!(claimed == 200, model.may(user), "{deed:?} {model:?}");
                if model.may(user) {
                    model.holder = Some(user);
                }
            }
            Deed::Release(user) if model.active[user] => {
                let released = app.as_(&self.people[user]).post(&format!("/api/v1/orders/{}/release", self.order), json!({})).status;
                assert_eq!(released == 200, model.may(user), "{deed:?} {model:?}");
                if model.may(user) {
                    model.holder = None;
                }
            }
            Deed::Away(user, delegate) => {
                let delegate = delegate.filter(|delegate| *delegate != user && model.active[*delegate]);
                let body = json!({"from": "2026-11-01", "until": "2027-12-31", "delegate_id": delegate.map(|n| self.people[n].id)});
                admin.put(&format!("/api/v1/users/{}/absence", self.people[user].id), body, None).expect(200);
                (model.away[user], model.delegate[user]) = (true, delegate);
            }
            Deed::Back(user) => {
                admin.put(&format!("/api/v1/users/{}/absence", self.people[user].id), json!({}), None).expect(200);
                (model.away[user], model.delegate[user]) = (false, None);
            }
            // Somebody always stays who can be asked; an owner hands the order over first, and who leads a team would lead it no longer.
            Deed::Leave(user)
                if ![ADMIN, LEAD].contains(&user)
                    && model.owner != Some(user)
                    && model.active[user]
                    && (0..PEOPLE).any(|other| other != user && model.able(other)) =>
            {
                admin.action(&format!("/api/v1/users/{}/deactivate", self.people[user].id), Value::Null, "*").expect(200);
                model.active[user] = false;
            }
            Deed::Rejoin(user) if !model.active[user] => {
                admin.action(&format!("/api/v1/users/{}/activate", self.people[user].id), Value::Null, "*").expect(200);
                let id = self.people[user].id;
                app.state.db.write_here(move |tx| log_in_again(tx, id)).unwrap();
                model.active[user] = true;
            }
            // Only one who may do so from the beginning: the administrator takes the order, or gives it to a reviewer.
            Deed::Transfer(user) if model.step.is_some() && model.active[user] && user != LEAD && model.owner.is_none() => {
                let others = (0..PEOPLE).any(|other| other != user && model.able(other));
                let handed = act(app, &app.cast.admin, &self.order, "transfer", json!({"owner_id": self.people[user].id})).status;
                assert_eq!(handed == 200, others, "{deed:?} {model:?}");
                if others {
                    model.owner = Some(user);
                }
            }
            Deed::Wait => {
                // Past every due moment, every claim and a minute of the program's own.
                app.advance(24 * 3600);
                model.holder = None;
                if model.step.is_some() {
                    let overdue = |steps: &Value| {
                        steps
                            .as_array()
                            .unwrap()
                            .iter()
                            .any(|s| s["decision"].is_null() && s["started_at"].is_string() && s["due_at"].is_string() && s["escalated_at"].is_null())
                    };
                    let steps = || review(app, &self.order)["rounds"].as_array().unwrap().last().unwrap()["steps"].clone();
                    let due = steps().as_array().unwrap().iter().any(|s| s["decision"].is_null() && s["due_at"].is_string());
                    // A due moment lies within two days, weekends aside.
                    for _ in 0..3 {
                        app.advance(24 * 3600);
                    }
                    if due {
                        eventually(|| !overdue(&steps()));
                        model.escalated = true;
                    }
                }
            }
            _ => {}
        }
    }
}

fn hold(app: &TestApp) {
    let customer = stock(app);
    let mut runner = TestRunner::new(Config { cases: 8, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let counter = std::cell::Cell::new(0);
    // Nobody but the people of a run may approve, and the one administrator who runs the rest.
    for user in [&app.cast.reviewer, &app.cast.second_reviewer, &app.cast.reviewing_lead] {
        app.as_(&app.cast.admin).action(&format!("/api/v1/users/{}/deactivate", user.id), Value::Null, "*").expect(200);
    }
    let run = |(kind, deeds): (usize, Vec<Deed>)| {
        let n = counter.replace(counter.get() + 1);
        let people = [0, 1, LEAD].map(|i| app.user(&format!("person.{n}.{i}"), Role::Reviewer, None));
        let [zero, one, lead] = people;
        let stage = Stage { app, people: [zero, one, lead, app.cast.admin.clone()], order: String::new(), rep: app.cast.rep.clone() };
        app.as_(&app.cast.admin).patch(&format!("/api/v1/teams/{}", app.cast.team_a), json!({"lead_id": stage.people[LEAD].id}), "*").expect(200);
        app.as_(&app.cast.admin).patch(&format!("/api/v1/teams/{}", app.cast.team_b), json!({"lead_id": stage.people[LEAD].id}), "*").expect(200);
        app.as_(&app.cast.admin).put(&format!("/api/v1/users/{}/absence", app.cast.admin.id), json!({}), None).expect(200);
        let (rules, steps) = stage.rules(kind);
        put_policies(app, json!([policy("model", Value::Null, steps)])).expect(200);
        let stage = Stage { order: begun(app, &customer), ..stage };
        let mut model = Model {
            rules,
            step: Some(0),
            escalated: false,
            holder: None,
            owner: None,
            active: [true; PEOPLE],
            away: [false; PEOPLE],
            delegate: [None; PEOPLE],
        };
        for deed in &deeds {
            stage.perform(&mut model, deed);
            let told = stage.told(&model);
            let expected: Vec<_> = told.iter().map(|(user, _)| (*user, model.may(*user))).collect();
            assert_eq!(told, expected, "after {deed:?} of {deeds:?}: {model:?}");
            // A claim of one who has left holds for a while yet; without it somebody can act.
            assert!(model.step.is_none() || !model.reached().is_empty(), "nobody can act: {model:?}");
        }
        // Those of a run are not there in the next, nor is what they left undone.
        for user in &stage.people[..ADMIN] {
            app.state
                .db
                .write_here({
                    let id = user.id;
                    move |tx| deactivate(tx, id)
                })
                .unwrap();
        }
        Ok::<_, TestCaseError>(())
    };
    runner.run(&(0..4_usize, deeds()), run).unwrap();
}

/// The session ended when the user left.
fn log_in_again(tx: &mut AnyConnection, id: Id) -> Result<(), Problem> {
    diesel::update(sessions::table.filter(sessions::user_id.eq(id))).set(sessions::ended_at.eq(None::<UtcTime>)).execute(tx)?;
    Ok(())
}

fn deactivate(tx: &mut AnyConnection, id: Id) -> Result<(), Problem> {
    diesel::update(users::table.find(id)).set(users::active.eq(false)).execute(tx)?;
    Ok(())
}

both! {
    fn whatever_people_do_the_right_ones_decide(app: &TestApp) {
        hold(app);
    }
}

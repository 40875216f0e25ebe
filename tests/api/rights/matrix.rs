//! Every operation, asked by everybody: one table to look at. What follows from the matrix of rights and from the token alone is held besides, so that a
//! table recorded anew cannot hide it.
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use diesel::prelude::*;
use intent_orders::identity::{Permission, Role, rights};
use intent_orders::platform::db::schema::users;
use serde_json::json;

use crate::conventions::table::{self, By, Op, Resource};
use crate::conventions::world::{World, document};
use crate::harness::{Answer, Client, TestApp, User};

/// Who asks. Orders and customers in the table are the rep's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Anonymous,
    Expired,
    Deactivated,
    KeyWithout,
    KeyWith,
    Own,
    Mate,
    Lead,
    Stranger,
    Reviewer,
    OtherLead,
    Admin,
}

const EVERYBODY: &[Who] = &[
    Who::Anonymous,
    Who::Expired,
    Who::Deactivated,
    Who::KeyWithout,
    Who::KeyWith,
    Who::Own,
    Who::Mate,
    Who::Lead,
    Who::Stranger,
    Who::Reviewer,
    Who::OtherLead,
    Who::Admin,
];

impl Who {
    /// The user of the cast that asks with a token of their own.
    fn user(self, w: &World<'_>) -> Option<User> {
        let cast = w.app.cast;
        let user = match self {
            Self::Own => &cast.rep,
            Self::Mate => &cast.mate,
            Self::Lead => &cast.lead,
            Self::Stranger => &cast.stranger,
            Self::Reviewer => &cast.reviewer,
            Self::OtherLead => &cast.reviewing_lead,
            Self::Admin => &cast.admin,
            Self::Anonymous | Self::Expired | Self::Deactivated | Self::KeyWithout | Self::KeyWith => return None,
        };
        Some(user.clone())
    }
}

/// The world and what some callers come with.
struct Callers<'a> {
    world: World<'a>,
    expired: String,
    gone: User,
    keys: RefCell<HashMap<(String, &'static str), String>>,
}

impl<'a> Callers<'a> {
    fn new(app: &'a TestApp) -> Self {
        let expired = app.token(&app.cast.admin);
        app.advance(15 * 60 + 30);
        let gone = app.user("gone", Role::Admin, None);
        let id = gone.id;
        let leave = move |tx: &mut _| Ok(diesel::update(users::table.find(id)).set(users::active.eq(false)).execute(tx)?);
        app.state.db.write_here(leave).unwrap();
        Self { world: World::new(app), expired, gone, keys: RefCell::default() }
    }

    /// A key of a user with one scope.
    fn key(&self, by: By, scope: Permission) -> Client<'_> {
        let user = by(self.world.app.cast);
        let make = || {
            // What enters by another system's reference may meet a record that is there, and then edits it.
            let and = match scope {
                Permission::OrdersCreate => Permission::OrdersEdit,
                Permission::CustomersCreate => Permission::CustomersEdit,
                scope => scope,
            };
            let body = json!({"name": "Matrix", "scopes": [scope.as_str(), and.as_str()]});
            self.world.app.as_(user).post("/api/v1/api-keys", body).expect(201).body["key"].as_str().unwrap().to_owned()
        };
        let key = self.keys.borrow_mut().entry((user.name.clone(), scope.as_str())).or_insert_with(make).clone();
        self.world.app.with_token(&key)
    }

    /// Somebody as a client; none where there is no such caller of this operation.
    fn client(&self, who: Who, op: &Op, permission: Option<Permission>) -> Option<Client<'_>> {
        let app = self.world.app;
        Some(match who {
            Who::Anonymous => app.nobody(),
            Who::Expired => app.with_token(&self.expired),
            Who::Deactivated => app.as_(&self.gone),
            Who::KeyWithout => {
                let other = if permission == Some(Permission::TeamsRead) { Permission::UsersRead } else { Permission::TeamsRead };
                self.key(op.by, other)
            }
            // Of credentials no scope speaks.
            Who::KeyWith => self.key(op.by, permission.filter(|p| !matches!(p, Permission::ApiKeysRead | Permission::ApiKeysEdit))?),
            who => app.as_(&who.user(&self.world)?),
        })
    }
}

fn shown(answer: &Answer) -> String {
    if answer.status < 400 { answer.status.to_string() } else { format!("{} {}", answer.status, answer.body["code"].as_str().unwrap_or_default()) }
}

/// What the token and the role decide alone; none where the record has a say.
fn decided(who: Who, op: &Op, permission: Option<Permission>, w: &World<'_>) -> Option<String> {
    if op.public {
        return Some(op.done.to_string()).filter(|_| op.method == "GET");
    }
    let key_reads = op.method == "GET" && permission.is_none();
    match who {
        Who::Anonymous => Some("401 missing_token".into()),
        Who::Expired | Who::Deactivated => Some("401 invalid_token".into()),
        Who::KeyWithout if key_reads => Some("200".into()),
        Who::KeyWithout => Some("403 scope".into()),
        Who::KeyWith => Some(op.done.to_string()),
        who => {
            let (user, permission) = (who.user(w)?, permission?);
            let leads = matches!(who, Who::Lead | Who::OtherLead);
            (!rights::holds(user.role, leads, permission)).then(|| "403 role".to_owned())
        }
    }
}

/// Whether what is at an address is an order that a stranger must not know of.
fn of_one_order(resource: &Resource) -> bool {
    resource.path.starts_with("/api/v1/orders/{id}")
}

/// One row of the table, and what is wrong with it.
fn row(callers: &Callers<'_>, resource: &Resource, op: &Op, faults: &mut Vec<String>) -> String {
    let w = &callers.world;
    let described = &document()["paths"][resource.path][op.method.to_lowercase()];
    let permission = Permission::parse(described["x-permission"].as_str().unwrap_or_default());
    let mut row = format!("{} {}\n   ", op.method, resource.path);
    let mut done = false;
    for who in EVERYBODY {
        let Some(client) = callers.client(*who, op, permission) else { continue };
        let target = resource.target(w, op);
        let answer = w.send(&client, op, &target.path, if op.method == "GET" { "" } else { &target.etag }, op.body.map(|body| body(w)).as_ref());
        w.settle(&answer);
        // Whether a job has ended by then is a matter of moments, not of rights.
        let got = if answer.body["code"] == "job_ended" { op.done.to_string() } else { shown(&answer) };
        done |= got == op.done.to_string();
        if let Some(expected) = decided(*who, op, permission, w).filter(|expected| *expected != got) {
            faults.push(format!("{} {} by {who:?}: {got}, expected {expected}", op.method, resource.path));
        }
        let may_at_all = decided(*who, op, permission, w).is_none();
        if *who == Who::Stranger && of_one_order(resource) && may_at_all && answer.status != 404 {
            faults.push(format!("{} {}: a stranger learns of an order: {got}", op.method, resource.path));
        }
        if got.ends_with("role") && may_at_all {
            faults.push(format!("{} {} by {who:?}: the role is refused although it holds {permission:?}", op.method, resource.path));
        }
        let _ = write!(row, " {who:?}={}", got.replace(' ', "-"));
    }
    if !done {
        faults.push(format!("{} {}: nobody may", op.method, resource.path));
    }
    row + "\n"
}

both! {
    fn every_operation_asked_by_everybody(app: &TestApp) {
        let callers = Callers::new(app);
        let (mut table, mut faults) = (String::new(), Vec::new());
        let (last, first): (Vec<_>, Vec<_>) = table::all().into_iter().partition(|r| r.path == "/api/v1/auth/logout-all");
        // What ends the sessions of its caller comes last.
        for resource in first.iter().chain(&last) {
            for op in &resource.ops {
                table += &row(&callers, resource, op, &mut faults);
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        insta::assert_snapshot!("every_operation_asked_by_everybody", table);
    }
}

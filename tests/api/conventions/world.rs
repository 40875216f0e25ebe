//! What the proofs act on: a stocked database, ways to make a record of each sort, and one way to send any operation.
use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Duration;

use diesel::prelude::*;
use intent_orders::app;
use intent_orders::identity::Role;
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::schema::{events, idempotency_keys, users};
use intent_orders::platform::web::write::KEPT_SECONDS;
use serde_json::{Value, json};

use super::table::{Op, Resource};
use crate::harness::{Answer, Client, TestApp, User, password_hash};
use crate::orders;

/// The document as the code tells it.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| app::document("https://orders.example.com"));
    &DOCUMENT
}

/// An address to act at, and the tag of the record that is there; empty where it has none.
pub struct Target {
    pub path: String,
    pub etag: String,
}

/// A stocked database.
pub struct World<'a> {
    pub app: &'a TestApp,
    /// The customer of all orders.
    pub customer: String,
    /// Another administrator: may all, and is somebody else.
    pub other: User,
    /// How many lines orders have from now on, where it matters.
    pub lines: Cell<Option<usize>>,
    count: Cell<u32>,
}

impl<'a> World<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        let (admin, hash) = (app.cast.admin.id, password_hash());
        let set = move |tx: &mut _| Ok(diesel::update(users::table.find(admin)).set(users::password_hash.eq(&hash)).execute(tx)?);
        app.state.db.write_here(set).unwrap();
        Self { app, customer: orders::stock(app), other: app.user("second.admin", Role::Admin, None), lines: Cell::new(None), count: Cell::new(0) }
    }
    /// Another number at each call, for what must be unique.
    pub fn next(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }
    pub fn admin(&self) -> Client<'_> {
        self.app.as_(&self.app.cast.admin)
    }
    pub fn rep(&self) -> Client<'_> {
        self.app.as_(&self.app.cast.rep)
    }
    /// Who performs an operation.
    pub fn by(&self, op: &Op) -> Client<'_> {
        self.app.as_((op.by)(self.app.cast))
    }

    /// Performs an operation with a tag (none where it is empty) and a body.
    pub fn send(&self, client: &Client<'_>, op: &Op, path: &str, etag: &str, body: Option<&Value>) -> Answer {
        let bytes = match body {
            Some(Value::String(form)) => form.clone().into_bytes(),
            Some(body) => body.to_string().into_bytes(),
            None => Vec::new(),
        };
        self.send_bytes(client, op, path, etag, if bytes.is_empty() { "" } else { op.media_type }, bytes)
    }
    pub fn send_bytes(&self, client: &Client<'_>, op: &Op, path: &str, etag: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Answer {
        let client = if etag.is_empty() { client.clone() } else { client.with("if-match", etag) };
        client.raw(op.method, path, media_type, bytes)
    }

    /// A record as it is: its address and its tag.
    pub fn read(&self, path: String) -> Target {
        let etag = self.admin().get(&format!("{path}{}", archived(&path))).expect(200).header("etag").to_owned();
        Target { path, etag }
    }
    /// The same, to act on at an address below it.
    pub fn below(&self, path: String, rest: &str) -> Target {
        let Target { path, etag } = self.read(path);
        Target { path: format!("{path}{rest}"), etag }
    }
    /// Enters a record, and answers its address.
    pub fn enter(&self, client: &Client<'_>, collection: &str, body: Value) -> String {
        let entered = client.post(collection, body).expect(201);
        format!("{collection}/{}", entered.id())
    }
    /// An order of the rep in a status.
    pub fn order(&self, status: &str) -> String {
        let mut more = match status {
            "lost" => json!({"reason": "price", "closed_on": "2026-04-01"}),
            _ => json!({}),
        };
        if let Some(lines) = self.lines.get() {
            more["lines"] = Value::Array(vec![json!({"product": "GTX Pro", "quantity": 1, "unit_price": 100}); lines]);
        }
        format!("/api/v1/orders/{}", orders::imported(self.app, &self.app.cast.rep, status, more))
    }
    pub fn user(&self) -> String {
        let user = self.app.user(&format!("user.{}", self.next()), Role::Rep, None);
        format!("/api/v1/users/{}", user.id)
    }

    /// Waits until what was taken on is done; what is done at once is not waited for.
    pub fn settle(&self, taken: &Answer) {
        let job = taken.header("location");
        while taken.status == 202 && ["queued", "running"].contains(&self.admin().get(job).expect(200).body["state"].as_str().unwrap_or_default()) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    /// How many events and stored answers there are; answers that are too old to be given may be cleared away at any time, and do not count.
    pub fn stored(&self) -> (i64, i64) {
        let oldest = self.app.state.clock.now().plus_seconds(-KEPT_SECONDS);
        let count = move |c: &mut _| {
            let living = idempotency_keys::table.filter(idempotency_keys::created_at.gt(oldest));
            Ok((events::table.count().get_result(c)?, living.count().get_result(c)?))
        };
        self.app.state.db.read_here(count).unwrap()
    }
    /// What a write at an address could change, as it is read: the record, or the list that it would be in.
    pub fn seen(&self, path: &str) -> String {
        // Products are what is imported.
        let path = if path == "/api/v1/imports" { "/api/v1/products" } else { path };
        let pieces: Vec<&str> = path.split('/').take(5).collect();
        let is_record = pieces.get(4).is_some_and(|id| id.len() == 36);
        let is_single = ["/api/v1/settings", "/api/v1/standards", "/api/v1/targets"].iter().any(|room| path.starts_with(room));
        // A target is read where it is set.
        let address = if path.starts_with("/api/v1/targets") {
            path.to_owned()
        } else if is_record || is_single {
            pieces.join("/")
        } else {
            pieces[..4].join("/")
        };
        let query = if address.ends_with("/me") || is_single { String::new() } else { archived(&address) };
        self.admin().get(&format!("{address}{query}")).expect(200).text
    }
}

/// Asks for what is archived, too, where an address knows of it.
fn archived(path: &str) -> String {
    let pattern = pattern(path);
    let knows = document()["paths"][&pattern]["get"]["parameters"].as_array().is_some_and(|all| all.iter().any(|p| p["name"] == "include_archived"));
    if knows { "?include_archived=true".into() } else { String::new() }
}

/// Whether the document says that an operation takes a body.
pub fn takes_body(resource: &Resource, op: &Op) -> bool {
    document()["paths"][resource.path][op.method.to_lowercase()].get("requestBody").is_some()
}

/// The path of the document that an address of a record or a list belongs to.
fn pattern(path: &str) -> String {
    let mut pieces: Vec<&str> = path.split('/').collect();
    if pieces.get(4).is_some_and(|id| id.len() == 36) {
        pieces[4] = "{id}";
    }
    pieces.join("/")
}

/// An address of a resource at which there is nothing: with ids that are nobody's, or with what is no id at all.
pub fn nowhere(resource: &Resource, malformed: bool) -> String {
    let mut path = resource.path.to_owned();
    for name in ["{id}", "{contact_id}", "{remark_id}", "{code}", "{entity}", "{version}"] {
        let id = if malformed { "nonsense".to_owned() } else { new_id().to_string() };
        path = path.replace(name, &id);
    }
    path.replace("{system}", "shop")
}

impl World<'_> {
    /// Somebody with a password.
    pub fn somebody(&self) -> User {
        self.app.user_with_password(&format!("somebody.{}", self.next()), Role::Rep, true)
    }
    /// The refresh token of a new session.
    pub fn refresh_token(&self) -> String {
        let body = json!({"email": self.somebody().email(), "password": crate::harness::PASSWORD});
        let session = self.app.nobody().post("/api/v1/auth/login", body).expect(200);
        session.body["refresh_token"].as_str().unwrap_or_default().to_owned()
    }
}

//! The table: each path of the document, what it is, and what the proofs need to know of it.
mod customers;
mod orders;
mod others;
mod people;
mod products;
mod settings;
mod standards;

use serde_json::Value;

use super::proof::{Kind, Proof};
use super::world::{Target, World};
use crate::harness::{Cast, User};

/// Somebody of the cast.
pub type By = fn(&Cast) -> &User;
/// What is wrong with a body: places and codes, in order.
pub type Faults = &'static [(&'static str, &'static str)];

/// A body with a number in what must be unique.
pub type Numbered = fn(&World<'_>, u32) -> Value;

/// A path of the document.
pub struct Resource {
    pub path: &'static str,
    pub kind: Kind,
    pub ops: Vec<Op>,
    /// Of a list: how it is walked.
    pub list: Option<List>,
    /// Of a record that can be archived: the list that it is in, and a body with a unique value, the same at each call with one number.
    pub unique: Option<(&'static str, Numbered)>,
}

/// How a list is walked and asked.
pub struct List {
    /// Puts at least five rows in and answers its address.
    pub fill: fn(&World<'_>) -> String,
    /// Where a row's id stands in it.
    pub id: &'static str,
    /// Each filter that the document names, with a question that can be answered and one that cannot.
    pub filters: &'static [(&'static str, &'static str, &'static str)],
    /// A condition in JSON.
    pub condition: &'static str,
    /// The text column in which one row that `fill` put in begins with `=` or `-`.
    pub formula: &'static str,
}

/// One operation on it.
pub struct Op {
    pub method: &'static str,
    pub public: bool,
    /// Who may.
    pub by: By,
    /// Whose role never may.
    pub refused: Option<By>,
    /// Makes something to act on.
    pub at: fn(&World<'_>) -> Option<Target>,
    /// A sound body; another at each call where something in it must be unique. A form is a text.
    pub body: Option<fn(&World<'_>) -> Value>,
    pub media_type: &'static str,
    /// A body with faults, and all of them.
    pub wrong: Option<(fn() -> Value, Faults)>,
    /// The status of an answer when all is well.
    pub done: u16,
    /// Whether a second time answers the same and does nothing, whatever the version.
    pub repeats: bool,
    /// What it owes by its kind and cannot prove, each with the reason.
    pub except: Vec<(Proof, &'static str)>,
}

impl Resource {
    pub fn new(path: &'static str, kind: Kind, ops: Vec<Op>) -> Self {
        Self { path, kind, ops, list: None, unique: None }
    }
    pub fn listed(mut self, list: List) -> Self {
        self.list = Some(list);
        self
    }
    pub fn unique(mut self, collection: &'static str, body: Numbered) -> Self {
        self.unique = Some((collection, body));
        self
    }
    /// Something to act on: what the operation makes, else the path itself.
    pub fn target(&self, world: &World<'_>, op: &Op) -> Target {
        if let Some(target) = (op.at)(world) {
            return target;
        }
        assert!(!self.path.contains('{'), "{} {} says not what it acts on", op.method, self.path);
        if op.method != "GET" && self.kind == Kind::Singleton {
            return world.read(self.path.to_owned());
        }
        Target { path: self.path.to_owned(), etag: String::new() }
    }
}

impl Op {
    fn new(method: &'static str, done: u16) -> Self {
        Self {
            method,
            public: false,
            by: |cast| &cast.admin,
            refused: None,
            at: |_| None,
            body: None,
            media_type: "application/json",
            wrong: None,
            done,
            repeats: false,
            except: Vec::new(),
        }
    }
    pub fn get() -> Self {
        Self::new("GET", 200)
    }
    pub fn delete() -> Self {
        Self::new("DELETE", 204)
    }
    pub fn patch(body: fn(&World<'_>) -> Value) -> Self {
        Self { body: Some(body), media_type: "application/merge-patch+json", ..Self::new("PATCH", 200) }
    }
    pub fn put(body: fn(&World<'_>) -> Value) -> Self {
        Self { body: Some(body), ..Self::new("PUT", 200) }
    }
    /// An action.
    pub fn act(body: fn(&World<'_>) -> Value) -> Self {
        Self { body: Some(body), ..Self::new("POST", 200) }
    }
    /// A create.
    pub fn create(body: fn(&World<'_>) -> Value) -> Self {
        Self { body: Some(body), ..Self::new("POST", 201) }
    }

    /// Whoever asks.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }
    pub fn by(mut self, by: By) -> Self {
        self.by = by;
        self
    }
    pub fn refused(mut self, refused: By) -> Self {
        self.refused = Some(refused);
        self
    }
    /// Every role may: there is nobody to refuse.
    pub fn everybody(self) -> Self {
        self.except(Proof::Role, "every role has this permission")
    }
    pub fn at(mut self, at: fn(&World<'_>) -> Option<Target>) -> Self {
        self.at = at;
        self
    }
    pub fn wrong(mut self, body: fn() -> Value, faults: Faults) -> Self {
        self.wrong = Some((body, faults));
        self
    }
    pub fn done(mut self, status: u16) -> Self {
        self.done = status;
        self
    }
    pub fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }
    pub fn except(mut self, proof: Proof, reason: &'static str) -> Self {
        self.except.push((proof, reason));
        self
    }
    /// Several for one reason.
    pub fn except_all(mut self, proofs: &[Proof], reason: &'static str) -> Self {
        self.except.extend(proofs.iter().map(|proof| (*proof, reason)));
        self
    }
    /// Why it does not owe a proof.
    pub fn excepted(&self, proof: Proof) -> Option<&'static str> {
        self.except.iter().find(|(excepted, _)| *excepted == proof).map(|(_, reason)| *reason)
    }
}

/// The events of one record: a list that has no filters of its own.
fn trail(path: &'static str, fill: fn(&World<'_>) -> String, at: fn(&World<'_>) -> Option<Target>) -> Resource {
    let read = Op::get().at(at).everybody().except(Proof::Filters, "a trail is one record's and has no filters");
    Resource::new(path, Kind::Collection, vec![read]).listed(List { fill, id: "/id", filters: &[], condition: "", formula: "request_id" })
}

/// All resources.
pub fn all() -> Vec<Resource> {
    let rooms = [
        orders::resources(),
        customers::resources(),
        products::resources(),
        people::resources(),
        settings::resources(),
        standards::resources(),
        others::resources(),
    ];
    rooms.into_iter().flatten().collect()
}

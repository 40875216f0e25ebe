//! The conventions of the wire, held against every resource of the document. `table` states what each is and its particulars, `proof` what a kind owes,
//! `proofs` how each is proved. What the document has and the table has not, or the other way round, fails by name; so does a resource that lacks a proof.
mod batches;
mod every_address;
mod examples;
pub mod proof;
mod proofs;
mod references;
mod secrets;
pub mod table;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use intent_orders::identity::{Permission, Role, rights};
use serde_json::Value;

use crate::harness::TestApp;
use proof::{Kind, Proof};
use table::Resource;
use world::{World, document};

/// What is proved together, in one test each.
const GROUPS: &[&[Proof]] = &[ACCESS, ADDRESSES, BODIES, VERSIONS, REHEARSALS, REPLAYS, RECORDS, LISTS, FILES];
const ACCESS: &[Proof] = &[Proof::Unauthenticated, Proof::Role];
const ADDRESSES: &[Proof] = &[Proof::Method, Proof::UnknownParameter, Proof::NotAcceptable, Proof::NotFound];
const BODIES: &[Proof] = &[Proof::MediaType, Proof::TooLarge, Proof::Malformed, Proof::UnknownField, Proof::Faults];
const VERSIONS: &[Proof] = &[Proof::IfMatch, Proof::Stale];
const REHEARSALS: &[Proof] = &[Proof::DryRun];
const REPLAYS: &[Proof] = &[Proof::Replay, Proof::KeyReused];
const RECORDS: &[Proof] = &[Proof::NotModified, Proof::ReadBack, Proof::Archive, Proof::Restore];
const LISTS: &[Proof] = &[Proof::Walk, Proof::Cursor, Proof::Filters];
const FILES: &[Proof] = &[Proof::Files, Proof::Formula];

/// Proves for every operation what its kind owes, and tells of all that fail at once. An exception states why, and is counted apart.
fn prove(app: &TestApp, group: &[Proof]) {
    let world = World::new(app);
    let (mut failed, mut proved) = (Vec::new(), BTreeMap::<Kind, usize>::new());
    let resources = table::all();
    for (resource, op) in resources.iter().flat_map(|r| r.ops.iter().map(move |op| (r, op))) {
        for proof in proof::owed(resource, op).into_iter().filter(|proof| group.contains(proof) && op.excepted(*proof).is_none()) {
            let attempt = catch_unwind(AssertUnwindSafe(|| proofs::of(proof)(&world, resource, op)));
            match attempt {
                Ok(()) => *proved.entry(resource.kind).or_default() += 1,
                Err(_) => failed.push(format!("{} {}: {proof:?}", op.method, resource.path)),
            }
        }
    }
    assert!(failed.is_empty(), "{proved:?} proved, not so:\n{}", failed.join("\n"));
    let owed =
        |r: &Resource| r.ops.iter().map(|op| proof::owed(r, op).iter().filter(|p| group.contains(p) && op.excepted(**p).is_none()).count()).sum::<usize>();
    let mut expected = BTreeMap::<Kind, usize>::new();
    resources.iter().filter(|r| owed(r) > 0).for_each(|r| *expected.entry(r.kind).or_default() += owed(r));
    assert_eq!(proved, expected);
}

both! {
    fn who_may_not_is_refused_before_anything_is_looked_at(app: &TestApp) {
        prove(app, ACCESS);
    }
    fn an_address_says_what_it_answers_to(app: &TestApp) {
        prove(app, ADDRESSES);
    }
    fn a_body_is_refused_for_its_form_and_with_all_its_faults(app: &TestApp) {
        prove(app, BODIES);
    }
    fn nobody_overwrites_what_they_have_not_seen(app: &TestApp) {
        prove(app, VERSIONS);
    }
    fn a_rehearsal_stores_nothing(app: &TestApp) {
        prove(app, REHEARSALS);
    }
    fn a_request_with_a_key_acts_once(app: &TestApp) {
        prove(app, REPLAYS);
    }
    fn a_record_is_read_as_it_was_answered_and_comes_back_from_the_archive(app: &TestApp) {
        prove(app, RECORDS);
    }
    fn a_list_is_walked_whole_by_its_caller_alone(app: &TestApp) {
        prove(app, LISTS);
    }
    fn a_list_is_the_same_in_a_file(app: &TestApp) {
        prove(app, FILES);
    }
}

#[test]
fn the_table_states_every_operation_of_the_document_and_no_other() {
    let described: BTreeSet<String> = described().map(|(path, method, _)| format!("{method} {path}")).collect();
    let resources = table::all();
    let stated: Vec<String> = resources.iter().flat_map(|r| r.ops.iter().map(|op| format!("{} {}", op.method, r.path))).collect();
    let unique: BTreeSet<String> = stated.iter().cloned().collect();
    assert_eq!(unique.len(), stated.len(), "an operation is stated twice");
    let missing: Vec<_> = described.difference(&unique).collect();
    let gone: Vec<_> = unique.difference(&described).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; no longer in the document: {gone:?}");
    assert_eq!(resources.len(), document()["paths"].as_object().unwrap().len());
    let mut kinds = BTreeMap::<Kind, usize>::new();
    resources.iter().for_each(|r| *kinds.entry(r.kind).or_default() += 1);
    assert_eq!(kinds.values().sum::<usize>(), resources.len(), "{kinds:?}");
    assert_eq!(kinds.len(), Kind::ALL.len(), "a kind that nothing is: {kinds:?}");
}

#[test]
fn every_proof_is_in_one_group() {
    let mut grouped: Vec<Proof> = GROUPS.concat();
    grouped.sort_unstable();
    assert_eq!(grouped, Proof::ALL, "a proof that no test makes, or two");
}

#[test]
fn an_exception_is_owed_and_has_its_reason() {
    let mut faults = Vec::new();
    for resource in table::all() {
        for op in &resource.ops {
            let name = format!("{} {}", op.method, resource.path);
            let owed = proof::owed(&resource, op);
            for (proof, reason) in &op.except {
                if !owed.contains(proof) {
                    faults.push(format!("{name}: {proof:?} is not owed, no exception is needed"));
                }
                if reason.split_whitespace().count() < 4 {
                    faults.push(format!("{name}: {proof:?} is excepted without a reason in words"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What the document says of an operation and what the table says must be the same.
#[test]
fn the_table_and_the_document_agree() {
    let resources = table::all();
    let mut faults = Vec::new();
    for (path, method, described) in described() {
        let Some(resource) = resources.iter().find(|r| r.path == path) else { continue };
        let Some(op) = resource.ops.iter().find(|op| op.method == method) else { continue };
        let proves = |proof| proof::owed(resource, op).contains(&proof) && op.excepted(proof).is_none();
        let named = |name: &str| described["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == name);
        let answers = |status: &str| described["responses"].get(status).is_some();
        let permission = described["x-permission"].as_str().unwrap_or_default();
        for (what, stated, documented) in [
            ("public", op.public, permission == "public"),
            ("a body", proves(Proof::Faults), described.get("requestBody").is_some()),
            ("If-Match", proves(Proof::Stale), named("If-Match")),
            ("304", proves(Proof::NotModified), named("If-None-Match") && answers("304")),
            ("validate_only", proves(Proof::DryRun), named("validate_only")),
            ("Idempotency-Key", proves(Proof::Replay), named("Idempotency-Key")),
            ("sort", proves(Proof::Walk) && resource.kind == Kind::Collection, named("sort")),
            ("content", op.excepted(Proof::NotAcceptable).is_none(), described["responses"][op.done.to_string()].get("content").is_some()),
            ("its status", true, answers(&op.done.to_string())),
        ] {
            if stated != documented {
                faults.push(format!("{method} {path}: {what} is stated {stated}, documented {documented}"));
            }
        }
        if op.excepted(Proof::Role).is_some() && !held_by_all(permission) {
            faults.push(format!("{method} {path}: a role lacks {permission}, so that 403 can be proved"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn held_by_all(permission: &str) -> bool {
    Permission::parse(permission).is_none_or(|permission| Role::ALL.iter().all(|role| rights::holds(*role, false, permission)))
}

/// Path, method and entry of every operation of the document.
fn described() -> impl Iterator<Item = (String, String, &'static Value)> {
    let items = document()["paths"].as_object().into_iter().flatten();
    items.flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |(method, op)| (path.clone(), method.to_uppercase(), op)))
}

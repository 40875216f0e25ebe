//! One function a use case of API keys.
use serde_json::{Value as Json, json};

use super::dto::{ApiKeyView, NewApiKey, NewApiKeyView};
use super::store::{self, Row};
use crate::events::{self, Event};
use crate::identity::rights::{Verdict, decide_own};
use crate::identity::users::store::CallerRow;
use crate::identity::{Act, Permission, users};
use crate::platform::clock::new_id;
use crate::platform::db::{self, AnyConnection, Id};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::secrets;
use crate::platform::state::State;
use crate::platform::web::values::Reference;
use crate::platform::web::{Decoded, IfMatch};

/// How a key begins: people and scanners of leaked secrets know it by this.
const MARK: &str = "io_";
/// How many characters of a key are kept to recognise it by.
const PREFIX: usize = MARK.len() + 8;
/// When a key was used is noted at most this often.
const NOTED_SECONDS: i64 = 60;

/// A key that was used.
#[derive(Debug)]
pub struct Used {
    pub id: Id,
    /// Whom it acts for.
    pub caller: CallerRow,
    pub scopes: Vec<Permission>,
    /// The stamp of settings and standards.
    pub stamp: i64,
}

/// Whether a bearer token is meant to be an API key.
#[must_use]
pub fn is_key(token: &str) -> bool {
    token.starts_with(MARK)
}

/// Finds whom a key acts for; one that is unknown, expired or revoked, or whose maker is inactive, is refused alike.
pub async fn authenticate(state: &State, key: &str) -> Result<Used, Problem> {
    let (hash, now) = (hash_of(key), state.clock.now());
    let used = state.db.peek(move |c| store::used(c, &hash, now)).await?.ok_or_else(|| Problem::new(Code::InvalidToken))?;
    let id = used.id;
    let before = now.plus_seconds(-NOTED_SECONDS);
    if used.last_used_at.is_none_or(|at| at <= before || at > now) {
        // Nobody waits for this, and nothing is lost with it.
        let db = state.db.clone();
        actix_web::rt::spawn(async move {
            if let Err(problem) = db.write(move |tx| store::set_last_used(tx, id, before, now)).await {
                log::warn!("the use of an API key could not be noted: {problem}");
            }
        });
    }
    // A word that no longer means anything gives no right.
    let scopes = used.scopes.to::<Vec<String>>().iter().filter_map(|word| Permission::parse(word)).collect();
    Ok(Used { id, caller: used.caller, scopes, stamp: used.stamp })
}

/// Makes a key and tells it, once.
pub fn create(tx: &mut AnyConnection, act: &Act, body: &Decoded<NewApiKey>) -> Result<NewApiKeyView, Problem> {
    let owner = act.caller.user.ok_or_else(Problem::not_found)?;
    let NewApiKey { name, scopes, expires_at } = &body.value;
    let expires_at = expires_at.as_ref().map(|moment| moment.0);
    let mut faults = body.faults.clone();
    faults.extend(scopes.0.is_empty().then(|| Fault::new("/scopes", FaultCode::TooFew).param("min", 1)));
    faults.extend(expires_at.is_some_and(|at| at <= act.now).then(|| Fault::new("/expires_at", FaultCode::TimePassed)));
    faults.check()?;
    let key = format!("{MARK}{}", secrets::random_token().map_err(Problem::internal)?);
    let words: Vec<_> = Permission::ALL.iter().filter(|p| scopes.0.iter().any(|scope| scope.0 == **p)).map(|p| p.as_str()).collect();
    let row = Row {
        id: new_id(),
        user_id: owner,
        name: name.0.clone(),
        prefix: key.chars().take(PREFIX).collect(),
        key_hash: hash_of(&key),
        scopes: db::Json(json!(words)),
        expires_at,
        last_used_at: None,
        revoked_at: None,
        version: 1,
        created_at: act.now,
        updated_at: act.now,
    };
    store::insert(tx, &row)?;
    let record = view(tx, row)?;
    append(tx, act, "api_key.created", &Json::Null, &record)?;
    Ok(NewApiKeyView { key, record })
}

/// Reads a key; a revoked one only where those are meant, too.
pub fn read(c: &mut AnyConnection, act: &Act, id: Id, revoked: bool) -> Result<ApiKeyView, Problem> {
    let row = visible(c, act, id, Permission::ApiKeysRead)?;
    if row.revoked_at.is_some() && !revoked { Err(Problem::not_found()) } else { view(c, row) }
}

/// Revokes a key: it is no longer taken, from now on.
pub fn revoke(tx: &mut AnyConnection, act: &Act, id: Id, if_match: &IfMatch) -> Result<(), Problem> {
    let row = visible(tx, act, id, Permission::ApiKeysEdit)?;
    if row.revoked_at.is_some() {
        return Err(Problem::not_found());
    }
    if_match.check(row.version)?;
    store::revoke(tx, &row, act.now)?;
    let revoked = Row { revoked_at: Some(act.now), version: row.version + 1, ..row.clone() };
    let (was, is) = (view(tx, row)?, view(tx, revoked)?);
    append(tx, act, "api_key.revoked", &serde_json::to_value(was).map_err(Problem::internal)?, &is)
}

/// A key that is the caller's to see: the own ones, for an administrator all.
fn visible(c: &mut AnyConnection, act: &Act, id: Id, permission: Permission) -> Result<Row, Problem> {
    act.caller.require(permission)?;
    let row = store::find(c, id)?.ok_or_else(Problem::not_found)?;
    let relations = act.caller.relations(Some(row.user_id), None);
    if decide_own(act.caller.role, &relations, permission) == Verdict::Allowed { Ok(row) } else { Err(Problem::not_found()) }
}

fn hash_of(key: &str) -> String {
    secrets::fingerprint(key.as_bytes(), 32)
}

/// Never the key, nor how it begins.
fn append(tx: &mut AnyConnection, act: &Act, kind: &'static str, was: &Json, is: &ApiKeyView) -> Result<(), Problem> {
    let view = serde_json::to_value(is).map_err(Problem::internal)?;
    let changes = events::changes(was, &view, &["id", "prefix", "last_used_at", "version", "created_at"], &[]);
    Ok(events::append(tx, act, Event { kind, record_type: "api_key", record_id: is.id, version: is.version, changes, occurred_at: act.now })?)
}

fn view(c: &mut AnyConnection, row: Row) -> Result<ApiKeyView, Problem> {
    let name = users::store::names(c, &[row.user_id])?.remove(&row.user_id);
    Ok(shown(name, row))
}

pub(super) fn shown(owner: Option<String>, row: Row) -> ApiKeyView {
    let Row { id, user_id, name, prefix, scopes, expires_at, last_used_at, revoked_at, version, created_at, .. } = row;
    let owner = Reference { id: user_id, name: owner.unwrap_or_default() };
    ApiKeyView { id, name, owner, prefix, scopes: scopes.to(), expires_at, last_used_at, revoked_at, version, created_at }
}

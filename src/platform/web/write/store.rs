//! The rows of stored answers.
use actix_web::http::StatusCode;
use diesel::prelude::*;
use serde_json::json;

use super::{Effect, KEPT_SECONDS, Request};
use crate::platform::db::schema::idempotency_keys::{self as keys, dsl};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::problem::Problem;

/// A stored answer, and what tells the body it was for.
pub struct Stored {
    pub fingerprint: String,
    pub effect: Effect,
}

/// The answer of a request, if it was given within the last day.
pub fn find(c: &mut AnyConnection, request: &Request) -> Result<Option<Stored>, Problem> {
    let own = keys::table.find((request.user, &request.scope, &request.key)).filter(dsl::created_at.gt(request.now.plus_seconds(-KEPT_SECONDS)));
    let columns = (dsl::fingerprint, dsl::status, dsl::headers, dsl::body);
    let Some((fingerprint, status, headers, body)) = own.select(columns).first::<(String, i32, Json, Option<String>)>(c).optional()? else { return Ok(None) };
    let status =
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).ok_or_else(|| Problem::internal("a stored answer without a status"))?;
    let header = |name: &str| headers.0[name].as_str().map(str::to_owned);
    Ok(Some(Stored { fingerprint, effect: Effect { status, location: header("location"), etag: header("etag"), body } }))
}

/// Keeps the answer of a request; an older one under the same key has had its day. In our own words, for what Diesel puts together of conflicts is
/// prepared anew each time.
pub fn put(tx: &mut AnyConnection, request: &Request, effect: &Effect) -> Result<(), Problem> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    let row = [
        Some(Value::Id(request.user)),
        text(&request.scope),
        text(&request.key),
        text(&request.fingerprint),
        Some(Value::Number(effect.status.as_u16().into())),
        Some(Value::Json(Json(json!({"location": effect.location, "etag": effect.etag})))),
        effect.body.clone().map(Value::Text),
        Some(Value::Time(request.now)),
    ];
    let insert = Sql::insert("idempotency_keys", "user_id, scope, idempotency_key, fingerprint, status, headers, body, created_at", row);
    let anew = ["fingerprint", "status", "headers", "body", "created_at"].map(|column| format!("{column} = excluded.{column}")).join(", ");
    insert.text(format!(") on conflict (user_id, scope, idempotency_key) do update set {anew}")).run(tx)?;
    Ok(())
}

/// Forgets the answers that have had their day.
pub fn forget(tx: &mut AnyConnection, now: UtcTime) -> Result<usize, Problem> {
    Ok(diesel::delete(keys::table.filter(dsl::created_at.le(now.plus_seconds(-KEPT_SECONDS)))).execute(tx)?)
}

/// How many stored answers are looked at at a time.
const STEP: i64 = 500;

/// Puts another body in place of each stored one that `change` answers one for.
pub fn rewrite(tx: &mut AnyConnection, change: impl Fn(&str) -> Option<String>) -> Result<(), Problem> {
    type Row = (Id, String, String, Option<String>);
    let mut after: Option<(Id, String, String)> = None;
    loop {
        let beyond = after.take().map(|(user, scope, key)| {
            let place = Sql::new("(user_id, scope, idempotency_key) > (").list([Value::Id(user), Value::Text(scope), Value::Text(key)]);
            place.text(")")
        });
        let rows = keys::table.filter(Sql::all(beyond)).order((dsl::user_id, dsl::scope, dsl::idempotency_key)).limit(STEP);
        let rows: Vec<Row> = rows.select((dsl::user_id, dsl::scope, dsl::idempotency_key, dsl::body)).load(tx)?;
        let Some((user, scope, key, _)) = rows.last() else { return Ok(()) };
        after = Some((*user, scope.clone(), key.clone()));
        for (user, scope, key, body) in rows {
            if let Some(changed) = body.as_deref().and_then(&change) {
                diesel::update(keys::table.find((user, scope, key))).set(dsl::body.eq(Some(changed))).execute(tx)?;
            }
        }
    }
}

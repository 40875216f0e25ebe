//! What to show for the keys that came out, and what else a question looks up.
use std::collections::HashMap;

use diesel::prelude::*;

use crate::platform::db::schema::{customers, products, settings, teams, users};
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::problem::Problem;

/// Most ids in one look-up.
pub(super) const MOST_IDS: usize = 1_000;

/// Names of products.
pub fn product_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(products::table.filter(products::id.eq_any(some)).select((products::id, products::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Names of customers.
pub fn customer_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(customers::table.filter(customers::id.eq_any(some)).select((customers::id, customers::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Names of users.
pub fn user_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(users::table.filter(users::id.eq_any(some)).select((users::id, users::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Names of teams.
pub fn team_names(c: &mut AnyConnection, ids: &[Id]) -> Result<HashMap<Id, String>, Problem> {
    let mut all = HashMap::new();
    for some in ids.chunks(MOST_IDS) {
        all.extend(teams::table.filter(teams::id.eq_any(some)).select((teams::id, teams::name)).load::<(Id, String)>(c)?);
    }
    Ok(all)
}

/// Categories of products.
pub fn categories(c: &mut AnyConnection, ids: &[Id]) -> Result<Vec<(Id, Option<String>)>, Problem> {
    Ok(products::table.filter(products::id.eq_any(ids)).select((products::id, products::category)).order(products::id).load(c)?)
}

/// Categories of all products that have one.
pub fn all_categories(c: &mut AnyConnection) -> Result<Vec<(Id, String)>, Problem> {
    let known = products::table.filter(products::category.is_not_null());
    Ok(known.select((products::id, products::category.assume_not_null())).load(c)?)
}

/// Whether all of the users belong to one of the teams.
pub fn all_belong(c: &mut AnyConnection, ids: &[Id], led: &[Id]) -> Result<bool, Problem> {
    let found: i64 = users::table.filter(users::id.eq_any(ids)).filter(users::team_id.eq_any(led)).count().get_result(c)?;
    Ok(usize::try_from(found).is_ok_and(|n| n == ids.len()))
}

/// A settings document, as it is kept.
pub fn settings_document(c: &mut AnyConnection, name: &str) -> Result<Option<serde_json::Value>, Problem> {
    Ok(settings::table.find(name).select(settings::value).first::<Json>(c).optional()?.map(|json| json.0))
}

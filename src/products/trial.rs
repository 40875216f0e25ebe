//! Products that are only tried: what a create, a PATCH and an import would make of each. Nothing is kept, and no entry sees another.
use serde_json::Value;

use super::dto::{ProductInput, ProductPatch};
use super::rules;
use super::service::taken;
use super::store::{self, Row};
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};
use crate::platform::web::Decoded;
use crate::platform::web::body::decode;
use crate::standards::check::Context;
use crate::standards::custom::{self, How, Seen};
use crate::standards::ready::Ready;
use crate::standards::trial::{CREATE, Call, IMPORT, Judged, Trial, filled_custom};

/// Tries each entry as a new one.
pub fn try_entries(c: &mut AnyConnection, act: &Act, ready: &Ready<'_>, entries: &[&Value], locale: Locale) -> Result<Vec<Trial>, Problem> {
    let calls = Call::plain();
    let contexts: Vec<Context<'_>> = calls.iter().map(|call| call.context(ready.today, ready.role)).collect();
    let mut tried = Vec::with_capacity(entries.len());
    for entry in entries {
        let Decoded { value, mut faults } = match decode::<ProductInput>(entry) {
            Ok(decoded) => decoded,
            Err(problem) => {
                tried.push(Trial::unreadable(problem, &calls, locale)?);
                continue;
            }
        };
        let patch = ProductPatch::from(value);
        let mut row = Row::blank(new_id(), act.now);
        let (_, unreadable) = rules::sent(&patch);
        let patch_custom = patch.custom.clone();
        let laid = custom::lay(c, &act.caller, ready.standard, &row.custom, &patch.custom, How::New, &mut faults)?;
        let custom = Seen::of(ready.standard, &laid.values, &laid.unreadable);
        rules::apply(&mut row, patch, &mut faults);
        let mut judged: Vec<Judged> = faults.into_vec().into_iter().map(Judged::of_form).collect();
        judged.extend(held_by_others(c, &row)?);
        let found =
            rules::with_entry(&row, &custom, &unreadable, |entry| ready.survey(c, entry, &contexts, false, |c, pairs| store::is_taken(c, row.id, pairs)))?;
        judged.extend(found.into_iter().filter_map(|(violation, places)| Judged::of_standard(violation, &places, &calls)));
        tried.push(Trial::of(judged, filled_custom(&patch_custom, &laid.values, ready.standard), &calls, locale));
    }
    Ok(tried)
}

/// What other products hold: a create is refused by all of it, an import by what is not held by the product that it would change.
fn held_by_others(c: &mut AnyConnection, row: &Row) -> Result<Vec<Judged>, Problem> {
    let by_ref = match (&row.ext_system, &row.ext_id) {
        (Some(system), Some(id)) => store::find_by_ref(c, system, id)?,
        _ => None,
    };
    let meant = match by_ref {
        Some(found) => Some(found),
        None => store::find_by_sku(c, &row.sku_key)?.filter(|found| row.ext_id.is_none() || found.ext_id.is_none()),
    };
    let for_import = match meant {
        Some(meant) => taken(c, &Row { id: meant.id, ..row.clone() })?,
        None => taken(c, row)?,
    };
    let all = taken(c, row)?.into_iter().map(|fault| {
        let calls: &[&str] = if for_import.contains(&fault) { &[CREATE, IMPORT] } else { &[CREATE] };
        Judged::by(fault, calls)
    });
    Ok(all.collect())
}

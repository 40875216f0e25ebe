//! Customers that are only tried: what a create, a PATCH and an import would make of each. Nothing is kept, and no entry sees another.
use serde_json::Value;

use super::dto::{CustomerInput, CustomerPatch};
use super::rules;
use super::service::check_source;
use super::store::{self, Row};
use crate::identity::Act;
use crate::platform::clock::new_id;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::Decoded;
use crate::platform::web::body::decode;
use crate::standards::check::Context;
use crate::standards::custom::{self, How, Seen};
use crate::standards::ready::Ready;
use crate::standards::trial::{CREATE, Call, Judged, Trial, filled_custom};

/// Tries each entry as a new one of the caller's.
pub fn try_entries(c: &mut AnyConnection, act: &Act, ready: &Ready<'_>, entries: &[&Value], locale: Locale) -> Result<Vec<Trial>, Problem> {
    let calls = Call::plain();
    let contexts: Vec<Context<'_>> = calls.iter().map(|call| call.context(ready.today, ready.role)).collect();
    let owner = act.caller.user.unwrap_or_else(new_id);
    let mut tried = Vec::with_capacity(entries.len());
    for entry in entries {
        let Decoded { value, mut faults } = match decode::<CustomerInput>(entry) {
            Ok(decoded) => decoded,
            Err(problem) => {
                tried.push(Trial::unreadable(problem, &calls, locale)?);
                continue;
            }
        };
        let patch = CustomerPatch::from(value);
        let (mut row, mut contacts) = (Row::blank(new_id(), owner, act.now), Vec::new());
        faults.extend(check_source(c, &patch.source)?);
        let (_, unreadable) = rules::sent(&patch);
        let patch_custom = patch.custom.clone();
        let laid = custom::lay(c, &act.caller, ready.standard, &row.custom, &patch.custom, How::New, &mut faults)?;
        let custom = Seen::of(ready.standard, &laid.values, &laid.unreadable);
        rules::apply(&mut row, &mut contacts, patch, new_id, &mut faults);
        let mut judged: Vec<Judged> = faults.into_vec().into_iter().map(Judged::of_form).collect();
        if let (Some(system), Some(id)) = (&row.ext_system, &row.ext_id)
            && store::find_by_ref(c, system, id)?.is_some()
        {
            // An import would take it for that customer.
            judged.push(Judged::by(Fault::new("/external_ref", FaultCode::Taken).param("value", format!("{system} {id}")), &[CREATE]));
        }
        let found = rules::with_entry(&row, &contacts, &custom, &unreadable, |entry| {
            ready.survey(c, entry, &contexts, false, |c, pairs| store::is_taken(c, row.id, pairs))
        })?;
        judged.extend(found.into_iter().filter_map(|(violation, places)| Judged::of_standard(violation, &places, &calls)));
        tried.push(Trial::of(judged, filled_custom(&patch_custom, &laid.values, ready.standard), &calls, locale));
    }
    Ok(tried)
}

//! Trying entries and standards.
use std::sync::Arc;

use serde_json::Value;

use super::dto::{Form, TrialInput, Trials};
use super::form;
use crate::identity::{Act, Permission};
use crate::platform::clock::date_in;
use crate::platform::db::{AnyConnection, work};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::{Decoded, IfMatch};
use crate::settings::{self, Name};
use crate::standards::definition::{Standard, StandardInput};
use crate::standards::entity::Entity;
use crate::standards::ready::Ready;
use crate::standards::service::{current, drafted, publish};
use crate::{customers, orders, products};

/// Tries entries against the standard in force, or against one that is sent along.
pub fn validate(c: &mut AnyConnection, act: &Act, entity: Entity, input: &Decoded<TrialInput>, locale: Locale) -> Result<Trials, Problem> {
    let Decoded { value, faults } = input;
    let mut faults = faults.clone();
    let mut standard = current(c, entity.as_str())?;
    if value.standard.is_given() {
        act.caller.require(Permission::StandardsEdit)?;
    }
    if let Some(sent) = value.standard.as_ref() {
        let (draft, wrong) = drafted(c, act, &standard, sent.clone(), "/standard")?;
        faults.extend(wrong);
        standard = Arc::new(draft);
    }
    let entries: Vec<&Value> = value.entries.get().map(|entries| entries.0.iter().map(|item| &item.0).collect()).unwrap_or_default();
    if entries.is_empty() && value.entries.get().is_some() {
        faults.add(Fault::new("/entries", FaultCode::TooFew).param("min", 1));
    }
    faults.check()?;
    let mut act = act.clone();
    act.caller.role = value.role.as_ref().copied().unwrap_or(act.caller.role);
    let (act, ready) = (&act, Ready::of(c, &act, &standard)?);
    let data = match entity {
        Entity::Orders => orders::service::try_entries(c, act, &ready, &entries, locale),
        Entity::Customers => customers::trial::try_entries(c, act, &ready, &entries, locale),
        Entity::Products => products::trial::try_entries(c, act, &ready, &entries, locale),
    }?;
    Ok(Trials { standard_version: standard.version, data })
}

/// The standard that publishing would come to, after all its checks; nothing is stored.
pub async fn rehearse(state: &State, act: &Act, entity: Entity, if_match: IfMatch, input: Decoded<StandardInput>) -> Result<Standard, Problem> {
    let act = act.clone();
    state.db.write(move |tx| work::rehearse(tx, |tx| publish(tx, &act, entity, &if_match, input.clone()))).await
}

/// The form for entries under the standard in force, as the caller would fill it in.
pub fn form(c: &mut AnyConnection, act: &Act, entity: Entity, locale: Locale) -> Result<Form, Problem> {
    let standard = current(c, entity.as_str())?;
    let organisation = settings::service::organisation(c)?;
    let sources = settings::service::items(c, Name::Sources)?;
    let (role, today) = (act.caller.role, date_in(organisation.time_zone, act.now));
    let context = form::Context { role, locale, today, base_currency: &organisation.base_currency, sources: &sources };
    let schema = form::schema(entity, &standard, &context);
    Ok(Form { entity: standard.entity.clone(), standard_version: standard.version, schema })
}

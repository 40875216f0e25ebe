//! Reading settings (one row by its key each), changing them, and what a new installation begins with.
use std::sync::Arc;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calendar::Calendar;
use super::dto::{CalendarInput, DayList, ItemsInput, OrganisationInput, OrganisationView};
use super::rules::{self, Item, Items, Name};
use super::store;
use crate::events::{self, Event};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, dialect, kept};
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets;
use crate::platform::web::{Decoded, Given, IfMatch, etag};

/// As what settings are kept in memory.
const KIND: &str = "settings";
const ORGANISATION: &str = "organisation";
/// What orders keep of their review.
pub const REVIEW: &str = "review";
const CALENDAR: &str = "calendar";

/// The organisation, ready for use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub name: String,
    pub base_currency: String,
    pub time_zone: Tz,
    pub version: i64,
}

impl Organisation {
    /// As it is stored and answered.
    #[must_use]
    pub fn view(&self) -> OrganisationView {
        let Self { name, base_currency, time_zone, version } = self;
        OrganisationView { name: name.clone(), base_currency: base_currency.clone(), time_zone: time_zone.name().to_owned(), version: *version }
    }
}

#[derive(Serialize, Deserialize)]
struct StoredItems {
    items: Vec<Item>,
}

/// A list, in the order of positions.
pub fn items(c: &mut AnyConnection, name: Name) -> Result<Arc<Items>, Problem> {
    kept::get(c, (KIND, name.as_str()), |c| {
        let (StoredItems { items }, version) = read(c, name.as_str())?;
        Ok(Items { items, version })
    })
}

/// The organisation's name, base currency and zone.
pub fn organisation(c: &mut AnyConnection) -> Result<Arc<Organisation>, Problem> {
    kept::get(c, (KIND, ORGANISATION), |c| {
        let (OrganisationView { name, base_currency, time_zone, .. }, version) = read(c, ORGANISATION)?;
        let time_zone = time_zone.parse().map_err(|_| Problem::internal("settings hold no time zone"))?;
        Ok(Organisation { name, base_currency, time_zone, version })
    })
}

/// The working days and hours.
pub fn calendar(c: &mut AnyConnection) -> Result<Calendar, Problem> {
    let (calendar, version) = read::<Calendar>(c, CALENDAR)?;
    Ok(Calendar { version, ..calendar })
}

/// Replaces a list. What records use stays in it, retired if need be.
pub fn put_items(tx: &mut AnyConnection, act: &Act, name: Name, input: Decoded<ItemsInput>, if_match: &IfMatch) -> Result<Items, Problem> {
    kept::pass_over();
    let before = items(tx, name)?;
    if_match.check(before.version)?;
    let Decoded { value, mut faults } = input;
    let Some(sent) = value.items.0 else { return Err(Problem::invalid(faults.into_vec())) };
    let removed = rules::removed(&before.items, &sent.0);
    let mut used = Vec::new();
    for code in &removed {
        if store::is_used(tx, name, code)? {
            used.push(*code);
        }
    }
    if !used.is_empty() {
        return Err(Problem::new(Code::InUse).param("code", used.join(", ")));
    }
    let (items, broken) = rules::build(name, &sent.0);
    faults.extend(broken);
    faults.extend(rules::keeps(name, &removed));
    faults.check()?;
    let after = StoredItems { items };
    let version = write(tx, act, name.as_str(), before.version, json!({"items": before.items}), json!({"items": after.items}))?;
    Ok(Items { items: after.items, version })
}

/// Replaces what is known of the organisation.
pub fn put_organisation(tx: &mut AnyConnection, act: &Act, input: Decoded<OrganisationInput>, if_match: &IfMatch) -> Result<Organisation, Problem> {
    kept::pass_over();
    let before = organisation(tx)?;
    if_match.check(before.version)?;
    let OrganisationInput { name, base_currency, time_zone } = input.value;
    input.faults.check()?;
    let (Some(name), Some(base_currency), Some(time_zone)) = (name.0, base_currency.0, time_zone.0) else {
        return Err(Problem::internal("a field is missing without a fault"));
    };
    if base_currency.0 != before.base_currency && store::has_rates(tx)? {
        return Err(Problem::new(Code::BaseCurrencyInUse).param("currency", &before.base_currency));
    }
    let mut after = Organisation { name: name.0, base_currency: base_currency.0, time_zone: time_zone.0, version: before.version };
    after.version = write(tx, act, ORGANISATION, before.version, stored(&before.view()), stored(&after.view()))?;
    Ok(after)
}

/// Replaces the working days and hours.
pub fn put_calendar(tx: &mut AnyConnection, act: &Act, input: Decoded<CalendarInput>, if_match: &IfMatch) -> Result<Calendar, Problem> {
    let before = calendar(tx)?;
    if_match.check(before.version)?;
    let Decoded { value: CalendarInput { days, from, until, holidays, extra_days }, mut faults } = input;
    let dates = |given: Given<DayList>| given.value().map(|days| days.0.into_iter().map(|day| day.0).collect()).unwrap_or_default();
    if let (Some(days), Some(from), Some(until)) = (days.0, from.0, until.0) {
        let days = days.0.iter().map(|day| day.as_str().to_owned()).collect();
        let mut after = Calendar { days, from: from.0, until: until.0, holidays: dates(holidays), extra_days: dates(extra_days), version: before.version };
        faults.extend(after.faults());
        faults.check()?;
        after.version = write(tx, act, CALENDAR, before.version, stored(&before), stored(&after))?;
        return Ok(after);
    }
    Err(Problem::invalid(faults.into_vec()))
}

/// A document that another room keeps here, with its version.
pub fn document<T: for<'de> Deserialize<'de>>(c: &mut AnyConnection, name: &str) -> Result<(T, i64), Problem> {
    read(c, name)
}

/// Replaces such a document; answers the version.
pub fn replace(tx: &mut AnyConnection, act: &Act, name: &str, read: i64, before: &impl Serialize, after: &impl Serialize) -> Result<i64, Problem> {
    write(tx, act, name, read, stored(before), stored(after))
}

/// Puts in what is not there yet, so that a new database can be used at once; settings that are there stay as they are.
pub fn seed(tx: &mut AnyConnection, now: UtcTime, base_currency: &str, time_zone: Tz) -> Result<(), Problem> {
    // Two instances may start at once.
    dialect::lock(tx, "settings", "seed")?;
    let organisation = json!({"name": "", "base_currency": base_currency, "time_zone": time_zone.name()});
    let lists = Name::ALL.iter().map(|name| (name.as_str(), json!({"items": rules::defaults(*name)})));
    for (name, document) in lists.chain([(ORGANISATION, organisation), (REVIEW, json!({"tolerance": "0"})), (CALENDAR, stored(&Calendar::default()))]) {
        if store::find(tx, name)?.is_none() {
            store::insert(tx, name, &Json(document), now)?;
        }
    }
    Ok(())
}

fn read<T: for<'de> Deserialize<'de>>(c: &mut AnyConnection, name: &str) -> Result<(T, i64), Problem> {
    let (document, version) = store::find(c, name)?.ok_or_else(|| Problem::internal(format_args!("no settings {name}: the database was not prepared")))?;
    let document = T::deserialize(&document.0).map_err(|e| Problem::internal(format_args!("settings {name}: {e}")))?;
    Ok((document, version))
}

/// A view without what stands in a column of its own.
fn stored(view: &impl Serialize) -> Value {
    let mut document = Json::of(view).0;
    document.as_object_mut().map(|fields| fields.remove("version"));
    document
}

/// Stores a document and its event; answers the version. The same again changes nothing.
fn write(tx: &mut AnyConnection, act: &Act, name: &str, read: i64, before: Value, after: Value) -> Result<i64, Problem> {
    let changes = events::changes(&before, &after, &[], &[]);
    if changes.is_empty() {
        return Ok(read);
    }
    if !store::update(tx, name, read, &Json(after), act.now)? {
        return Err(etag::stale(read + 1));
    }
    let event = Event { kind: "settings.updated", record_type: "settings", record_id: record_id(name), version: read + 1, changes, occurred_at: act.now };
    events::append(tx, act, event)?;
    Ok(read + 1)
}

/// Settings have names, events speak of ids: the id of a setting is made of its name, the same in every installation
/// (the first 16 bytes of SHA-256 over `settings/<name>`, marked as a UUID of version 8).
#[must_use]
pub fn record_id(name: &str) -> Id {
    Id(uuid::Builder::from_custom_bytes(secrets::digest(format!("settings/{name}").as_bytes())).into_uuid())
}

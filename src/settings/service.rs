//! Reading settings (one row by its key each), changing them, and what a new installation begins with.
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::dto::{ItemsInput, OrganisationInput, OrganisationView, ReviewInput, ReviewView};
use super::rules::{self, Item, Items, Name};
use super::store;
use crate::events::{self, Event};
use crate::identity::Act;
use crate::platform::db::{AnyConnection, Id, Json, UtcTime, dialect};
use crate::platform::decimal::Decimal;
use crate::platform::problem::{Code, Problem};
use crate::platform::secrets;
use crate::platform::web::{Decoded, IfMatch, etag};

const ORGANISATION: &str = "organisation";
const REVIEW: &str = "review";

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
#[derive(Serialize, Deserialize)]
struct StoredReview {
    tolerance: String,
}

/// A list, in the order of positions.
pub fn items(c: &mut AnyConnection, name: Name) -> Result<Items, Problem> {
    let (StoredItems { items }, version) = read(c, name.as_str())?;
    Ok(Items { items, version })
}

/// The organisation's name, base currency and zone.
pub fn organisation(c: &mut AnyConnection) -> Result<Organisation, Problem> {
    let (OrganisationView { name, base_currency, time_zone, .. }, version) = read(c, ORGANISATION)?;
    let time_zone = time_zone.parse().map_err(|_| Problem::internal("settings hold no time zone"))?;
    Ok(Organisation { name, base_currency, time_zone, version })
}

/// By what share an amount may fall below the approved one without another review.
pub fn tolerance(c: &mut AnyConnection) -> Result<Decimal, Problem> {
    review(c).map(|view| view.tolerance)
}

/// When an approved order must be reviewed again.
pub fn review(c: &mut AnyConnection) -> Result<ReviewView, Problem> {
    let (StoredReview { tolerance }, version) = read(c, REVIEW)?;
    let tolerance = Decimal::parse(&tolerance).map_err(|_| Problem::internal("settings hold no tolerance"))?;
    Ok(ReviewView { tolerance, version })
}

/// Replaces a list. What records use stays in it, retired if need be.
pub fn put_items(tx: &mut AnyConnection, act: &Act, name: Name, input: Decoded<ItemsInput>, if_match: &IfMatch) -> Result<Items, Problem> {
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
    let before = organisation(tx)?;
    if_match.check(before.version)?;
    let OrganisationInput { name, base_currency, time_zone } = input.value;
    input.faults.check()?;
    let (Some(name), Some(base_currency), Some(time_zone)) = (name.0, base_currency.0, time_zone.0) else {
        return Err(Problem::internal("a field is missing without a fault"));
    };
    let mut after = Organisation { name: name.0, base_currency: base_currency.0, time_zone: time_zone.0, version: before.version };
    after.version = write(tx, act, ORGANISATION, before.version, stored(&before.view()), stored(&after.view()))?;
    Ok(after)
}

/// Replaces the tolerance.
pub fn put_review(tx: &mut AnyConnection, act: &Act, input: Decoded<ReviewInput>, if_match: &IfMatch) -> Result<ReviewView, Problem> {
    let before = review(tx)?;
    if_match.check(before.version)?;
    input.faults.check()?;
    let Some(tolerance) = input.value.tolerance.0 else { return Err(Problem::internal("a field is missing without a fault")) };
    let after = ReviewView { tolerance: tolerance.0, version: before.version };
    let version = write(tx, act, REVIEW, before.version, stored(&before), stored(&after))?;
    Ok(ReviewView { version, ..after })
}

/// Puts in what is not there yet, so that a new database can be used at once; settings that are there stay as they are.
pub fn seed(tx: &mut AnyConnection, now: UtcTime, base_currency: &str, time_zone: Tz) -> Result<(), Problem> {
    // Two instances may start at once.
    dialect::lock(tx, "settings", "seed")?;
    let organisation = json!({"name": "", "base_currency": base_currency, "time_zone": time_zone.name()});
    let lists = Name::ALL.iter().map(|name| (name.as_str(), json!({"items": rules::defaults(*name)})));
    for (name, document) in lists.chain([(ORGANISATION, organisation), (REVIEW, json!({"tolerance": "0"}))]) {
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

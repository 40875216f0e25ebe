//! Entries that are only tried: what a create, a PATCH, an import and every call after them would make of each. Nothing is kept, and no entry sees another.
use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::draft::{Draft, Facts, Product, SameLines};
use super::standard::{Standing, later_calls, survey};
use crate::identity::Act;
use crate::orders::dto::input::OrderInput;
use crate::orders::lifecycle::Status;
use crate::orders::{rules, store};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id, Json};
use crate::platform::decimal;
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::body::decode;
use crate::platform::web::{Decoded, Given};
use crate::settings::{self, Name};
use crate::standards::check::{Context, Moment};
use crate::standards::custom::{self, CustomInput, How, Seen};
use crate::standards::definition::{Kind, Standard};
use crate::standards::ready::Ready;
use crate::standards::trial::{CREATE, Call, Filled, FilledBy, IMPORT, Judged, Trial, UPDATE, filled_custom};
use crate::{customers, products};

/// Tries each entry as a new one of the caller's.
pub fn try_entries(c: &mut AnyConnection, act: &Act, ready: &Ready<'_>, entries: &[&Value], locale: Locale) -> Result<Vec<Trial>, Problem> {
    let organisation = settings::service::organisation(c)?;
    let sources = settings::service::items(c, Name::Sources)?;
    let stages = settings::service::items(c, Name::Stages)?;
    let first = stages.active_codes().next().unwrap_or_default();
    let mut calls = entering(first);
    calls.extend(later_calls(first, &stages, Status::Draft.as_str(), Status::Pending.as_str()));
    let contexts: Vec<Context<'_>> = calls.iter().map(|call| call.context(ready.today, ready.role)).collect();
    let owner = act.caller.user.unwrap_or_else(new_id);
    let standing =
        Standing { moment: Moment::Save, id: None, status: Status::Draft, stage: first, owner, team: act.caller.team, skip: &[], pushes: false, writes: false };

    let mut known = Known::default();
    let mut tried: Vec<Result<Tried, Trial>> = Vec::with_capacity(entries.len());
    for entry in entries {
        let Decoded { value: input, mut faults } = match decode::<OrderInput>(entry) {
            Ok(decoded) => decoded,
            Err(problem) => {
                tried.push(Err(Trial::unreadable(problem, &calls, locale)?));
                continue;
            }
        };
        let sent = Sent::of(&input);
        let mut draft = Draft::new(organisation.base_currency.clone());
        draft.custom = custom::lay(c, &act.caller, ready.standard, &Json(json!({})), &input.custom, How::New, &mut faults)?;
        draft.apply(c, input, &sources, SameLines::ById, &mut faults)?;
        let mut judged: Vec<Judged> = faults.into_vec().into_iter().map(Judged::of_form).collect();
        if let Some((system, id)) = &draft.external_ref
            && store::id_of_external(c, system, id)?.is_some()
        {
            // An import would take it for that order.
            judged.push(Judged::by(Fault::new("/external_ref", FaultCode::Taken).param("value", format!("{system} {id}")), &[CREATE]));
        }
        let facts = known.facts(c, ready, &draft, &standing)?;
        let found = survey(c, ready, &draft, &facts, &standing, &contexts)?;
        known.products = facts.products;
        judged.extend(found.into_iter().filter_map(|(violation, places)| Judged::of_standard(violation, &places, &calls)));
        let unsaid: Vec<Judged> = draft.unknown_products().filter_map(|fault| Judged::of_form(fault).beside(&judged)).collect();
        judged.extend(unsaid);
        tried.push(Ok(Tried { sent, draft, judged }));
    }
    let products: BTreeSet<Id> = tried.iter().flatten().flat_map(|tried| tried.draft.products()).collect();
    let names = products::store::names(c, &products.into_iter().collect::<Vec<_>>())?;
    let told = tried.into_iter().map(|tried| match tried {
        Ok(Tried { sent, draft, judged }) => Trial::of(judged, filled(&sent, &draft, &names, ready.standard), &calls, locale),
        Err(unreadable) => unreadable,
    });
    Ok(told.collect())
}

/// What rules ask about customers and products, looked up once for all entries.
#[derive(Default)]
struct Known {
    customers: HashMap<Id, customers::store::Facts>,
    products: HashMap<Id, products::store::Facts>,
}

impl Known {
    /// What rules ask about besides an entry. The products are lent: whoever is done with them gives them back.
    fn facts(&mut self, c: &mut AnyConnection, ready: &Ready<'_>, draft: &Draft, standing: &Standing<'_>) -> Result<Facts, Problem> {
        let buyer = draft.customer.filter(|_| ready.checker.needs(None, "customer."));
        if let Some(id) = buyer.filter(|id| !self.customers.contains_key(id)) {
            self.customers.insert(id, customers::store::facts(c, id)?);
        }
        if ready.checker.needs(Some(Kind::PriceBand), "lines[].category") {
            let sold: BTreeSet<Id> = draft.products().filter(|id| !self.products.contains_key(id)).collect();
            self.products.extend(products::store::facts(c, &sold.into_iter().collect::<Vec<_>>())?);
        }
        Ok(Facts {
            owner: standing.owner,
            team: standing.team,
            currency: draft.currency.clone(),
            customer: buyer.and_then(|id| self.customers.get(&id).cloned()).unwrap_or_default(),
            products: std::mem::take(&mut self.products),
            custom: Seen::of(ready.standard, &draft.custom.values, &draft.custom.unreadable),
            // What is only tried has no date yet that could go to a later day.
            pushed: false,
        })
    }
}

/// The calls that take a whole entry: of an import dates are taken as they are.
fn entering(first: &str) -> Vec<Call> {
    let call = |name| Call::entering(name, first, Status::Draft.as_str());
    vec![call(CREATE), call(UPDATE), Call { skip: &[Kind::DateWindow], ..call(IMPORT) }]
}

/// An entry, what was laid out of it and what is wrong with it.
struct Tried {
    sent: Sent,
    draft: Draft,
    judged: Vec<Judged>,
}

/// What of an entry was sent, as far as something else may come to stand in its place.
struct Sent {
    customer: Option<String>,
    currency: bool,
    valid_until: bool,
    lines: Vec<SentLine>,
    custom: Given<CustomInput>,
}

struct SentLine {
    product: Option<String>,
    unit_price: bool,
    discount_rate: bool,
}

impl Sent {
    fn of(input: &OrderInput) -> Self {
        let lines = input.lines.as_ref().map(|lines| lines.0.as_slice()).unwrap_or_default();
        let reference = input.customer_ref.as_ref().map(|reference| format!("{} {}", reference.system.0, reference.id.0));
        Self {
            customer: input.customer_name.as_ref().map(|name| name.0.clone()).or(reference),
            currency: input.currency.is_given(),
            valid_until: matches!(input.valid_until, Given::Value(_) | Given::Unreadable),
            custom: input.custom.clone(),
            lines: lines
                .iter()
                .map(|line| SentLine {
                    product: line.product.as_ref().map(|product| product.0.clone()),
                    unit_price: line.unit_price.is_given(),
                    discount_rate: matches!(line.discount_rate, Given::Value(_) | Given::Unreadable),
                })
                .collect(),
        }
    }
}

/// What would be filled in: the customer behind a name, defaults, standard names, list prices, amounts.
fn filled(sent: &Sent, draft: &Draft, names: &HashMap<Id, String>, standard: &Standard) -> Vec<Filled> {
    let (places, mut all) = (decimal::exponent(&draft.currency), Vec::new());
    if let (Some(given), Some(id)) = (&sent.customer, draft.customer) {
        all.push(Filled::new("/customer_id", id, FilledBy::Reference).instead_of(given));
    }
    if !sent.currency {
        all.push(Filled::new("/currency", &draft.currency, FilledBy::Default));
    }
    if let Some(day) = rules::effective_valid_until(None, draft.expected_close_date).filter(|_| !sent.valid_until) {
        all.push(Filled::new("/valid_until", day, FilledBy::Default));
    }
    for (i, (line, sent)) in draft.lines.iter().zip(&sent.lines).enumerate() {
        let at = |field: &str| format!("/lines/{i}/{field}");
        if let (Product::Known(id), Some(given)) = (&line.product, &sent.product)
            && let Some(name) = names.get(id).filter(|name| *name != given)
        {
            all.push(Filled::new(at("product"), name, FilledBy::StandardName).instead_of(given));
        }
        if let Some(price) = line.unit_price.filter(|_| !sent.unit_price) {
            all.push(Filled::new(at("unit_price"), price.with_places(places), FilledBy::ListPrice));
        }
        if !sent.discount_rate {
            all.push(Filled::new(at("discount_rate"), line.discount_rate, FilledBy::Default));
        }
        if line.is_readable() {
            all.push(Filled::new(at("amount"), line.amount.with_places(places), FilledBy::Computed));
        }
    }
    if let Some(amount) = draft.amount().filter(|_| draft.lines.iter().all(|line| line.is_readable())) {
        all.push(Filled::new("/amount", amount.with_places(places), FilledBy::Computed));
    }
    all.extend(filled_custom(&sent.custom, &draft.custom.values, standard));
    all
}

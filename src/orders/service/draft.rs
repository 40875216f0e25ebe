//! An entry in the making: what is stored, with what was sent laid over it, products and customer found, amounts computed, held against the standard.
use std::collections::HashMap;

use chrono::NaiveDate;

use super::common::unknown_code;
use crate::customers;
use crate::orders::dto::input::{LineInput, OrderInput};
use crate::orders::rules;
use crate::orders::store::{EntryRow, LineRow, Loaded};
use crate::platform::clock::new_id;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::{self, Decimal};
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::values::{Day, ExternalRef, Note, Title};
use crate::platform::web::{Faults, Given};
use crate::products;
use crate::settings::Items;
use crate::standards::custom::{Laid, Seen};
use crate::standards::entry::{self, Entry, Value};

/// An entry in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    pub title: Option<String>,
    pub customer: Option<Id>,
    pub currency: String,
    pub expected_close_date: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    pub intent_level: Option<String>,
    pub source: Option<String>,
    pub note: Option<String>,
    pub tags: Vec<String>,
    pub external_ref: Option<(String, String)>,
    pub lines: Vec<DraftLine>,
    /// What it holds of custom fields, and the paths of those that were faulted.
    pub custom: Laid,
    /// Fields that were sent but could not be read: they are faulted already, rules skip them.
    unreadable: Vec<&'static str>,
}

/// A line in the making.
#[derive(Clone, Debug)]
pub struct DraftLine {
    pub id: Id,
    pub product: Product,
    pub description: Option<String>,
    pub quantity: Option<Decimal>,
    pub unit_price: Option<Decimal>,
    pub discount_rate: Decimal,
    pub amount: Decimal,
    unreadable: Vec<&'static str>,
}

/// Which lines of an entry are the ones that were there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameLines {
    /// Those sent with their ids.
    ById,
    /// Also those of the same product, in their order.
    ByProduct,
}

/// What rules ask about that stands in other records, and whose the order is.
#[derive(Clone, Debug)]
pub struct Facts {
    pub owner: Id,
    pub team: Option<Id>,
    /// The currency of the entry, in which list prices count.
    pub currency: String,
    pub customer: customers::store::Facts,
    pub products: HashMap<Id, products::store::Facts>,
    /// The entry's own custom values, by path.
    pub custom: Seen,
    /// Whether the expected close date went to a later day without a recorded delay.
    pub pushed: bool,
}

/// What a line says about its product.
#[derive(Clone, Debug)]
pub enum Product {
    None,
    Known(Id),
    Unknown { given: String, nearest: Vec<String> },
}

impl Draft {
    /// An empty entry in a currency.
    pub fn new(currency: String) -> Self {
        Self {
            title: None,
            customer: None,
            currency,
            expected_close_date: None,
            valid_until: None,
            intent_level: None,
            source: None,
            note: None,
            tags: Vec::new(),
            external_ref: None,
            lines: Vec::new(),
            custom: Laid::default(),
            unreadable: Vec::new(),
        }
    }

    /// What is stored.
    pub fn of(order: &Loaded) -> Self {
        let row = order.row.shown.clone();
        Self {
            title: row.title,
            customer: row.customer_id,
            currency: row.currency,
            expected_close_date: row.expected_close_date,
            valid_until: row.valid_until,
            intent_level: row.intent_level,
            source: row.source,
            note: row.note,
            tags: row.tags.into_typed(),
            external_ref: row.ext_system.zip(row.ext_id),
            lines: order.lines.iter().map(|(line, _)| DraftLine::of(line)).collect(),
            custom: Laid { values: row.custom.to(), ..Laid::default() },
            unreadable: Vec::new(),
        }
    }

    /// What of a stored order rules see.
    pub fn of_entry(row: EntryRow, lines: &[LineRow]) -> Self {
        Self {
            title: row.title,
            customer: row.customer_id,
            currency: row.currency,
            expected_close_date: row.expected_close_date,
            valid_until: row.valid_until,
            intent_level: row.intent_level,
            source: row.source,
            note: row.note,
            tags: row.tags.to(),
            external_ref: None,
            custom: Laid { values: row.custom.to(), ..Laid::default() },
            lines: lines.iter().map(DraftLine::of).collect(),
            unreadable: Vec::new(),
        }
    }

    /// Lays what was sent over it; what cannot be used is faulted, all of it.
    pub fn apply(&mut self, c: &mut AnyConnection, input: OrderInput, sources: &Items, same_lines: SameLines, faults: &mut Faults) -> Result<(), Problem> {
        self.mark_unreadable(&input);
        self.apply_customer(c, &input, faults)?;
        let currency = input.currency.value().map_or_else(|| self.currency.clone(), |code| code.0);
        let revalue = input.lines.is_given() || currency != self.currency;
        self.currency = currency;
        self.title = input.title.or(self.title.take().map(Title)).map(|t| t.0);
        self.expected_close_date = input.expected_close_date.or(self.expected_close_date.map(Day)).map(|d| d.0);
        self.valid_until = input.valid_until.or(self.valid_until.map(Day)).map(|d| d.0);
        match input.intent_level {
            Given::Value(level) => self.intent_level = Some(level.as_str().into()),
            Given::Null => self.intent_level = None,
            Given::Absent | Given::Unreadable => {}
        }
        match input.source {
            Given::Value(source) if sources.active(&source.0) || self.source.as_deref() == Some(&source.0) => self.source = Some(source.0),
            Given::Value(source) => {
                self.unreadable.push("source");
                faults.add(unknown_code("/source", sources, &source.0));
            }
            Given::Null => self.source = None,
            Given::Absent | Given::Unreadable => {}
        }
        self.note = input.note.or(self.note.take().map(Note)).map(|n| n.0);
        match input.tags {
            Given::Value(tags) => {
                self.tags.clear();
                for tag in tags.0 {
                    if !self.tags.contains(&tag.0) {
                        self.tags.push(tag.0);
                    }
                }
            }
            Given::Null => self.tags.clear(),
            Given::Absent | Given::Unreadable => {}
        }
        match input.external_ref {
            Given::Value(ExternalRef { system, id }) => self.external_ref = Some((system.0, id.0)),
            Given::Null => self.external_ref = None,
            Given::Absent | Given::Unreadable => {}
        }
        match input.lines {
            Given::Value(lines) => self.apply_lines(c, lines.0, same_lines, faults)?,
            Given::Null => self.lines.clear(),
            Given::Absent | Given::Unreadable => {}
        }
        if revalue {
            self.revalue(faults);
        }
        Ok(())
    }

    fn mark_unreadable(&mut self, input: &OrderInput) {
        let fields = [
            ("title", input.title.is_unreadable()),
            ("customer_id", input.customer_id.is_unreadable() || input.customer_name.is_unreadable() || input.customer_ref.is_unreadable()),
            ("currency", input.currency.is_unreadable()),
            ("expected_close_date", input.expected_close_date.is_unreadable()),
            ("valid_until", input.valid_until.is_unreadable()),
            ("intent_level", input.intent_level.is_unreadable()),
            ("source", input.source.is_unreadable()),
            ("note", input.note.is_unreadable()),
            ("tags", input.tags.is_unreadable()),
            ("external_ref", input.external_ref.is_unreadable()),
            ("lines", input.lines.is_unreadable()),
        ];
        self.unreadable.extend(fields.into_iter().filter(|(_, unreadable)| *unreadable).map(|(name, _)| name));
    }

    /// The customer by id, by exact name or by another system's id: only one of them.
    fn apply_customer(&mut self, c: &mut AnyConnection, input: &OrderInput, faults: &mut Faults) -> Result<(), Problem> {
        let given = [input.customer_id.is_given(), input.customer_name.is_given(), input.customer_ref.is_given()];
        if given.iter().filter(|g| **g).count() > 1 {
            self.unreadable.push("customer_id");
            faults.add(Fault::new("/customer_id", FaultCode::Conflicting).param("fields", "customer_id, customer_name, customer_ref"));
            return Ok(());
        }
        let unknown = |pointer: &str, given: &str| Fault::new(pointer, FaultCode::UnknownReference).param("what", "customer").param("given", given);
        let found = match (&input.customer_id, &input.customer_name, &input.customer_ref) {
            (Given::Value(id), ..) if Some(id.0) == self.customer || customers::store::active(c, id.0)? => Ok(id.0),
            (Given::Value(id), ..) => Err(unknown("/customer_id", &id.0.to_string())),
            (_, Given::Value(name), _) => match customers::store::find_by_name(c, &name.0)?.as_slice() {
                [one] => Ok(*one),
                [] => Err(unknown("/customer_name", &name.0)),
                several => {
                    let ids: Vec<_> = several.iter().take(10).map(ToString::to_string).collect();
                    Err(Fault::new("/customer_name", FaultCode::Ambiguous).param("what", "customer").param("given", &name.0).param("ids", ids.join(", ")))
                }
            },
            (.., Given::Value(reference)) => {
                let ExternalRef { system, id } = reference;
                customers::store::find_by_ref(c, &system.0, &id.0)?.ok_or_else(|| unknown("/customer_ref", &format!("{} {}", system.0, id.0)))
            }
            (Given::Null, ..) | (_, Given::Null, _) | (.., Given::Null) => {
                self.customer = None;
                return Ok(());
            }
            _ => return Ok(()),
        };
        match found {
            Ok(id) => self.customer = Some(id),
            Err(fault) => {
                self.unreadable.push("customer_id");
                faults.add(fault);
            }
        }
        Ok(())
    }

    /// Lines are replaced whole; one sent with its id keeps its identity, and a product that it already had even where that is archived by now.
    fn apply_lines(&mut self, c: &mut AnyConnection, lines: Vec<LineInput>, same_lines: SameLines, faults: &mut Faults) -> Result<(), Problem> {
        let before: Vec<DraftLine> = self.lines.drain(..).collect();
        let given: Vec<String> = lines.iter().filter_map(|line| line.product.as_ref().map(|p| p.0.clone())).collect();
        let mut resolved = products::store::resolve(c, &given)?.into_iter();
        let mut seen = Vec::new();
        for (i, line) in lines.into_iter().enumerate() {
            let at = format!("/lines/{i}");
            let known = line.id.as_ref().and_then(|id| before.iter().find(|known| known.id == id.0));
            if let Some(id) = line.id.as_ref()
                && (known.is_none() || seen.contains(&id.0))
            {
                faults.add(Fault::new(format!("{at}/id"), FaultCode::UnknownLine).param("given", id.0));
            }
            let mut unreadable = Vec::new();
            for (name, is) in [
                ("product", line.product.is_unreadable()),
                ("description", line.description.is_unreadable()),
                ("quantity", line.quantity.is_unreadable()),
                ("unit_price", line.unit_price.is_unreadable()),
                ("discount_rate", line.discount_rate.is_unreadable()),
            ] {
                if is {
                    unreadable.push(name);
                }
            }
            let (mut product, mut list_price) = (Product::None, None);
            if line.product.as_ref().is_some()
                && let Some(answer) = resolved.next()
            {
                let kept = known.and_then(|k| if let Product::Known(id) = k.product { Some(id) } else { None }).filter(|id| id.to_string() == answer.given);
                product = match (answer.found, kept) {
                    (Some(found), _) => {
                        list_price = found.list_price.filter(|_| found.currency.as_deref() == Some(&self.currency));
                        Product::Known(found.id)
                    }
                    (None, Some(id)) => Product::Known(id),
                    (None, None) => Product::Unknown { given: answer.given, nearest: answer.nearest },
                };
            }
            // Another system knows no ids of ours: its line of a product is the one that was there.
            let of_product = |known: &&DraftLine| matches!((&known.product, &product), (Product::Known(a), Product::Known(b)) if a == b);
            let known = match same_lines {
                SameLines::ByProduct if !line.id.is_given() => before.iter().find(|known| of_product(known) && !seen.contains(&known.id)),
                _ => known,
            };
            seen.extend(known.map(|k| k.id));
            if list_price.is_none() && !line.unit_price.is_given() && !matches!(product, Product::None) {
                // Without a product there is no list price to speak of; without a list price it is said more helpfully than the standard's "required" could.
                unreadable.push("unit_price");
            }
            if list_price.is_none() && !line.unit_price.is_given() && matches!(product, Product::Known(_)) {
                faults.add(Fault::new(format!("{at}/unit_price"), FaultCode::NoListPrice).param("currency", &self.currency));
            }
            self.lines.push(DraftLine {
                id: known.map_or_else(new_id, |k| k.id),
                product,
                description: line.description.value().map(|d| d.0),
                quantity: line.quantity.value().map(|q| q.0),
                unit_price: line.unit_price.value().map(|p| p.0).or(list_price),
                discount_rate: line.discount_rate.value().map_or(Decimal::ZERO, |r| r.0),
                amount: Decimal::ZERO,
                unreadable,
            });
        }
        Ok(())
    }

    fn revalue(&mut self, faults: &mut Faults) {
        let places = decimal::exponent(&self.currency);
        for (i, line) in self.lines.iter_mut().enumerate() {
            match rules::line_amount(line.quantity.unwrap_or_default(), line.unit_price.unwrap_or_default(), line.discount_rate, places) {
                Some(amount) => line.amount = amount,
                None => faults.add(Fault::new(format!("/lines/{i}"), FaultCode::AmountTooLarge)),
            }
        }
        if self.amount().is_none() {
            faults.add(Fault::new("/lines", FaultCode::AmountTooLarge));
        }
    }

    /// The sum of the lines; none where it is too large to be kept.
    pub fn amount(&self) -> Option<Decimal> {
        rules::total(self.lines.iter().map(|line| line.amount))
    }

    /// The products of its lines.
    pub fn products(&self) -> impl Iterator<Item = Id> + '_ {
        self.lines.iter().filter_map(|line| if let Product::Known(id) = line.product { Some(id) } else { None })
    }

    /// The lines whose product nobody knows: refused whatever the standard says, for the name could not be kept.
    pub fn unknown_products(&self) -> impl Iterator<Item = Fault> + '_ {
        self.lines.iter().enumerate().filter_map(|(i, line)| match &line.product {
            Product::Unknown { given, nearest } => {
                let fault = Fault::new(format!("/lines/{i}/product"), FaultCode::UnknownProduct).param("given", given).suggest(nearest.first().cloned());
                Some(if nearest.is_empty() { fault } else { fault.param("nearest", nearest.join(", ")) })
            }
            Product::None | Product::Known(_) => None,
        })
    }

    /// The entry as rules see it, shown to `look`; `facts` is what they ask about besides.
    pub fn with_entry<T>(&self, facts: &Facts, look: impl FnOnce(&Entry<'_>) -> T) -> T {
        let lines: Vec<Entry<'_>> = self.lines.iter().map(|line| line.entry(facts)).collect();
        let mut entry = Entry::default();
        for (name, value) in [
            ("title", text(self.title.as_ref())),
            ("customer_id", self.customer.map_or(Value::Missing, Value::Reference)),
            ("currency", Value::Text(&self.currency)),
            ("expected_close_date", date(self.expected_close_date)),
            ("valid_until", date(self.valid_until)),
            ("intent_level", text(self.intent_level.as_ref())),
            ("source", text(self.source.as_ref())),
            ("note", text(self.note.as_ref())),
            ("tags", Value::Texts(&self.tags)),
            (
                "amount",
                if self.lines.iter().any(|line| !line.unreadable.is_empty()) {
                    Value::Unreadable
                } else {
                    self.amount().map_or(Value::Unreadable, Value::Number)
                },
            ),
            ("lines", Value::Items(&lines)),
            ("owner", Value::Reference(facts.owner)),
            ("team", facts.team.map_or(Value::Missing, Value::Reference)),
            ("customer.industry", text(facts.customer.industry.as_ref())),
            ("customer.region", text(facts.customer.region.as_ref())),
            ("customer.value_tier", text(facts.customer.value_tier.as_ref())),
        ] {
            entry.0.insert(name, if self.unreadable.contains(&name) { Value::Unreadable } else { value });
        }
        if facts.pushed {
            entry.0.insert(entry::PUSHED, Value::Flag(true));
        }
        facts.custom.put_into(&mut entry);
        look(&entry)
    }

    /// The rows of the lines.
    pub fn line_rows(&self) -> Vec<LineRow> {
        self.lines
            .iter()
            .map(|line| LineRow {
                id: line.id,
                product_id: if let Product::Known(id) = line.product { Some(id) } else { None },
                description: line.description.clone(),
                quantity: line.quantity.unwrap_or_default(),
                unit_price: line.unit_price.unwrap_or_default(),
                discount_rate: line.discount_rate,
                amount: line.amount,
            })
            .collect()
    }
}

fn text(value: Option<&String>) -> Value<'_> {
    value.map_or(Value::Missing, |v| Value::Text(v))
}

fn date(value: Option<NaiveDate>) -> Value<'static> {
    value.map_or(Value::Missing, Value::Date)
}

impl DraftLine {
    fn of(line: &LineRow) -> Self {
        Self {
            id: line.id,
            product: line.product_id.map_or(Product::None, Product::Known),
            description: line.description.clone(),
            quantity: Some(line.quantity),
            unit_price: Some(line.unit_price),
            discount_rate: line.discount_rate,
            amount: line.amount,
            unreadable: Vec::new(),
        }
    }

    /// Whether all of it could be read, so that its amount is one.
    pub const fn is_readable(&self) -> bool {
        self.unreadable.is_empty()
    }

    fn entry<'a>(&'a self, facts: &'a Facts) -> Entry<'a> {
        let number = |value: Option<Decimal>| value.map_or(Value::Missing, Value::Number);
        let mut category = Value::Missing;
        let product = match &self.product {
            Product::None => Value::Missing,
            Product::Known(id) => {
                let known = facts.products.get(id);
                category = text(known.and_then(|known| known.category.as_ref()));
                let list_price = known.and_then(|known| known.list_price.filter(|_| known.currency.as_deref() == Some(&facts.currency)));
                let of_category = known.and_then(|known| known.category.as_deref());
                Value::Product(entry::Product { given: "-", id: Some(*id), list_price, category: of_category, ..entry::Product::default() })
            }
            Product::Unknown { given, nearest } => Value::Product(entry::Product { given, nearest, ..entry::Product::default() }),
        };
        let mut entry = Entry::default();
        for (name, value) in [
            ("product", product),
            ("category", category),
            ("description", self.description.as_ref().map_or(Value::Missing, |d| Value::Text(d))),
            ("quantity", number(self.quantity)),
            ("unit_price", number(self.unit_price)),
            ("discount_rate", Value::Number(self.discount_rate)),
            ("amount", if self.unreadable.is_empty() { Value::Number(self.amount) } else { Value::Unreadable }),
        ] {
            entry.0.insert(name, if self.unreadable.contains(&name) { Value::Unreadable } else { value });
        }
        entry
    }
}

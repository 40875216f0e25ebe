//! The largest groups of a dimension, and the rest of them taken together.
use std::ops::Range;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::apart::Word;
use super::groups::Groups;
use super::{Counts, Facts, Key, KeyRow, PART, PRODUCT, RULE, Source, Sum, TAG};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;

/// As many groups as there are: which are the largest cannot be told by some of them.
const ALL: usize = 1 << 40;

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
}

/// Groups of the first dimension that stand for themselves: in the currency that is named, or in any.
pub type Top = (Option<String>, Vec<Key>);

/// The groups of the first dimension that have the most orders, with how many there are in each group when all others are taken together.
pub fn most_orders(c: &mut AnyConnection, facts: &Facts, top: usize, most: usize) -> Result<(Vec<Top>, Vec<Counts>), Problem> {
    facts.most(c, Word::Status, top, most).map(|(top, groups)| (top, groups.counts()))
}

/// The same of those that are worth most, with what each group is: in each currency or, where all is told in one, in that.
pub fn most_worth(c: &mut AnyConnection, facts: &Facts, top: usize, most: usize) -> Result<(Vec<Top>, Vec<Sum>), Problem> {
    facts.most(c, Word::Currency, top, most).map(|(top, groups)| (top, groups.sums()))
}

/// The keys of the groups of the first dimension that have the most orders.
fn ranked_by_orders(c: &mut AnyConnection, facts: &Facts, top: usize) -> Result<Vec<Top>, Problem> {
    let facts = facts.by(0..1);
    let select = format!("select {}, cast(null as text) as currency from (", facts.columns());
    let ranked = format!(") f group by f.k0 order by {} desc, (f.k0 is null), f.k0 limit {top}", facts.orders(None));
    let rows: Vec<PlaceRow> = facts.parts().text(select).then(facts.each()).text(ranked).load(c)?;
    Ok(vec![(None, rows.into_iter().flat_map(|row| row.keys.keys(1)).collect())])
}

/// The same of those that are worth most, by currency.
fn ranked_by_worth(c: &mut AnyConnection, facts: &Facts, top: usize) -> Result<Vec<Top>, Problem> {
    let facts = facts.by(0..1);
    let rows = match &facts.conversion {
        None => facts.each(),
        // What no rate converts is worth nothing there.
        Some(conversion) => Sql::new("select f.k0 as k0, cast(null as text) as currency, case when f.currency = ")
            .bind(Value::Text(conversion.currency.clone()))
            .text(" then f.amount else 0 end as amount from (")
            .then(facts.each())
            .text(") f"),
    };
    // The two parts of a sum, brought to a form in which they have an order.
    let low = format!("((sum(f.amount % {PART}) % {PART} + {PART}) % {PART})");
    let high = format!("(sum(f.amount / {PART}) + (sum(f.amount % {PART}) - {low}) / {PART})");
    let select = format!(
        "select {}, f.currency as currency from (select g.k0, g.currency, row_number() over (partition by g.currency order by g.high desc, g.low desc, (g.k0 is null), g.k0) as place \
         from (select f.k0, f.currency, {high} as high, {low} as low from (",
        facts.columns()
    );
    let ranked = format!(") f group by f.k0, f.currency) g) f where f.place <= {top}");
    let rows: Vec<PlaceRow> = facts.parts().text(select).then(rows).text(ranked).load(c)?;
    let mut all: Vec<Top> = Vec::new();
    for (currency, keys) in rows.into_iter().map(|row| (row.currency, row.keys.keys(1))) {
        match all.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, known)) => known.extend(keys),
            None => all.push((currency, keys)),
        }
    }
    Ok(all)
}

impl Facts {
    /// The greatest groups of the first dimension, and what all come to when the others are taken together.
    fn most(&self, c: &mut AnyConnection, word: Word, top: usize, most: usize) -> Result<(Vec<Top>, Groups), Problem> {
        let top = if self.packed.is_some() {
            let all = self.by(0..1).groups(c, word, None, ALL)?;
            let top = all.most(top, word);
            // Where an order is in one group alone, all is known by now.
            if self.keys.len() == 1 && !self.lines {
                let left = all.leave(&top);
                return Ok((top, left));
            }
            top
        } else {
            match word {
                Word::Status => ranked_by_orders(c, self, top)?,
                Word::Currency => ranked_by_worth(c, self, top)?,
            }
        };
        let groups = self.groups(c, word, Some(&top), most)?;
        Ok((top, groups))
    }

    /// The same by some of the dimensions: of those that orders have several values of only these are joined.
    fn by(&self, which: Range<usize>) -> Self {
        let keys: Vec<_> = self.keys.iter().skip(which.start).take(which.len()).cloned().collect();
        let has = |column: &'static str| keys.iter().any(|(key, _)| *key == Sql::new(column));
        Self {
            products: has(PRODUCT),
            rules: has(RULE),
            tags: has(TAG),
            keys,
            apart: None,
            packed: self.packed.clone().map(|packed| packed.by(which)),
            ..self.clone()
        }
    }

    /// The groups of the first dimension that are named, or all others, of which an order then counts once whatever their number.
    pub(super) fn among(&self, top: &[Top], named: bool) -> Self {
        let Some((key, _)) = self.keys.first() else { return self.clone() };
        let of_currency = |currency: &Option<String>, holds: Sql| match currency {
            None => holds,
            Some(currency) => Sql::all([Sql::new("orders.currency = ").bind(Value::Text(currency.clone())), holds]),
        };
        if named {
            let any = Sql::any(top.iter().map(|(currency, keys)| of_currency(currency, among(key, keys))));
            return Self { condition: Sql::all([self.condition.clone(), any]), apart: None, ..self.clone() };
        }
        // Tags and rules are looked for instead of joined.
        let side = match &self.source {
            _ if self.rules && *key == Sql::new(RULE) => Some(("order_broken_rules b where b.order_id = orders.id", "b.rule")),
            Source::Orders if self.tags && *key == Sql::new(TAG) => Some(("order_tags t where t.order_id = orders.id", "t.tag")),
            Source::Facts(_) if self.tags && *key == Sql::new(TAG) => Some(("tags_then t where t.order_id = orders.order_id", "t.tag")),
            _ => None,
        };
        let other = |keys: &[Key]| match side {
            None => Sql::new("not ").then(among(key, keys)),
            Some((rows, column)) => {
                let has = Sql::new(format!("exists (select 1 from {rows} and not ")).then(among(&Sql::new(column), keys)).text(")");
                if keys.contains(&Key::Missing) { has } else { Sql::any([has, Sql::new(format!("not exists (select 1 from {rows})"))]) }
            }
        };
        // Of a currency in which nothing stands for itself all is rest.
        let currencies: Vec<Value> = top.iter().filter_map(|(currency, _)| currency.clone().map(Value::Text)).collect();
        let apart = match currencies.is_empty() {
            true if top.is_empty() => Some(Sql::all([])),
            true => None,
            false => Some(Sql::new("orders.currency not in (").list(currencies).text(")")),
        };
        let any = Sql::any(top.iter().map(|(currency, keys)| of_currency(currency, other(keys))).chain(apart));
        Self { condition: Sql::all([self.condition.clone(), any]), ..self.by(1..self.keys.len()) }
    }
}

/// Whether a key is one of some, the missing one among them or not; never unknown.
fn among(key: &Sql, keys: &[Key]) -> Sql {
    let value = |key: &Key| match key {
        Key::Id(id) => Some(Value::Id(*id)),
        Key::Text(text) => Some(Value::Text(text.clone())),
        Key::Number(number) => i64::try_from(*number).ok().map(Value::Number),
        Key::Missing | Key::Rest => None,
    };
    let values: Vec<Value> = keys.iter().filter_map(value).collect();
    let known = (!values.is_empty()).then(|| {
        let there = Sql::new("(").then(key.clone()).text(") is not null");
        Sql::all([there, Sql::new("(").then(key.clone()).text(") in (").list(values).text(")")])
    });
    let missing = keys.contains(&Key::Missing).then(|| Sql::new("(").then(key.clone()).text(") is null"));
    Sql::any(known.into_iter().chain(missing))
}

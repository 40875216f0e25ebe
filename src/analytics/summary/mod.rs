//! The figures of a home screen in one answer: what came of a period beside the one before, what is open, and which orders need somebody.
pub mod dto;
pub mod handlers;
mod need;
mod period;
mod store;
mod targets;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Number;

use super::conversion::conversion;
use super::convert::Conversion;
use super::dto::{ConversionRow, RevenueRow, ToldIn};
use super::plan::MOST;
use super::question::{Ask, OF_NOW};
use super::revenue::revenue;
use super::rules::{Basis, OPEN, amount_text, rate};
use super::store::{Facts, Source, sums};
use super::worth::{Told, told};
use crate::identity::Act;
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::Sql;
use crate::platform::decimal::exponent;
use crate::platform::problem::{Locale, Problem};
use dto::{Attention, CountFigure, MoneyFigure, OpenAmount, OpenFigure, RateFigure, Span, Summary};
pub use need::Need;
pub use period::Period;

/// The summary of a period; without a day up to today.
pub fn summary(c: &mut AnyConnection, act: &Act, ask: &Ask, (period, day): (Period, Option<NaiveDate>), locale: Locale) -> Result<Summary, Problem> {
    let today = date_in(ask.zone, act.now);
    let now = period.until(day.unwrap_or(today));
    let before = period.before(now);
    let within = |(from, to): (NaiveDate, NaiveDate)| {
        let mut ask = ask.clone();
        (ask.basis, ask.from, ask.to) = (Basis::Closed, Some(from), Some(to));
        ask
    };
    let mut counted = |span| -> Result<Option<ConversionRow>, Problem> { Ok(conversion(c, act, &within(span), locale)?.data.pop()) };
    let (closed, closed_before) = (counted(now)?, counted(before)?);
    let figure = |now: &Option<ConversionRow>, before: &Option<ConversionRow>, of: fn(&ConversionRow) -> i64, link: fn(&ConversionRow) -> Option<String>| {
        let value = |row: &Option<ConversionRow>| row.as_ref().map(of).unwrap_or_default();
        CountFigure {
            change: change(value(now).into(), value(before).into()),
            value: value(now),
            previous: value(before),
            drilldown: now.as_ref().and_then(link),
        }
    };
    let win_rate = |row: &Option<ConversionRow>| row.as_ref().and_then(|row| row.measures.win_rate.clone());
    let mut worth = BTreeMap::<String, (Option<RevenueRow>, Option<RevenueRow>)>::new();
    for row in revenue(c, act, &within(before), locale)?.data {
        let currency = row.currency.clone();
        worth.entry(currency).or_default().1 = Some(row);
    }
    for row in revenue(c, act, &within(now), locale)?.data {
        let currency = row.currency.clone();
        worth.entry(currency).or_default().0 = Some(row);
    }
    let money = |(currency, (now, before)): (String, (Option<RevenueRow>, Option<RevenueRow>))| {
        let places = exponent(&currency);
        let amount = |row: &Option<RevenueRow>| row.as_ref().map_or(0, |row| read(&row.measures.won_amount));
        let (value, previous) = (amount(&now), amount(&before));
        MoneyFigure {
            value: amount_text(value, places),
            previous: amount_text(previous, places),
            change: change(value, previous),
            previous_unconverted: before.map(|row| row.unconverted).unwrap_or_default(),
            unconverted: now.as_ref().map(|row| row.unconverted.clone()).unwrap_or_default(),
            drilldown: now.and_then(|row| row.drilldown),
            currency,
        }
    };
    let conversion = Conversion::asked(c, ask.convert.as_ref(), act.now, None)?;
    let span = |(from, to): (NaiveDate, NaiveDate)| Span { from, to };
    Ok(Summary {
        period: span(now),
        previous_period: span(before),
        tz: ask.zone.name().to_owned(),
        entered: came(c, act, ask, "created_at", (now, before))?,
        submitted: came(c, act, ask, "first_submitted_at", (now, before))?,
        won: figure(&closed, &closed_before, |row| row.measures.won, |row| row.drilldowns.won.clone()),
        lost: figure(&closed, &closed_before, |row| row.measures.lost, |row| row.drilldowns.lost.clone()),
        win_rate: RateFigure { value: win_rate(&closed), previous: win_rate(&closed_before) },
        won_amounts: worth.into_iter().map(money).collect(),
        targets: targets::own(c, act, ask.zone, now, conversion.as_ref())?,
        open: open(c, act, ask, conversion.as_ref())?,
        attention: attention(c, act, ask, today)?,
        told: ToldIn::of(conversion.as_ref()),
    })
}

/// An amount as it was answered, in ten-thousandths; sums of many orders may be larger than one amount can be.
fn read(amount: &str) -> i128 {
    let (whole, rest) = amount.split_once('.').unwrap_or((amount, ""));
    format!("{whole}{rest:0<4}").parse().unwrap_or_default()
}

/// The caller's orders that meet a condition.
fn seen(act: &Act, condition: Sql) -> Sql {
    Sql::all([Sql::new("orders.archived_at is null"), act.caller.sees("orders.owner_id", "orders.team_id"), condition])
}

/// Those of them that are open.
fn open_ones(act: &Act, condition: Sql) -> Sql {
    // Not bound but word for word what is said of the index of open orders: SQLite uses that for nothing else.
    let is_open = format!("orders.status in ({})", OPEN.map(|status| format!("'{status}'")).join(", "));
    Sql::all([seen(act, condition), Sql::new(is_open)])
}

/// The caller's open orders, as the question narrows them.
pub fn open_orders(act: &Act, ask: &Ask) -> Result<Sql, Problem> {
    Ok(open_ones(act, ask.condition(&OF_NOW)?))
}

/// How many have a time in a span, beside the one before: an index holds few orders of all, wherever facts lie.
fn came(
    c: &mut AnyConnection,
    act: &Act,
    ask: &Ask,
    field: &str,
    (now, before): ((NaiveDate, NaiveDate), (NaiveDate, NaiveDate)),
) -> Result<CountFigure, Problem> {
    let of = seen(act, ask.condition(&OF_NOW)?);
    let times = |(from, to): (NaiveDate, NaiveDate)| (start_of(ask.zone, from), start_of(ask.zone, to));
    let (now, before) = (times(now), times(before));
    let mut count = |span| store::within(c, of.clone(), field, span);
    let (value, previous) = (count(now)?, count(before)?);
    let drilldown = Some(ask.drill(&OF_NOW).times(field, Some(now.0), Some(now.1)).url());
    Ok(CountFigure { value, previous, change: change(value.into(), previous.into()), drilldown })
}

fn open(c: &mut AnyConnection, act: &Act, ask: &Ask, conversion: Option<&Conversion>) -> Result<OpenFigure, Problem> {
    // The facts lie close together; what they cannot say, and rates, is asked of the orders.
    let facts = match ask.condition_of_facts()?.ok().filter(|_| conversion.is_none()) {
        Some(condition) => Facts { source: Source::Facts(None), ..Facts::of(open_ones(act, condition)) },
        None => Facts { conversion: conversion.cloned(), ..Facts::of(open_orders(act, ask)?) },
    };
    let sums = sums(c, &facts, None, MOST)?.into_iter().map(|sum| ((), sum.currency, sum.orders, sum.amount));
    let mut told: Vec<Told> = told(conversion.map(|conversion| conversion.currency.as_str()), sums).into_iter().map(|(_, told)| told).collect();
    told.sort_by(|a, b| a.currency.cmp(&b.currency));
    let worth = |told: &Told| OpenAmount { amount: told.text(), unconverted: told.unconverted(), currency: told.currency.clone() };
    let drilldown = ask.drill(&OF_NOW).any_of("status", OPEN).url();
    Ok(OpenFigure { orders: told.iter().map(|told| told.orders).sum(), amounts: told.iter().map(worth).collect(), drilldown })
}

/// What somebody should look at, each with its list; kinds without an order are left out.
fn attention(c: &mut AnyConnection, act: &Act, ask: &Ask, today: NaiveDate) -> Result<Vec<Attention>, Problem> {
    let needy = Need::ALL.map(|need| (need, need.on(today, ask.zone)));
    let counts = store::each(c, &open_orders(act, ask)?, needy.each_ref().map(|(_, needy)| needy.condition()))?;
    let told = needy.iter().zip(counts).filter(|(_, orders)| *orders > 0);
    Ok(told.map(|((need, needy), orders)| Attention { kind: need.as_str(), orders, drilldown: needy.list(ask.drill(&OF_NOW)).url() }).collect())
}

/// The change from one value to another, of the earlier one; none where that is zero.
fn change(value: i128, previous: i128) -> Option<Number> {
    rate(value - previous, previous.abs())
}

//! Order by order: amounts, history, side tables, words in the search index, events.
use std::collections::BTreeSet;

use super::records::{hold_events, hold_words};
use super::report::{Kind, Report};
use super::rules::{self, Line, differing, replay};
use super::store;
use crate::orders::dto::view::number_text;
use crate::orders::lifecycle::Status;
use crate::orders::list::words;
use crate::orders::rules::stays::Since;
use crate::orders::store::{LineRow, OrderRow};
use crate::platform::db::{AnyConnection, Id, Json, UtcTime};
use crate::platform::decimal::Decimal;
use crate::platform::problem::Problem;
use crate::standards::custom::store::astray;
use crate::standards::entity::Entity;
use crate::standards::service::current;

/// Looks at every order.
pub fn check(c: &mut AnyConnection, report: &mut Report) -> Result<(), Problem> {
    let standard = current(c, Entity::Orders.as_str())?;
    let mut after: Option<Id> = None;
    loop {
        let rows = store::orders(c, after)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let ids: Vec<Id> = rows.iter().map(|(row, _)| row.id).collect();
        let (mut lines, mut steps, mut tags) = (store::lines(c, &ids)?, store::steps(c, &ids)?, store::order_tags(c, &ids)?);
        let remarks = store::remarks(c, &ids)?;
        let (mut entries, mut events) = (store::entries(c, "order", &ids)?, store::events(c, "order", &ids)?);
        let custom: Vec<_> = rows.iter().map(|(row, _)| (row.id, &row.custom.0)).collect();
        let astray: BTreeSet<Id> = astray(c, Entity::Orders, &standard, &custom)?.into_iter().collect();
        for (row, own) in &rows {
            let name = number_text(row.number);
            let (lines, steps) = (lines.remove(&row.id).unwrap_or_default(), steps.remove(&row.id).unwrap_or_default());
            report.looked_at("orders", 1);
            report.looked_at("lines", lines.len());
            report.looked_at("steps in their lives", steps.len());
            amounts(c, report, &name, row, &lines)?;
            report.faults(Kind::History, history(row, &steps).map(|fault| format!("{name}: {fault}")));
            let (wanted, found) = (row.tags.to::<BTreeSet<String>>(), tags.remove(&row.id).unwrap_or_default().into_iter().collect());
            report.faults(Kind::SideTables, differing(&wanted, &found).map(|fault| format!("{name}: order_tags {fault}")));
            if own.clone().rows().ne(lines.iter().cloned()) {
                report.fault(Kind::SideTables, format!("{name}: order_lines says something else than the order"));
            }
            let on_it = remarks.get(&row.id).copied().unwrap_or_default();
            if i64::from(row.remark_count) != on_it {
                report.fault(Kind::SideTables, format!("{name}: order_remarks has {on_it}, the order counts {}", row.remark_count));
            }
            if astray.contains(&row.id) {
                report.fault(Kind::SideTables, format!("{name}: custom_values says something else than the order"));
            }
            hold_words(c, report, &name, &[("own", words(row, &lines))], entries.remove(&row.id).unwrap_or_default());
            hold_events(report, &name, 1, row.version, &events.remove(&row.id).unwrap_or_default());
        }
    }
}

fn amounts(c: &mut AnyConnection, report: &mut Report, name: &str, row: &OrderRow, lines: &[LineRow]) -> Result<(), Problem> {
    let values: Vec<Line> = lines
        .iter()
        .map(|line| Line { quantity: line.quantity, unit_price: line.unit_price, discount_rate: line.discount_rate, amount: line.amount })
        .collect();
    let wrong = rules::misvalued(&row.currency, &values);
    if !wrong.is_empty() && !is_spread(c, row.id, lines)? {
        report.faults(Kind::Amounts, wrong.iter().map(|line| format!("{name}: line {line} is not quantity × price × (1 − discount)")));
    }
    let sum = rules::missummed(row.amount, &values);
    report.faults(Kind::Amounts, sum.map(|sum| format!("{name}: the lines sum to {sum}, the order says {}", row.amount)));
    Ok(())
}

/// Whether the lines have their amounts from a win at another amount than the order's, and were not valued since.
fn is_spread(c: &mut AnyConnection, order: Id, lines: &[LineRow]) -> Result<bool, Problem> {
    let Some(Json(last)) = last_valued(c, order)? else { return Ok(false) };
    let after = last.get("line_amounts").and_then(|amounts| amounts.get(1)?.as_array());
    let amounts: Option<Vec<Decimal>> = after.and_then(|amounts| amounts.iter().map(|amount| Decimal::parse(amount.as_str()?).ok()).collect());
    Ok(amounts == Some(lines.iter().map(|line| line.amount).collect()))
}

/// The last change by which lines got their amounts.
fn last_valued(c: &mut AnyConnection, order: Id) -> Result<Option<Json>, Problem> {
    let mut behind = None;
    loop {
        let changes = store::changes(c, order, behind)?;
        let Some((number, _)) = changes.last() else { return Ok(None) };
        behind = Some(*number);
        let valued = changes.into_iter().find(|(_, Json(changes))| changes.get("lines").is_some() || changes.get("line_amounts").is_some());
        if let Some((_, changes)) = valued {
            return Ok(Some(changes));
        }
    }
}

fn history(row: &OrderRow, steps: &[rules::Step]) -> Option<String> {
    let place = match replay(steps) {
        Ok(place) => place,
        Err(fault) => return Some(fault),
    };
    let at = |at: Option<i64>| at.map_or_else(|| "nothing".to_owned(), |at| UtcTime(at).to_string());
    let (status, remembered) = (place.status.map(|s| s.as_str()), place.remembered.map(|s| s.as_str()));
    if status != Some(&row.status) {
        Some(format!("its history leads to {}, the order is {}", status.unwrap_or("nothing"), row.status))
    } else if place.status.is_some_and(Status::is_closed) != row.closed_on.is_some() {
        // Whoever counts what is closed goes by the one or by the other.
        let day = row.closed_on.map_or_else(|| "has no day of closing".to_owned(), |day| format!("was closed on {day}"));
        Some(format!("the order is {} and {day}", row.status))
    } else if place.stage.as_deref() != Some(&row.stage) {
        Some(format!("its history leads to stage {}, the order is in {}", place.stage.unwrap_or_default(), row.stage))
    } else if remembered != row.resume_status.as_deref() {
        Some(format!("an approval restores {} by its history, {} by the order", or_nothing(remembered), or_nothing(row.resume_status.as_deref())))
    } else if place.since != row.since() {
        let told = |since: Since| format!("{} in its stage and {} in its status", at(since.stage), at(since.status));
        Some(format!("by its history it has been since {}, by the order since {}", told(place.since), told(row.since())))
    } else if place.rates_at.is_some() && place.rates_at != row.rates_at.map(|at| at.0) {
        Some(format!("by its history it knows of rates until {}, by the order until {}", at(place.rates_at), at(row.rates_at.map(|at| at.0))))
    } else {
        None
    }
}

fn or_nothing(status: Option<&str>) -> &str {
    status.unwrap_or("nothing")
}

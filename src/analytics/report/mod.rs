//! A page for a team's meeting, ready to print: the summary of a week or a month, five charts, and the orders to talk about. It counts nothing by itself.
pub mod handlers;
mod html;
mod store;

use chrono::{Months, NaiveDate};

use super::conversion::conversion;
use super::pictures::{Look, Pictured};
use super::question::Ask;
use super::revenue::revenue;
use super::review::review;
use super::rules::{Basis, Dimension, Own};
use super::store::settings_document;
use super::summary::{Need, Period, dto::Summary, open_orders, summary};
use crate::identity::Act;
use crate::platform::chart::Chart;
use crate::platform::clock::date_in;
use crate::platform::db::AnyConnection;
use crate::platform::problem::{Locale, Problem};

pub use store::Talked;

/// What stands on the page.
#[derive(Debug)]
pub struct Report {
    pub organisation: String,
    pub period: Period,
    pub summary: Summary,
    pub charts: Vec<Chart>,
    /// Past their expected close date, the oldest first.
    pub overdue: Vec<Talked>,
    /// To be closed within seven days, the next first.
    pub closing_soon: Vec<Talked>,
    /// Sent back by the reviewer, those that lie longest first.
    pub returned: Vec<Talked>,
}

/// Composes it.
pub fn report(c: &mut AnyConnection, act: &Act, ask: &Ask, (period, day): (Period, Option<NaiveDate>), locale: Locale) -> Result<Report, Problem> {
    let summary = summary(c, act, ask, (period, day), locale)?;
    let within = |own: Own, from: NaiveDate| {
        let mut ask = ask.clone();
        (ask.basis, ask.group_by, ask.from, ask.to) = (Basis::Closed, vec![Dimension::Own(own)], Some(from), Some(summary.period.to));
        ask
    };
    let drawn = |found: &dyn Pictured, ask: &Ask| found.picture(Look { group_by: &ask.group_by, custom: &[], locale });
    let from = summary.period.from;
    let year = summary.period.to.checked_sub_months(Months::new(12)).unwrap_or(from);
    let mut charts = Vec::with_capacity(5);
    for own in [Own::Owner, Own::Source] {
        let ask = within(own, from);
        charts.push(drawn(&conversion(c, act, &ask, locale)?, &ask));
    }
    for (own, from) in [(Own::Month, year), (Own::Product, from)] {
        let ask = within(own, from);
        charts.push(drawn(&revenue(c, act, &ask, locale)?, &ask));
    }
    let ask_reviews = within(Own::Owner, from);
    charts.push(drawn(&review(c, act, &ask_reviews, locale)?, &ask_reviews));
    let today = date_in(ask.zone, act.now);
    let open = open_orders(act, ask)?;
    let organisation = settings_document(c, "organisation")?.and_then(|value| value["name"].as_str().map(str::to_owned)).unwrap_or_default();
    let mut some = |need| store::talked_about(c, &open, need, today, ask.zone);
    let (overdue, closing_soon, returned) = (some(Need::Overdue)?, some(Need::ClosingSoon)?, some(Need::Returned)?);
    Ok(Report { organisation, period, summary, charts, overdue, closing_soon, returned })
}

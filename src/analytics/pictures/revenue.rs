//! Revenue: a panel for each currency, lines where it is asked over time, else bars, stacked by the second dimension.
use std::collections::BTreeMap;

use super::{Look, Pictured, words};
use crate::analytics::dto::{Revenue, RevenueRow};
use crate::analytics::rules::Dimension;
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Line, Lines, Panel, Series};

/// Most lines or parts of bars; what is beyond is taken together.
const MOST_PARTS: usize = 7;

impl Pictured for Revenue {
    fn picture(&self, look: Look<'_>) -> Chart {
        let mut currencies: BTreeMap<&str, Vec<&RevenueRow>> = BTreeMap::new();
        for row in &self.data {
            currencies.entry(&row.currency).or_default().push(row);
        }
        let alone = currencies.len() == 1;
        let mut footnote = None;
        let panel = |(currency, rows): (&str, Vec<&RevenueRow>)| {
            let unit = format!("{} ({currency})", look.say("Won amount", "成交额"));
            let (body, note) = body(look, rows);
            footnote = footnote.take().or(note);
            Panel { heading: (!alone).then(|| currency.to_owned()), unit, whole: false, body }
        };
        let panels = currencies.into_iter().map(panel).collect();
        let mut chart = look.chart(("Revenue", "成交额"), &self.frame, panels);
        chart.about.extend(look.rates(&self.told));
        chart.footnote = footnote;
        chart
    }
}

fn amount(row: &RevenueRow) -> f64 {
    row.measures.won_amount.parse().unwrap_or_default()
}

fn body(look: Look<'_>, rows: Vec<&RevenueRow>) -> (Body, Option<String>) {
    match look.in_time() {
        (Some(time), others) => (Body::Lines(lines(look, &rows, time, &others)), None),
        (None, _) if look.group_by.len() == 2 => {
            let (bars, note) = stacked(look, &rows, look.group_by[0], look.group_by[1]);
            (Body::Bars(bars), note)
        }
        (None, _) => {
            let (rows, note) = look.shown(rows);
            let bar = |row: &&RevenueRow| Bar { label: look.label(&row.group), values: vec![amount(row)], text: words::grouped(&row.measures.won_amount) };
            let series = vec![Series { name: String::new(), colour: Colour::Nth(0) }];
            (Body::Bars(Bars { series, rows: rows.iter().map(bar).collect() }), note)
        }
    }
}

/// Names in the order of their sums, the greatest first, and the place of each: those beyond share the last.
fn parts(look: Look<'_>, named: impl Iterator<Item = (String, f64)>) -> (Vec<String>, BTreeMap<String, usize>) {
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for (name, value) in named {
        *sums.entry(name).or_default() += value;
    }
    let mut order: Vec<(String, f64)> = sums.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let places = order.iter().enumerate().map(|(i, (name, _))| (name.clone(), i.min(MOST_PARTS))).collect();
    let mut names: Vec<String> = order.into_iter().map(|(name, _)| name).collect();
    if names.len() > MOST_PARTS + 1 {
        names.truncate(MOST_PARTS);
        names.push(look.say("Others", "其他"));
    }
    (names, places)
}

fn series(names: Vec<String>) -> Vec<Series> {
    names.into_iter().enumerate().map(|(i, name)| Series { name, colour: Colour::Nth(i) }).collect()
}

fn stacked(look: Look<'_>, rows: &[&RevenueRow], down: Dimension, across: Dimension) -> (Bars, Option<String>) {
    let (names, places) = parts(look, rows.iter().map(|row| (look.part(&row.group, across), amount(row))));
    let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows {
        let values = groups.entry(look.part(&row.group, down)).or_insert_with(|| vec![0.0; names.len()]);
        values[places[&look.part(&row.group, across)]] += amount(row);
    }
    let mut groups: Vec<(String, Vec<f64>)> = groups.into_iter().collect();
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    groups.sort_by(|a, b| sum(&b.1).total_cmp(&sum(&a.1)).then_with(|| a.0.cmp(&b.0)));
    let (groups, note) = look.shown(groups);
    let bar = |(label, values): (String, Vec<f64>)| Bar { text: words::grouped(&format!("{:.2}", sum(&values))), label, values };
    (Bars { series: series(names), rows: groups.into_iter().map(bar).collect() }, note)
}

fn lines(look: Look<'_>, rows: &[&RevenueRow], time: Dimension, others: &[Dimension]) -> Lines {
    // By their keys, which are in the order of time; a period in which nothing was won lies between two that earned.
    let keys: BTreeMap<String, String> =
        rows.iter().filter_map(|row| row.group.get(time.as_str())).filter_map(|g| g.key.clone().zip(g.label.clone())).collect();
    let name = |row: &RevenueRow| others.first().map(|other| look.part(&row.group, *other)).unwrap_or_default();
    let (names, places) = parts(look, rows.iter().map(|row| (name(row), amount(row))));
    let at: BTreeMap<&String, usize> = keys.keys().enumerate().map(|(i, key)| (key, i)).collect();
    let mut values = vec![vec![0.0; keys.len()]; names.len()];
    for row in rows {
        if let Some(i) = row.group.get(time.as_str()).and_then(|g| at.get(g.key.as_ref()?)) {
            values[places[&name(row)]][*i] += amount(row);
        }
    }
    let point = |value: f64| Some((value, words::grouped(&format!("{value:.0}"))));
    let line = |(series, values): (Series, Vec<f64>)| Line { series, points: values.into_iter().map(point).collect(), dashed: false, bands: Vec::new() };
    Lines { labels: keys.into_values().collect(), lines: series(names).into_iter().zip(values).map(line).collect() }
}

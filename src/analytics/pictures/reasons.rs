//! Reasons of losses and cancellations, and of delays, as bars: those of most orders first, as they are answered.
use std::collections::BTreeMap;

use super::{Look, Pictured, words};
use crate::analytics::dto::reasons::{DelayFigures, DelayFiguresRow, ReasonRow, Reasons};
use crate::platform::chart::{Bar, Body, Chart, Colour, Panel};

impl Pictured for Reasons {
    fn picture(&self, look: Look<'_>) -> Chart {
        let mut currencies: BTreeMap<&str, Vec<&ReasonRow>> = BTreeMap::new();
        for row in &self.data {
            currencies.entry(&row.currency).or_default().push(row);
        }
        let mut footnote = None;
        let bar = |row: &&ReasonRow| Bar {
            label: look.beside(&row.group, &row.reason),
            values: vec![row.orders as f64],
            text: format!("{} · {}", words::count(row.orders), words::grouped(&row.amount)),
        };
        let panel = |(currency, rows): (&str, Vec<&ReasonRow>)| {
            let (rows, note) = look.shown(rows);
            footnote = footnote.take().or(note);
            let unit = look.say(&format!("Orders in {currency}"), &format!("订单数（{currency}）"));
            Panel { heading: Some(currency.to_owned()), unit, whole: true, body: Body::Bars(Look::plain(Colour::Bad, rows.iter().map(bar).collect())) }
        };
        let panels = currencies.into_iter().map(panel).collect();
        let mut chart = look.chart(("Reasons of losses and cancellations", "失单与取消原因"), &self.frame, panels);
        chart.about.extend(look.rates(&self.told));
        chart.about.push(look.say("Beside each bar: orders · amount", "条形右侧：订单数 · 金额"));
        chart.footnote = footnote;
        chart
    }
}

impl Pictured for DelayFigures {
    fn picture(&self, look: Look<'_>) -> Chart {
        let (rows, footnote) = look.shown(self.data.iter().collect());
        let bar = |row: &&DelayFiguresRow| {
            let side = row.side.label.as_deref().unwrap_or_default();
            let reason = look.beside(&row.group, &row.reason);
            let text = look.say(&format!("{} · {} days", row.delays, row.days_slipped), &format!("{} · {} 天", row.delays, row.days_slipped));
            Bar { label: format!("{side}: {reason}"), values: vec![row.delays as f64], text }
        };
        let bars = Look::plain(Colour::Nth(1), rows.iter().map(bar).collect());
        let panel = Panel { heading: None, unit: look.say("Delays", "延迟次数"), whole: true, body: Body::Bars(bars) };
        let panels = if rows.is_empty() { Vec::new() } else { vec![panel] };
        let mut chart = look.chart(("Delays", "延迟情况"), &self.frame, panels);
        chart.about.push(look.say("Beside each bar: delays · days slipped in all", "条形右侧：延迟次数 · 累计推迟天数"));
        chart.footnote = footnote;
        chart
    }
}

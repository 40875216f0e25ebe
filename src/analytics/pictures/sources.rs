//! Sources: what became of the orders of each as stacked bars, and what they earned as bars in each currency.
use std::collections::BTreeMap;

use super::conversion::outcomes;
use super::{Look, Pictured, words};
use crate::analytics::dto::customers::{SourceRow, Sources};
use crate::platform::chart::{Bar, Body, Chart, Colour, Panel};

impl Pictured for Sources {
    fn picture(&self, look: Look<'_>) -> Chart {
        let name = |row: &SourceRow| row.source.label.clone().unwrap_or_else(|| look.say("(none)", "（无）"));
        let (rows, footnote) = look.shown(self.data.iter().filter(|row| row.measures.orders > 0).collect());
        let mut earned: BTreeMap<&str, Vec<Bar>> = BTreeMap::new();
        for row in &rows {
            for of in &row.revenue {
                let (amount, share) = (&of.measures.won_amount, words::percent(of.measures.share.as_ref()));
                let bar = Bar { label: name(row), values: vec![amount.parse().unwrap_or_default()], text: format!("{} · {share}", words::grouped(amount)) };
                earned.entry(&of.currency).or_default().push(bar);
            }
        }
        let mut panels: Vec<Panel> = outcomes(look, rows.iter().map(|row| (name(row), &row.measures)).collect()).into_iter().collect();
        panels.extend(earned.into_iter().map(|(currency, mut bars)| {
            bars.sort_by(|a, b| b.values[0].total_cmp(&a.values[0]));
            let unit = format!("{} ({currency})", look.say("Won amount", "成交额"));
            Panel { heading: Some(currency.to_owned()), unit, whole: false, body: Body::Bars(Look::plain(Colour::Nth(0), bars)) }
        }));
        let mut chart = look.chart(("Sources", "来源分析"), &self.frame, panels);
        chart.about.extend(look.rates(&self.told));
        let beside = ("Beside each bar: won / counted · conversion rate; won amount · share", "条形右侧：成交数 / 统计数 · 转化率；成交额 · 占比");
        chart.about.push(look.say(beside.0, beside.1));
        chart.footnote = footnote;
        chart
    }
}

//! Conversion as stacked bars: what became of each group's orders.
use super::{Look, Pictured, words};
use crate::analytics::dto::{Conversion, ConversionMeasures, ConversionRow};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

impl Pictured for Conversion {
    fn picture(&self, look: Look<'_>) -> Chart {
        let (rows, footnote) = look.shown(self.data.iter().filter(|row| row.measures.orders > 0).collect());
        let panel = outcomes(look, rows.iter().map(|row: &&ConversionRow| (look.label(&row.group), &row.measures)).collect());
        let mut chart = look.chart(("Conversion", "转化情况"), &self.frame, panel.into_iter().collect());
        chart.about.push(look.say("Beside each bar: won / counted · conversion rate", "条形右侧：成交数 / 统计数 · 转化率"));
        chart.footnote = footnote;
        chart
    }
}

/// What became of orders, a bar for each name; none where there are no names.
pub fn outcomes(look: Look<'_>, rows: Vec<(String, &ConversionMeasures)>) -> Option<Panel> {
    type Part = (&'static str, &'static str, Colour, fn(&ConversionMeasures) -> i64);
    let parts: [Part; 5] = [
        ("Won", "已成交", Colour::Good, |r| r.won),
        ("Open", "进行中", Colour::Open, |r| r.open.unwrap_or_default()),
        ("Lost", "已失单", Colour::Bad, |r| r.lost),
        ("Cancelled", "已取消", Colour::Idle, |r| r.cancelled),
        ("Expired", "已过期", Colour::Spent, |r| r.expired),
    ];
    let there: Vec<&Part> = parts.iter().filter(|part| rows.iter().any(|(_, measures)| part.3(measures) > 0)).collect();
    let bar = |(label, measures): (String, &ConversionMeasures)| Bar {
        label,
        values: there.iter().map(|part| part.3(measures) as f64).collect(),
        text: format!("{} / {} · {}", words::count(measures.won), words::count(measures.orders), words::percent(measures.conversion_rate.as_ref())),
    };
    let series = there.iter().map(|(en, zh_cn, colour, _)| Series { name: look.say(en, zh_cn), colour: *colour }).collect();
    let any = !rows.is_empty();
    let bars = Bars { series, rows: rows.into_iter().map(bar).collect() };
    any.then(|| Panel { heading: None, unit: look.say("Orders", "订单数"), whole: true, body: Body::Bars(bars) })
}

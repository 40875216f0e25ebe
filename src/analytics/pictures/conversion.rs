//! Conversion as stacked bars: what became of each group's orders.
use super::{Look, Pictured, words};
use crate::analytics::dto::{Conversion, ConversionMeasures, ConversionRow};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

impl Pictured for Conversion {
    fn picture(&self, look: Look<'_>) -> Chart {
        type Part = (&'static str, &'static str, Colour, fn(&ConversionMeasures) -> i64);
        let parts: [Part; 5] = [
            ("Won", "已成交", Colour::Good, |r| r.won),
            ("Open", "进行中", Colour::Open, |r| r.open.unwrap_or_default()),
            ("Lost", "已失单", Colour::Bad, |r| r.lost),
            ("Cancelled", "已取消", Colour::Idle, |r| r.cancelled),
            ("Expired", "已过期", Colour::Spent, |r| r.expired),
        ];
        let (rows, footnote) = look.shown(self.data.iter().filter(|row| row.measures.orders > 0).collect());
        let there: Vec<&Part> = parts.iter().filter(|part| rows.iter().any(|row| part.3(&row.measures) > 0)).collect();
        let bar = |ConversionRow { group, measures, .. }: &&ConversionRow| Bar {
            label: look.label(group),
            values: there.iter().map(|part| part.3(measures) as f64).collect(),
            text: format!("{} / {} · {}", words::count(measures.won), words::count(measures.orders), words::percent(measures.conversion_rate.as_ref())),
        };
        let series = there.iter().map(|(en, zh_cn, colour, _)| Series { name: look.say(en, zh_cn), colour: *colour }).collect();
        let bars = Bars { series, rows: rows.iter().map(bar).collect() };
        let panel = Panel { heading: None, unit: look.say("Orders", "订单数"), whole: true, body: Body::Bars(bars) };
        let panels = if rows.is_empty() { Vec::new() } else { vec![panel] };
        let mut chart = look.chart(("Conversion", "转化情况"), &self.frame, panels);
        chart.about.push(look.say("Beside each bar: won / counted · conversion rate", "条形右侧：成交数 / 统计数 · 转化率"));
        chart.footnote = footnote;
        chart
    }
}

//! Reviews as stacked bars: how the rounds of each group's orders ended.
use super::{Look, Pictured, words};
use crate::analytics::dto::{Review, ReviewRow};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

impl Pictured for Review {
    fn picture(&self, look: Look<'_>) -> Chart {
        type Part = (&'static str, &'static str, Colour, fn(&ReviewRow) -> i64);
        let parts: [Part; 4] = [
            ("Approved", "已通过", Colour::Good, |r| r.approved),
            ("Waiting", "待审核", Colour::Open, |r| r.waiting),
            ("Returned", "已退回", Colour::Bad, |r| r.returned),
            ("Withdrawn", "已撤回", Colour::Idle, |r| r.withdrawn),
        ];
        let (rows, footnote) = look.shown(self.data.iter().filter(|row| row.submitted > 0).collect());
        let there: Vec<&Part> = parts.iter().filter(|part| rows.iter().any(|row| part.3(row) > 0)).collect();
        let bar = |row: &&ReviewRow| Bar {
            label: look.label(&row.group),
            values: there.iter().map(|part| part.3(row) as f64).collect(),
            text: format!("{} · {}", words::count(row.submitted), words::percent(row.first_pass_rate.as_ref())),
        };
        let series = there.iter().map(|(en, zh_cn, colour, _)| Series { name: look.say(en, zh_cn), colour: *colour }).collect();
        let bars = Bars { series, rows: rows.iter().map(bar).collect() };
        let panel = Panel { heading: None, unit: look.say("Rounds of review", "审核轮次"), whole: true, body: Body::Bars(bars) };
        let panels = if rows.is_empty() { Vec::new() } else { vec![panel] };
        let mut chart = look.chart(("Reviews", "审核情况"), &self.frame, panels);
        chart.about.push(look.say("Beside each bar: rounds · share approved at the first", "条形右侧：轮次 · 首轮通过率"));
        chart.footnote = footnote;
        chart
    }
}

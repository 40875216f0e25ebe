//! How long orders take, as bars of the median in days: a panel for each thing that is timed.
use super::{Look, Pictured};
use crate::analytics::dto::time::{TimeRow, Times};
use crate::platform::chart::{Bar, Body, Chart, Colour, Panel};

impl Pictured for Times {
    fn picture(&self, look: Look<'_>) -> Chart {
        // In the order of their first rows.
        let mut measures: Vec<(&str, Vec<&TimeRow>)> = Vec::new();
        for row in &self.data {
            match measures.iter_mut().find(|(measure, _)| *measure == row.measure) {
                Some((_, rows)) => rows.push(row),
                None => measures.push((&row.measure, vec![row])),
            }
        }
        let mut footnote = None;
        let bar = |row: &&TimeRow| {
            let days = row.median_seconds as f64 / 86_400.0;
            let text = look.say(&format!("{days:.1} days · {}", row.count), &format!("{days:.1} 天 · {}", row.count));
            Bar { label: look.beside(&row.group, &row.state), values: vec![days], text }
        };
        let panel = |(measure, rows): (&str, Vec<&TimeRow>)| {
            let heading = match measure {
                "stage" => look.say("In stage", "阶段停留"),
                "status" => look.say("In status", "状态停留"),
                "review" => look.say("Waiting for review", "等待审核"),
                _ => look.say("From entry to won", "从录入到成交"),
            };
            let (rows, note) = look.shown(rows);
            footnote = footnote.take().or(note);
            let bars = Look::plain(Colour::Nth(0), rows.iter().map(bar).collect());
            Panel { heading: Some(heading), unit: look.say("Median in days", "中位天数"), whole: false, body: Body::Bars(bars) }
        };
        let panels = measures.into_iter().map(panel).collect();
        let mut chart = look.chart(("Time", "用时"), &self.frame, panels);
        chart.about.push(look.say("Beside each bar: median · how many were timed", "条形右侧：中位数 · 计时次数"));
        chart.footnote = footnote;
        chart
    }
}

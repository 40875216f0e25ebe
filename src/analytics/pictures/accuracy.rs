//! How far past forecasts were off, as lines over the months that they were made before: a line for each method.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Number;

use super::{Look, Pictured, words};
use crate::analytics::outlook::dto::{Accuracies, AccuracyRow};
use crate::platform::chart::{Body, Chart, Colour, Line, Lines, Panel, Series};

/// The methods, with what they are called and a colour that each has in the picture of the trend as well.
const METHODS: [(&str, &str, &str, Colour); 4] = [
    ("by_stage", "By stage", "按阶段概率", Colour::Nth(1)),
    ("by_win_rate", "By win rate", "按历史赢率", Colour::Nth(3)),
    ("by_series", "By series", "按时间序列", Colour::Nth(0)),
    ("naive", "Last month again", "沿用上月", Colour::Idle),
];

type Figure = fn(&AccuracyRow) -> Option<&Number>;

impl Pictured for Accuracies {
    fn picture(&self, look: Look<'_>) -> Chart {
        let mut currencies: BTreeMap<&str, Vec<&AccuracyRow>> = BTreeMap::new();
        for row in &self.data {
            currencies.entry(&row.currency).or_default().push(row);
        }
        let figures: [(&str, &str, Figure); 2] = [
            ("Mean error (MAPE)", "平均误差（MAPE）", |row| row.mape.as_ref()),
            ("Bias: above zero too much was expected", "偏差：大于零表示预计过高", |row| row.bias.as_ref()),
        ];
        let mut panels = Vec::new();
        for (currency, rows) in &currencies {
            for (en, zh_cn, figure) in figures {
                let told = rows.iter().any(|row| figure(row).is_some());
                let heading = Some(format!("{currency} · {}", look.say(en, zh_cn)));
                let unit = look.say("Per cent of what came", "占实际成交额的百分比");
                panels.extend(told.then(|| Panel { heading, unit, whole: false, body: Body::Lines(lines(look, rows, figure)) }));
            }
        }
        let about = vec![
            format!("{} · {}", words::span(Some(self.from), Some(self.to), look.locale), look.say("months compared", "对比月份")),
            look.say("Across: how many months ahead a forecast was made", "横轴：提前预测的月数"),
        ];
        let mut chart = look.drawn(("Accuracy of forecasts", "预测准确度"), about, panels, None);
        chart.nothing = look.say("No forecasts to compare", "没有可对比的预测");
        chart
    }
}

fn lines(look: Look<'_>, rows: &[&AccuracyRow], figure: Figure) -> Lines {
    let leads: BTreeSet<i32> = rows.iter().map(|row| row.lead).collect();
    let point = |row: &&AccuracyRow| {
        let share = figure(row)?.as_f64()? * 100.0;
        Some((share, format!("{share:.1}%")))
    };
    let line = |(method, en, zh_cn, colour): (&str, &str, &str, Colour)| {
        let points: Vec<_> = leads.iter().map(|lead| rows.iter().find(|row| row.method == method && row.lead == *lead).and_then(point)).collect();
        let there = points.iter().any(Option::is_some);
        there.then(|| Line { series: Series { name: look.say(en, zh_cn), colour }, points, dashed: method == "naive", bands: Vec::new() })
    };
    let label = |lead: &i32| if *lead == 0 { look.say("same month", "当月") } else { look.say(&format!("{lead}"), &format!("{lead} 个月")) };
    Lines { labels: leads.iter().map(label).collect(), lines: METHODS.into_iter().filter_map(line).collect() }
}

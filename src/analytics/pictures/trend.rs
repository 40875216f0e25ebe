//! What came and what is expected, as lines over the periods: with the bands of the series where there are no groups, else a line for each group.
use std::collections::BTreeMap;

use super::{Look, Pictured, words};
use crate::analytics::outlook::dto::{Figures, Trend, TrendRow};
use crate::platform::chart::{Band, Body, Chart, Colour, Line, Lines, Panel, Series};

/// Most groups that get a line.
const MOST_LINES: usize = 7;

type Value = fn(&Figures) -> Option<&String>;

impl Pictured for Trend {
    fn picture(&self, look: Look<'_>) -> Chart {
        // What lies in no period is told by the answer alone.
        let mut currencies: BTreeMap<&str, Vec<&TrendRow>> = BTreeMap::new();
        for row in self.data.iter().filter(|row| row.period.is_some()) {
            currencies.entry(&row.currency).or_default().push(row);
        }
        let panel = |(currency, rows): (&str, Vec<&TrendRow>)| Panel {
            heading: Some(currency.to_owned()),
            unit: format!("{} ({currency})", look.say("Amount", "金额")),
            whole: false,
            body: Body::Lines(lines(look, &rows)),
        };
        Chart {
            title: words::title(look.locale, "Trend and forecast", "趋势与预测", look.group_by, look.custom),
            about: vec![
                look.say(&format!("As of {} · {}", self.today, self.tz), &format!("截至{} · {}", self.today, self.tz)),
                look.say("Dashed: expected; areas: in 80 and 95 of 100 cases", "虚线：预计；阴影：80% 与 95% 区间"),
            ],
            panels: currencies.into_iter().map(panel).collect(),
            nothing: look.say("No orders to show", "没有可显示的订单"),
            footnote: None,
            locale: look.locale,
        }
    }
}

fn lines(look: Look<'_>, rows: &[&TrendRow]) -> Lines {
    let labels: BTreeMap<_, &str> = rows.iter().filter_map(|row| row.period.as_ref()).map(|period| (period.from, period.key.as_str())).collect();
    // The figures of a group, period by period.
    let mut groups: BTreeMap<String, BTreeMap<_, &TrendRow>> = BTreeMap::new();
    for row in rows {
        if let Some(period) = &row.period {
            groups.entry(look.label(&row.group)).or_default().insert(period.from, *row);
        }
    }
    let number = |text: Option<&String>| text.and_then(|text| text.parse::<f64>().ok());
    let points = |of: &BTreeMap<_, &TrendRow>, value: Value, kinds: &[&str]| {
        let one = |from| {
            let row: &&TrendRow = of.get(from)?;
            let found = number(value(&row.amount)).filter(|_| kinds.contains(&row.kind))?;
            Some((found, words::grouped(&format!("{found:.0}"))))
        };
        labels.keys().map(one).collect::<Vec<_>>()
    };
    let line = |name: String, colour, points, dashed, bands| Line { series: Series { name, colour }, points, dashed, bands };
    let lines = match groups.first_key_value() {
        Some((_, of)) if groups.len() == 1 => {
            let band = |low: Value, high: Value| {
                let span = |from| of.get(from).and_then(|row| number(low(&row.amount)).zip(number(high(&row.amount))));
                Band { spans: labels.keys().map(span).collect() }
            };
            let bands = vec![band(|f| f.low_95.as_ref(), |f| f.high_95.as_ref()), band(|f| f.low_80.as_ref(), |f| f.high_80.as_ref())];
            let ahead = ["running", "ahead"];
            vec![
                line(look.say("Won", "已成交"), Colour::Good, points(of, |f| f.won.as_ref(), &["past", "running"]), false, Vec::new()),
                line(look.say("By stage", "按阶段概率"), Colour::Nth(1), points(of, |f| f.by_stage.as_ref(), &ahead), true, Vec::new()),
                line(look.say("By win rate", "按历史赢率"), Colour::Nth(3), points(of, |f| f.by_win_rate.as_ref(), &ahead), true, Vec::new()),
                line(look.say("By series", "按时间序列"), Colour::Nth(0), points(of, |f| f.by_series.as_ref(), &ahead), true, bands),
            ]
        }
        _ => {
            let sum = |of: &BTreeMap<_, &TrendRow>| of.values().filter_map(|row| number(row.amount.won.as_ref())).sum::<f64>();
            let mut order: Vec<_> = groups.iter().collect();
            order.sort_by(|a, b| sum(b.1).total_cmp(&sum(a.1)).then_with(|| a.0.cmp(b.0)));
            let one = |(i, (name, of)): (usize, (&String, &BTreeMap<_, &TrendRow>))| {
                line(name.clone(), Colour::Nth(i), points(of, |f| f.won.as_ref(), &["past", "running"]), false, Vec::new())
            };
            order.into_iter().take(MOST_LINES).enumerate().map(one).collect()
        }
    };
    Lines { labels: labels.into_values().map(str::to_owned).collect(), lines }
}

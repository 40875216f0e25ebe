//! What lasts longer than usual, as stacked bars of days: orders that are stuck in their stage, customers who have gone quiet.
use serde_json::Number;

use super::{Look, Pictured};
use crate::analytics::dto::customers::{Churn, ChurnRow};
use crate::analytics::dto::time::{StuckOrders, StuckRow};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

/// Days of a bar: as long as is usual, and what is beyond.
fn bar(look: Look<'_>, label: String, (usual, all): (f64, f64), times: Option<&Number>) -> Bar {
    let times = times.and_then(Number::as_f64).map_or_else(|| "–".into(), |times| format!("{times:.1}×"));
    let days = if all < 10.0 { format!("{all:.1}") } else { format!("{all:.0}") };
    let text = look.say(&format!("{days} days · {times}"), &format!("{days} 天 · {times}"));
    Bar { label, values: vec![usual.min(all), (all - usual).max(0.0)], text }
}

fn panels(look: Look<'_>, unit: (&str, &str), rows: Vec<Bar>) -> Vec<Panel> {
    if rows.is_empty() {
        return Vec::new();
    }
    let series = [("Usual", "通常", Colour::Idle), ("Beyond", "超出", Colour::Bad)];
    let series = series.map(|(en, zh_cn, colour)| Series { name: look.say(en, zh_cn), colour }).into();
    vec![Panel { heading: None, unit: look.say(unit.0, unit.1), whole: false, body: Body::Bars(Bars { series, rows }) }]
}

impl Pictured for StuckOrders {
    fn picture(&self, look: Look<'_>) -> Chart {
        let one = |row: &StuckRow| {
            let name = row.order.customer.as_ref().map(|customer| customer.name.clone()).or_else(|| row.order.title.clone());
            let label = [Some(row.order.number.clone()), name].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            let days = |seconds: i64| seconds as f64 / 86_400.0;
            bar(look, label, (days(row.median_seconds), days(row.seconds_in_stage)), row.times_median.as_ref())
        };
        let (rows, _) = look.shown(self.data.iter().collect());
        let rows: Vec<Bar> = rows.into_iter().map(one).collect();
        let footnote = look.more(self.total.saturating_sub(rows.len() as i64));
        let about = vec![
            look.say(
                &format!("In their stage for more than {} times as long as usual", self.factor),
                &format!("在当前阶段停留超过通常时长的 {} 倍", self.factor),
            ),
            look.say("Beside each bar: days in the stage · times as long as usual", "条形右侧：停留天数 · 为通常时长的倍数"),
        ];
        look.drawn(("Stuck orders", "停滞订单"), about, panels(look, ("Days in the stage", "阶段停留天数"), rows), footnote)
    }
}

impl Pictured for Churn {
    fn picture(&self, look: Look<'_>) -> Chart {
        let one = |row: &ChurnRow| {
            let days = (row.median_interval_days as f64, row.quiet_days as f64);
            bar(look, row.customer.name.clone(), days, row.times_median.as_ref())
        };
        let (rows, _) = look.shown(self.data.iter().collect());
        let rows: Vec<Bar> = rows.into_iter().map(one).collect();
        let footnote = look.more(self.total.saturating_sub(rows.len() as i64));
        let about = vec![
            look.say(
                &format!("As of {} · quiet for more than {} times their usual interval", self.today, self.factor),
                &format!("截至{} · 未成交时间超过通常间隔的 {} 倍", self.today, self.factor),
            ),
            look.say("Beside each bar: days since the last won order · times the usual interval", "条形右侧：距上次成交天数 · 为通常间隔的倍数"),
        ];
        let unit = ("Days since the last won order", "距上次成交天数");
        let mut chart = look.drawn(("Customers who have gone quiet", "流失预警客户"), about, panels(look, unit, rows), footnote);
        chart.nothing = look.say("No customers to show", "没有可显示的客户");
        chart
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::problem::Locale;

    #[test]
    fn what_is_usual_is_never_more_than_what_is() {
        let look = Look { group_by: &[], custom: &[], locale: Locale::En };
        for (days, parts) in [((3.0, 12.0), [3.0, 9.0]), ((12.0, 3.0), [3.0, 0.0]), ((0.0, 5.0), [0.0, 5.0])] {
            assert_eq!(bar(look, "x".into(), days, None).values, parts);
        }
        assert_eq!(bar(look, "x".into(), (3.0, 12.0), Some(&Number::from(4))).text, "12 days · 4.0×");
        assert_eq!(bar(look, "x".into(), (0.5, 1.25), None).text, "1.2 days · –");
    }
}

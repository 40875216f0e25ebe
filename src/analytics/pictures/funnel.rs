//! How far orders get, as a funnel: one for each group.
use std::collections::BTreeMap;

use super::{Look, Pictured, words};
use crate::analytics::dto::{Funnel, FunnelRow};
use crate::platform::chart::{self, Body, Chart, Panel, Step};

/// Most groups that get a funnel.
const MOST_FUNNELS: usize = 12;

impl Pictured for Funnel {
    fn picture(&self, look: Look<'_>) -> Chart {
        let mut groups: BTreeMap<String, Vec<&FunnelRow>> = BTreeMap::new();
        for row in &self.data {
            groups.entry(look.label(&row.group)).or_default().push(row);
        }
        groups.retain(|_, rows| rows.iter().any(|row| row.orders > 0));
        let mut order: Vec<(String, Vec<&FunnelRow>)> = groups.into_iter().collect();
        order.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.first().map_or(0, |row| row.orders)));
        let more = order.len().saturating_sub(MOST_FUNNELS);
        order.truncate(MOST_FUNNELS);
        let step = |row: &&FunnelRow| Step {
            label: row.step.label.clone().or_else(|| row.step.key.clone()).unwrap_or_default(),
            value: row.orders as f64,
            text: format!("{} · {}", words::count(row.orders), words::percent(row.moved_on_rate.as_ref())),
        };
        let panel = |(name, rows): (String, Vec<&FunnelRow>)| Panel {
            heading: (!look.group_by.is_empty()).then_some(name),
            unit: String::new(),
            whole: true,
            body: Body::Funnel(chart::Funnel { steps: rows.iter().map(step).collect() }),
        };
        let mode = if self.mode == "period" {
            look.say("each step in the window", "各步骤按进入时间")
        } else {
            look.say("orders entered in the window", "窗口内录入的订单")
        };
        Chart {
            title: words::title(look.locale, "Funnel", "销售漏斗", look.group_by, look.custom),
            about: vec![
                format!("{} · {mode} · {}", words::span(self.from, self.to, look.locale), self.tz),
                look.say("Beside each step: orders · share that moved on", "步骤右侧：订单数 · 继续推进的比例"),
            ],
            panels: order.into_iter().map(panel).collect(),
            nothing: look.say("No orders to show", "没有可显示的订单"),
            footnote: (more > 0).then(|| look.say(&format!("{more} further groups are not shown."), &format!("另有 {more} 组未显示。"))),
            locale: look.locale,
        }
    }
}

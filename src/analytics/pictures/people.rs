//! People and teams: won and lost orders of each as stacked bars, and what they won in each currency, held against their targets.
use std::collections::BTreeSet;

use super::{Look, Pictured, words};
use crate::analytics::dto::people::{People, PersonRow};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

impl Pictured for People {
    fn picture(&self, look: Look<'_>) -> Chart {
        let mut footnote = None;
        let mut panels = Vec::new();
        for (named, rows) in [(("People", "人员"), &self.users), (("Teams", "团队"), &self.teams)] {
            let busy = |row: &&PersonRow| row.won + row.lost > 0 || !row.targets.is_empty();
            let mut rows: Vec<&PersonRow> = rows.iter().filter(busy).collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.won, row.lost)));
            let (rows, note) = look.shown(rows);
            footnote = footnote.or(note);
            panels.extend(ended(look, named, &rows));
            let currencies: BTreeSet<&str> = rows.iter().flat_map(|row| worth(row).map(|(currency, ..)| currency)).collect();
            panels.extend(currencies.into_iter().map(|currency| won(look, named, &rows, currency)));
        }
        let about = [
            Some(format!("{} · {}", words::span(Some(self.from), Some(self.to), look.locale), self.tz)),
            look.rates(&self.told),
            Some(
                look.say("Beside each bar: won / lost · win rate; won amount · share of the target", "条形右侧：成交数 / 失单数 · 赢单率；成交额 · 目标完成率"),
            ),
        ];
        look.drawn(("People and teams", "人员与团队"), about.into_iter().flatten().collect(), panels, footnote)
    }
}

/// How the orders of each ended; none where none did.
fn ended(look: Look<'_>, named: (&str, &str), rows: &[&PersonRow]) -> Option<Panel> {
    let bar = |row: &&PersonRow| Bar {
        label: row.holder.name.clone(),
        values: vec![row.won as f64, row.lost as f64],
        text: format!("{} / {} · {}", words::count(row.won), words::count(row.lost), words::percent(row.win_rate.as_ref())),
    };
    let series = [("Won", "已成交", Colour::Good), ("Lost", "已失单", Colour::Bad)].map(|(en, zh_cn, colour)| Series { name: look.say(en, zh_cn), colour });
    let bars = Bars { series: series.into(), rows: rows.iter().map(bar).collect() };
    let panel = Panel { heading: Some(look.say(named.0, named.1)), unit: look.say("Orders", "订单数"), whole: true, body: Body::Bars(bars) };
    rows.iter().any(|row| row.won + row.lost > 0).then_some(panel)
}

/// Currency, what was won in it, and how much that is of a target in it; a target of which nothing was won as well.
fn worth(row: &PersonRow) -> impl Iterator<Item = (&str, &str, Option<&serde_json::Number>)> {
    let aimed = |currency: &str| row.targets.iter().find(|target| target.currency == currency);
    let won = row.revenue.iter().map(move |of| (of.currency.as_str(), of.amount.as_str(), aimed(&of.currency).and_then(|target| target.attainment.as_ref())));
    let only_aimed = row.targets.iter().filter(|target| row.revenue.iter().all(|of| of.currency != target.currency));
    won.chain(only_aimed.map(|target| (target.currency.as_str(), target.won_amount.as_str(), target.attainment.as_ref())))
}

fn won(look: Look<'_>, named: (&str, &str), rows: &[&PersonRow], currency: &str) -> Panel {
    let of_currency = |row: &&PersonRow| {
        let (_, amount, attainment) = worth(row).find(|(other, ..)| *other == currency)?;
        let share = attainment.map(|_| format!(" · {}", words::percent(attainment))).unwrap_or_default();
        Some(Bar { label: row.holder.name.clone(), values: vec![amount.parse().unwrap_or_default()], text: words::grouped(amount) + &share })
    };
    let mut bars: Vec<Bar> = rows.iter().filter_map(of_currency).collect();
    bars.sort_by(|a, b| b.values[0].total_cmp(&a.values[0]));
    let unit = format!("{} ({currency})", look.say("Won amount", "成交额"));
    Panel { heading: Some(format!("{} · {currency}", look.say(named.0, named.1))), unit, whole: false, body: Body::Bars(Look::plain(Colour::Nth(0), bars)) }
}

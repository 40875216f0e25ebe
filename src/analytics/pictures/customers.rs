//! The largest customers of each currency as bars with their shares, and how all customers spread over the words of each field, buyers apart.
use super::{Look, Pictured, words};
use crate::analytics::dto::customers::{CustomerCurrency, CustomerShare, Customers, TopCustomer};
use crate::platform::chart::{Bar, Bars, Body, Chart, Colour, Panel, Series};

/// Most bars of a field; what is beyond is taken together.
const MOST_WORDS: usize = 12;

impl Pictured for Customers {
    fn picture(&self, look: Look<'_>) -> Chart {
        let fields = [
            ("By industry", "按行业", &self.distribution.industry),
            ("By region", "按地区", &self.distribution.region),
            ("By source", "按来源", &self.distribution.source),
            ("By intent level", "按意向程度", &self.distribution.intent_level),
            ("By value tier", "按客户价值", &self.distribution.value_tier),
        ];
        let known = |shares: &[CustomerShare]| shares.iter().any(|share| share.value.key.is_some());
        let spread = fields.into_iter().filter(|(_, _, shares)| known(shares)).map(|(en, zh_cn, shares)| spread(look, look.say(en, zh_cn), shares));
        let panels: Vec<Panel> = self.currencies.iter().map(|currency| largest(look, currency)).chain(spread).collect();
        let mut chart = look.chart(("Customers", "客户分析"), &self.frame, panels);
        chart.about.extend(look.rates(&self.told));
        chart.about.push(look.say("Beside each bar: won amount · share so far; buyers / customers", "条形右侧：成交额 · 累计占比；成交客户数 / 客户总数"));
        chart.nothing = look.say("No customers to show", "没有可显示的客户");
        chart
    }
}

fn largest(look: Look<'_>, of: &CustomerCurrency) -> Panel {
    let bar = |top: &TopCustomer| Bar {
        label: top.customer.name.clone(),
        values: vec![top.won_amount.parse().unwrap_or_default()],
        text: format!("{} · {}", words::grouped(&top.won_amount), words::percent(top.share_so_far.as_ref())),
    };
    let (rows, _) = look.shown(of.top.iter().collect());
    let more = of.customers.saturating_sub(rows.len() as i64);
    let heading = look.say(&format!("Largest customers · {}", of.currency), &format!("最大客户 · {}", of.currency));
    let beside = look.say(&format!(" · {more} more"), &format!(" · 另有 {more} 家"));
    let body = Body::Bars(Look::plain(Colour::Nth(0), rows.into_iter().map(bar).collect()));
    let heading = if more > 0 { heading + &beside } else { heading };
    Panel { heading: Some(heading), unit: format!("{} ({})", look.say("Won amount", "成交额"), of.currency), whole: false, body }
}

fn spread(look: Look<'_>, heading: String, shares: &[CustomerShare]) -> Panel {
    let bar = |label: String, customers: i64, buyers: i64| Bar {
        label,
        values: vec![buyers as f64, (customers - buyers) as f64],
        text: format!("{} / {}", words::count(buyers), words::count(customers)),
    };
    let named = |share: &CustomerShare| bar(share.value.label.clone().unwrap_or_else(|| look.say("(none)", "（无）")), share.customers, share.buyers);
    let shown = if shares.len() > MOST_WORDS { MOST_WORDS - 1 } else { shares.len() };
    let mut rows: Vec<Bar> = shares[..shown].iter().map(named).collect();
    let rest = &shares[shown..];
    if !rest.is_empty() {
        let sum = |of: fn(&CustomerShare) -> i64| rest.iter().map(of).sum();
        let label = look.say(&format!("{} others", rest.len()), &format!("其他 {} 项", rest.len()));
        rows.push(bar(label, sum(|share| share.customers), sum(|share| share.buyers)));
    }
    let series = [("With a won order", "有成交", Colour::Good), ("Without", "无成交", Colour::Idle)];
    let series = series.map(|(en, zh_cn, colour)| Series { name: look.say(en, zh_cn), colour }).into();
    Panel { heading: Some(heading), unit: look.say("Customers", "客户数"), whole: true, body: Body::Bars(Bars { series, rows }) }
}

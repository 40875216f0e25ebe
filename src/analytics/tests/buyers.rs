//! Customers, sources and who went quiet against a plain count over the same random orders.
use super::*;
use crate::analytics::classes::classes;
use crate::analytics::dto::customers::CustomerShare;
use crate::analytics::stuck::Bounds;
use crate::analytics::{churn, customers, sources};

fn asked(act: &Act, ask: &str) -> Result<Ask, Problem> {
    Ask::parse(&Query::parse("", ask)?, Surroundings { now: act.now, zone: ZONE }, None, &[])
}

/// Checks what customers bought, and how all of them spread.
pub fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let all = plain(world, &act.caller, ask);
    let won: Vec<&Order> = all.values().flat_map(HashMap::values).map(|(o, _)| *o).filter(|o| o.status == "won").collect();
    let answer = customers::customers(c, act, &asked(act, ask)?, 3, Locale::En)?;
    let buys = |customer: usize| won.iter().any(|o| o.customer == Some(customer));
    let spread = |told: &[CustomerShare], of: fn(&Customer) -> Option<&'static str>| {
        let mut expected: BTreeMap<Option<&str>, (i64, i64)> = BTreeMap::new();
        for (n, customer) in world.customers.iter().enumerate() {
            let own = expected.entry(of(customer)).or_default();
            *own = (own.0 + 1, own.1 + i64::from(buys(n)));
        }
        let told: BTreeMap<Option<&str>, (i64, i64)> = told.iter().map(|s| (s.value.key.as_deref(), (s.customers, s.buyers))).collect();
        assert_eq!(told, expected, "{ask}");
    };
    spread(&answer.distribution.industry, |c| c.industry);
    spread(&answer.distribution.region, |c| c.region);
    spread(&answer.distribution.value_tier, |c| c.tier);
    spread(&answer.distribution.source, |_| None);
    let mut expected: BTreeMap<&str, HashMap<Id, (i64, i128, NaiveDate)>> = BTreeMap::new();
    for o in &won {
        let (Some(customer), Some(on)) = (o.customer, o.closed_on) else { continue };
        let own = expected.entry(o.currency).or_default().entry(world.customers[customer].id).or_insert((0, 0, on));
        *own = (own.0 + 1, own.1 + i128::from(o.amount), own.2.max(on));
    }
    assert_eq!(answer.currencies.iter().map(|row| row.currency.as_str()).collect::<Vec<_>>(), expected.keys().copied().collect::<Vec<_>>(), "{ask}");
    for row in &answer.currencies {
        let of = &expected[row.currency.as_str()];
        let mut ids: Vec<Id> = of.keys().copied().collect();
        ids.sort_by_key(|id| (std::cmp::Reverse(of[id].1), std::cmp::Reverse(of[id].2), *id));
        let sum: i128 = of.values().map(|own| own.1).sum();
        let places = exponent(&row.currency);
        let orders: i64 = of.values().map(|own| own.0).sum();
        assert_eq!((row.customers, row.orders, &row.won_amount), (ids.len() as i64, orders, &amount_text(sum, places)), "{ask}");
        assert_eq!(row.top.iter().map(|top| top.customer.id).collect::<Vec<_>>(), ids.iter().copied().take(3).collect::<Vec<_>>(), "{ask}");
        let class = |values: Vec<i128>| -> HashMap<Id, i64> { ids.iter().copied().zip(classes(&values)).collect() };
        let recency = class(ids.iter().map(|id| (of[id].2 - NaiveDate::default()).num_days().into()).collect());
        let frequency = class(ids.iter().map(|id| of[id].0.into()).collect());
        let amount = class(ids.iter().map(|id| of[id].1).collect());
        let mut so_far = 0;
        for top in &row.top {
            let (id, own) = (top.customer.id, of[&top.customer.id]);
            so_far += own.1;
            assert_eq!((top.orders, &top.won_amount, top.last_closed_on), (own.0, &amount_text(own.1, places), own.2), "{ask}");
            assert_eq!((&top.share, &top.share_so_far), (&rate(own.1, sum), &rate(so_far, sum)), "{ask}");
            assert_eq!((top.classes.recency, top.classes.frequency, top.classes.amount), (recency[&id], frequency[&id], amount[&id]), "{ask}");
            assert_eq!(world.listed(&act.caller, &top.drilldown), top.orders, "{ask} {}", top.drilldown);
        }
        assert_eq!(row.top_share, rate(so_far, sum), "{ask}");
        let mut counted: BTreeMap<[i64; 3], (i64, i128)> = BTreeMap::new();
        for id in &ids {
            let own = counted.entry([recency[id], frequency[id], amount[id]]).or_default();
            *own = (own.0 + 1, own.1 + of[id].1);
        }
        let counted: Vec<_> = counted.into_iter().rev().map(|(class, (n, sum))| (class, n, amount_text(sum, places))).collect();
        let told: Vec<_> =
            row.classes.iter().map(|r| ([r.classes.recency, r.classes.frequency, r.classes.amount], r.customers, r.won_amount.clone())).collect();
        assert_eq!(told, counted, "{ask}");
    }
    by_source(c, world, act, ask, &all)
}

/// What came of the orders of each source.
fn by_source(c: &mut AnyConnection, world: &World, act: &Act, ask: &str, all: &Orders<'_>) -> Result<(), Problem> {
    let orders: Vec<&Order> = all.values().flat_map(HashMap::values).map(|(o, _)| *o).collect();
    let answer = sources::sources(c, act, &asked(act, ask)?, Locale::En)?;
    let known: BTreeSet<Option<&str>> = orders.iter().map(|o| o.source).collect();
    assert_eq!(answer.data.iter().map(|row| row.source.key.as_deref()).collect::<BTreeSet<_>>(), known, "{ask}");
    for row in &answer.data {
        let own = || orders.iter().filter(|o| o.source == row.source.key.as_deref());
        let count = |status: &str| own().filter(|o| o.status == status).count() as i64;
        assert_eq!([row.measures.orders, row.measures.won, row.measures.lost], [own().count() as i64, count("won"), count("lost")], "{ask} {:?}", row.source);
        let mut earned: BTreeMap<&str, i128> = BTreeMap::new();
        own().filter(|o| o.status == "won").for_each(|o| *earned.entry(o.currency).or_default() += i128::from(o.amount));
        let earned: Vec<_> = earned.into_iter().map(|(currency, sum)| (currency, amount_text(sum, exponent(currency)))).collect();
        assert_eq!(row.revenue.iter().map(|r| (r.currency.as_str(), r.measures.won_amount.clone())).collect::<Vec<_>>(), earned, "{ask} {:?}", row.source);
        let url = row.drilldown.as_deref().unwrap_or_default();
        assert_eq!(world.listed(&act.caller, url), row.measures.orders, "{ask} {url}");
    }
    Ok(())
}

/// Who has gone quiet at several moments.
pub fn check_churn(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let mut met = 0;
    for (now, factor, tenths) in [
        (1_500_000_000, Decimal::whole(2), 20),
        (1_519_862_400, Decimal::ONE, 10),
        (1_519_862_400, Decimal(15_000), 15),
        (1_540_000_000, Decimal::whole(2), 20),
    ] {
        let act = Act { now: UtcTime(now * 1_000_000), ..act.clone() };
        let today = date_in(ZONE, act.now);
        let question = asked(&act, ask)?;
        let query = Query::parse("", ask)?;
        let mut expected = BTreeMap::new();
        for (n, customer) in world.customers.iter().enumerate() {
            let of =
                |status: &str| world.orders.iter().filter(|o| o.customer == Some(n) && o.status == status && world.sees(&act.caller, o)).collect::<Vec<_>>();
            let days: BTreeSet<NaiveDate> = of("won").into_iter().filter(|o| world.shows(o, &query)).filter_map(|o| o.closed_on).collect();
            let days: Vec<NaiveDate> = days.into_iter().collect();
            let mut gaps: Vec<i64> = days.windows(2).map(|w| (w[1] - w[0]).num_days()).collect();
            gaps.sort_unstable();
            let (Some(last), true) = (days.last(), days.len() >= 3) else { continue };
            let (median, quiet) = (gaps[gaps.len().div_ceil(2) - 1], (today - *last).num_days());
            if quiet * 10 > median * tenths {
                let lost = of("lost").into_iter().filter_map(|o| o.closed_on).max();
                let reasons: BTreeSet<_> = of("lost").into_iter().filter(|o| o.closed_on == lost).map(|o| o.more.reason.map(str::to_owned)).collect();
                expected.insert(customer.id, (days.len() as i64, days[0], *last, median, quiet, lost, reasons));
            }
        }
        met += expected.len();
        let answer = churn::churn(c, &act, &question, Bounds { factor, limit: 200 }, Locale::En)?;
        assert_eq!((answer.total, answer.data.len()), (expected.len() as i64, expected.len()), "{ask} {now}");
        for row in &answer.data {
            let (days, first, last, median, quiet, lost, reasons) = &expected[&row.customer.id];
            assert_eq!(
                (row.purchases, row.first_on, row.last_on, row.median_interval_days, row.quiet_days),
                (*days, *first, *last, *median, *quiet),
                "{ask} {now}"
            );
            assert_eq!(row.last_loss.as_ref().map(|loss| loss.closed_on), *lost, "{ask} {now}");
            assert!(row.last_loss.as_ref().is_none_or(|loss| reasons.contains(&loss.reason.key)), "{ask} {now}");
            assert!(world.listed(&act.caller, &row.drilldown) >= row.purchases, "{ask} {}", row.drilldown);
        }
        let far = |n: usize| answer.data[n].quiet_days * 1_000_000 / answer.data[n].median_interval_days;
        assert!((1..answer.data.len()).all(|n| far(n - 1) >= far(n)), "{ask} {now}");
    }
    assert!(met > 0 || act.caller.role == Role::Rep || !ask.is_empty(), "nobody has gone quiet");
    Ok(())
}

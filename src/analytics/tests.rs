//! The analysis against a plain count, on random orders with a fixed seed: every dimension, pair, basis, filter and caller; and every address against the order list's rules.
mod buyers;
mod currencies;
mod folded;
mod lists;
mod measures;
mod people;
mod reviews;
mod told;
mod world;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::json;

use super::convert::RateBasis;
use super::question::Ask;
use super::rules::{CLOSED, Dimension, OPEN, Own, amount_text, average, rate};
use super::{conversion, revenue};
use crate::facts::{self, packs};
use crate::identity::{Act, Caller, Role};
use crate::platform::clock::{Clock, date_in, new_id, start_of};
use crate::platform::config::Config;
use crate::platform::db::work::probe;
use crate::platform::db::{AnyConnection, DatabaseUrl, Id, Json, UtcTime, company, connection};
use crate::platform::decimal::{Decimal, exponent};
use crate::platform::problem::{Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::Query;
use crate::platform::web::condition::Surroundings;
use currencies::Way;
use world::{Customer, Dice, Order, World};

const ZONE: Tz = chrono_tz::Asia::Shanghai;

type Keys = Vec<Option<String>>;
type Orders<'a> = BTreeMap<Keys, HashMap<Id, (&'a Order, i64)>>;

/// Orders by group, each with what it is worth there: counted one by one.
fn plain<'a>(world: &'a World, caller: &Caller, ask: &str) -> Orders<'a> {
    let query = Query::parse("", ask).unwrap_or_default();
    let created = query.get("basis") == Some("created");
    let dimensions: Vec<Dimension> = query.get("group_by").into_iter().flat_map(|g| g.split(',')).filter_map(Own::parse).map(Dimension::Own).collect();
    let of_lines = dimensions.iter().any(|d| d.is_of_lines());
    let filters = Query::parse("", &query.rewritten(&["group_by", "from", "to", "tz", "basis"], &[])).unwrap_or_default();
    let mut all = Orders::new();
    for o in world.orders.iter().filter(|o| world.sees(caller, o) && world.shows(o, &filters)) {
        let day = if created { o.submitted.map(|t| date_in(ZONE, t)) } else { o.closed_on };
        let date = |name| query.get(name).and_then(|d| d.parse::<NaiveDate>().ok());
        let Some(day) = day else { continue };
        if date("from").is_some_and(|from| day < from) || date("to").is_some_and(|to| day >= to) {
            continue;
        }
        let whole = [(None, o.amount)];
        for &(product, amount) in if of_lines { o.lines.as_slice() } else { &whole } {
            let named = product.map(|p| world.products[p].id.to_string()).unwrap_or_default();
            if of_lines && query.get("product").is_some_and(|p| !p.split(',').any(|id| id == named)) {
                continue;
            }
            let rules = if dimensions.contains(&Dimension::Own(Own::BrokenRule)) { o.broken_rules() } else { vec![None] };
            let tags = if dimensions.contains(&Dimension::Own(Own::Tag)) { o.all_tags() } else { vec![None] };
            for (rule, tag) in rules.iter().flat_map(|rule| tags.iter().map(move |tag| (*rule, *tag))) {
                let keys = dimensions.iter().map(|&d| world.key(caller, o, (product, rule, tag), d, created)).collect();
                all.entry(keys).or_default().entry(o.id).or_insert((o, 0)).1 += amount;
            }
        }
    }
    all
}

fn check(c: &mut AnyConnection, world: &World, act: &Act, ask: &str) -> Result<(), Problem> {
    let surroundings = Surroundings { now: act.now, zone: act.caller.zone.unwrap_or(ZONE) };
    let query = Query::parse("", ask)?;
    let zone = query.get("tz").and_then(|zone| zone.parse().ok()).unwrap_or(surroundings.zone);
    let question = Ask::parse(&query, Surroundings { zone, ..surroundings }, None, &[])?;
    let caller = &act.caller;
    let keys = |group: &super::dto::Group| question.group_by.iter().map(|d| group.get(d.as_str()).unwrap().key.clone()).collect::<Keys>();
    let expected = plain(world, caller, ask);

    let conversion = conversion::conversion(c, act, &question, Locale::En)?;
    let mut met = BTreeSet::new();
    for row in &conversion.data {
        let orders = expected.get(&keys(&row.group));
        let count = |status: &[&str]| orders.map_or(0, |o| o.values().filter(|(o, _)| status.contains(&o.status)).count()) as i64;
        let open = (ask.contains("created")).then(|| count(&OPEN));
        let is = &row.measures;
        let counted = [is.won, is.lost, is.cancelled, is.expired];
        assert_eq!(counted.to_vec(), CLOSED.iter().map(|s| count(&[s])).collect::<Vec<_>>(), "{ask} {:?}", row.group);
        assert_eq!((is.open, is.orders), (open, counted.iter().sum::<i64>() + open.unwrap_or(0)), "{ask} {:?}", row.group);
        assert_eq!(is.win_rate, rate(is.won.into(), (is.won + is.lost).into()));
        assert_eq!(row.drilldown.is_none(), ask.contains("weekday"), "{ask}");
        let drills = &row.drilldowns;
        let each =
            [&drills.won, &drills.lost, &drills.cancelled, &drills.expired].into_iter().zip(counted).chain([(&drills.open, is.open.unwrap_or_default())]);
        for (url, n) in each.chain([(&row.drilldown, is.orders)]).filter_map(|(url, n)| Some((url.as_ref()?, n))) {
            assert_eq!(world.listed(caller, url), n, "{ask} {:?} {url}", row.group);
        }
        assert!(met.insert(keys(&row.group)), "{ask}: twice {:?}", row.group);
        assert!(row.group.values().all(|g| g.key.is_none() == g.label.is_none()));
    }
    assert!(expected.keys().all(|k| met.contains(k)), "{ask}: a group is missing");
    if question.group_by.first().is_some_and(|d| matches!(d, Dimension::Own(Own::Month | Own::Quarter | Own::Year))) {
        assert!(conversion.data.windows(2).all(|w| keys(&w[0].group)[0] <= keys(&w[1].group)[0]), "{ask}: not in the order of time");
    }

    let mut sums: BTreeMap<(Keys, &str), (i128, i64)> = BTreeMap::new();
    for (keys, orders) in &expected {
        for (o, amount) in orders.values().filter(|(o, _)| o.status == "won") {
            let sum = sums.entry((keys.clone(), o.currency)).or_default();
            *sum = (sum.0 + i128::from(*amount), sum.1 + 1);
        }
    }
    let revenue = revenue::revenue(c, act, &question, Locale::En)?;
    assert_eq!(revenue.data.len(), sums.len(), "{ask}");
    for row in &revenue.data {
        let places = exponent(&row.currency);
        let (sum, orders) = sums.get(&(keys(&row.group), row.currency.as_str())).copied().unwrap_or_default();
        let total: i128 = sums.iter().filter(|((_, currency), _)| *currency == row.currency).map(|(_, s)| s.0).sum();
        let is = &row.measures;
        assert_eq!((is.won_amount.clone(), is.orders), (amount_text(sum, places), orders), "{ask} {:?}", row.group);
        assert_eq!((is.average_amount.clone(), is.share.clone()), (amount_text(average(sum, orders, places), places), rate(sum, total)), "{ask}");
        if let Some(url) = &row.drilldown {
            assert_eq!(world.listed(caller, url), is.orders, "{ask} {:?} {url}", row.group);
        }
    }
    if ask.contains("weekday") {
        return Ok(());
    }
    currencies::check(c, world, act, ask)?;
    reviews::check(c, world, act, ask, &question)?;
    measures::check(c, world, act, ask, &question)
}

/// Asks as a question is asked: every other one among others, of a file on two connections where they can be brought to see the same.
fn asked<T>(state: &State, mut work: impl FnMut(&mut AnyConnection) -> Result<T, Problem>) -> Result<T, Problem> {
    let among_others = ASKED.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    state.db.question_here(among_others, |c| {
        IN_COMPANY.fetch_add(usize::from(company::is_there()), Ordering::Relaxed);
        work(c)
    })
}
static ASKED: AtomicUsize = AtomicUsize::new(0);
static IN_COMPANY: AtomicUsize = AtomicUsize::new(0);

/// Puts orders into packs: some that have left them since, as what they were then, and some that stand in none.
fn pack(tx: &mut AnyConnection) -> Result<(), Problem> {
    let at = |seconds: i64| UtcTime(1_480_000_000_000_000 + seconds * 1_000_000);
    let set = |tx: &mut AnyConnection, worth: &str, seconds| {
        tx.batch_execute(&format!("update orders set amount = amount {worth} where number % 4 = 0"))?;
        facts::keep_all(tx, Vec::new(), at(seconds))
    };
    set(tx, "+ 7", 1)?;
    while packs::keep(tx, 1, 12, at(2))? {}
    set(tx, "- 7", 2)?;
    packs::keep(tx, 1, 2, at(2))?;
    let kept = packs::packs(tx)?;
    let has = |is_open: bool| kept.iter().any(|pack| pack.orders > 9 && pack.first_closed_on.is_none() == is_open);
    assert!(kept.len() > 5 && has(true) && has(false), "{kept:?}");
    assert_eq!(facts::drift(tx, Vec::new(), 9)?, []);
    Ok(())
}

fn examine(url: &str) {
    let values = [("DATABASE_URL", url), ("SECRET", "0123456789abcdef0123456789abcdef"), ("DATABASE_POOL", "2")];
    let config = Config::from_values(&values.map(|(n, v)| (n.to_owned(), v.to_owned())).into()).unwrap_or_else(|e| unreachable!("{e:?}"));
    let (state, _) = State::open(config, Clock::held_at(UtcTime(1_500_000_000_000_000))).unwrap_or_else(|e| unreachable!("{e}"));
    let world = Arc::new(World::new());
    let stored = world.clone();
    state.db.write_here(move |tx| stored.store(tx)).unwrap_or_else(|e| unreachable!("{e}"));
    state.db.write_here(pack).unwrap_or_else(|e| unreachable!("{e}"));

    // Somebody commits all the time, for as long as it is examined.
    let (examined, db) = (Arc::new(()), state.db.clone());
    let last = Arc::downgrade(&examined);
    let commits = std::thread::spawn(move || {
        while last.strong_count() > 0 {
            db.write_here(probe).unwrap_or_else(|e| unreachable!("{e}"));
            std::thread::sleep(Duration::from_millis(1));
        }
    });

    let [a, b] = world.teams;
    let person = |n: usize, role, leads: &[Id]| Caller {
        user: Some(world.users[n].0),
        name: "x".into(),
        role,
        team: world.users[n].1,
        leads: leads.into(),
        zone: None,
        scopes: None,
    };
    let callers = [
        Caller::system(),
        person(4, Role::Reviewer, &[]),
        person(0, Role::Rep, &[]),
        person(2, Role::Rep, &[]),
        person(2, Role::Rep, &[a]),
        person(4, Role::Rep, &[b]),
        person(4, Role::Rep, &[]),
    ];
    let mut groups: Vec<String> = Own::WORDS.iter().map(|w| format!("group_by={w}")).collect();
    for (n, one) in Own::WORDS.iter().enumerate() {
        groups.extend(Own::WORDS.iter().skip(n + 1).map(|two| format!("group_by={one},{two}")));
    }
    groups.push("group_by=quarter,owner".into());
    groups.push(String::new());
    let p = |n: usize| world.products[n].id;
    let filters = [
        String::new(),
        "&from=2017-01-01&to=2017-12-16".into(),
        "&from=2017-05-20&tz=Asia/Shanghai&status=won,lost,pending".into(),
        format!("&to=2017-08-01&product={},{}", p(0), p(2)),
        format!("&product[ne]={}&status[ne]=lost", p(1)),
        "&product[null]=true&customer[null]=false".into(),
        format!("&product={},{}&team={a}", p(1), p(3)),
        format!("&team[ne]={b}&customer={},{}", world.customers[0].id, world.customers[1].id),
        "&team[null]=true&from=2017-03-03&to=2017-03-03".into(),
        // Of this the facts know nothing, so that the orders themselves are asked.
        "&updated_at[gte]=2000-01-01T00:00:00.000000Z".into(),
        "&from=2017-02-01&tags=refit&reason[null]=true&customer.industry[ne]=retail".into(),
        format!("&category=pumps&stage[ne]=contract&product[ne]={}", p(3)),
    ];
    for (n, caller) in callers.into_iter().enumerate() {
        let act = Act { caller, ..Act::system(state.clock.now()) };
        for (g, group) in groups.iter().enumerate() {
            // In turn, so that each meets each with some caller: all of all would take minutes.
            let filter = &filters[(g + n) % filters.len()];
            if group.contains(',') && (g + n) % 3 > 0 {
                continue;
            }
            for basis in ["", "&basis=created"] {
                let ask = format!("{group}{filter}{basis}");
                asked(&state, |c| check(c, &world, &act, ask.trim_start_matches('&'))).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
            }
        }
        for ask in ["", "customer[null]=false", "status=pending,in_review,won"] {
            asked(&state, |c| measures::check_stuck(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
            asked(&state, |c| told::check_quiet(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in ["", "from=2017-01-01&to=2017-12-16", "status=won,lost&customer[null]=false", "to=2017-08-01"] {
            asked(&state, |c| buyers::check(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
            asked(&state, |c| told::check_buyers(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in ["", "customer[null]=false", "team[null]=false"] {
            asked(&state, |c| buyers::check_churn(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for (from, to) in [("2016-11-01", "2018-03-01"), ("2016-11-24", "2016-12-01"), ("2017-03-05", "2017-06-06"), ("2017-03-05", "2017-03-05")] {
            let day = |text: &str| text.parse().unwrap_or_default();
            let ways = [("CNY", RateBasis::Order), ("USD", RateBasis::Close), ("EUR", RateBasis::Today)].map(|(into, basis)| Some(Way { basis, into }));
            for way in ways.into_iter().chain([None]) {
                asked(&state, |c| people::check(c, &world, &act, day(from), day(to), way)).unwrap_or_else(|e| unreachable!("{from} {to}: {e}"));
            }
        }
        asked(&state, |c| told::check_summary(c, &world, &act)).unwrap_or_else(|e| unreachable!("{e}"));
        let (own, other) = (act.caller.user, world.users[1].0);
        if let Some(own) = own {
            if n % 2 == 0 || n == 1 {
                folded::check(&state, &world, &act);
            }
            let ask = format!("group_by=owner&owner={own}");
            asked(&state, |c| check(c, &world, &act, &ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in [format!("owner={other}"), format!("group_by=owner&owner[ne]={other}")] {
            let answer = asked(&state, |c| check(c, &world, &act, &ask)).map_err(|e| e.code().as_str());
            let may = act.caller.role != Role::Rep || act.caller.leads.contains(&a);
            assert_eq!(answer, if may { Ok(()) } else { Err("role") }, "{ask}");
        }
    }
    drop(examined);
    commits.join().unwrap_or_else(|_| unreachable!("commits ended"));
}

#[test]
fn every_answer_equals_a_plain_count_on_sqlite() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| unreachable!("{e}"));
    examine(&format!("sqlite://{}/analytics.db", folder.path().display()));
    assert!(IN_COMPANY.load(Ordering::Relaxed) > 500, "{IN_COMPANY:?} questions had company");
}

#[test]
#[allow(clippy::disallowed_methods)] // The address comes from whoever started the cluster.
fn every_answer_equals_a_plain_count_on_postgres() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else { return };
    let name = format!("analytics_{}", new_id().0.simple());
    let admin = DatabaseUrl::parse(&server).unwrap_or_else(|e| unreachable!("{e}"));
    let run =
        |sql: &str| connection::open(&admin).map(|mut c| c.batch_execute(sql)).unwrap_or_else(|e| unreachable!("{e}")).unwrap_or_else(|e| unreachable!("{e}"));
    run(&format!("create database {name}"));
    let (head, tail) = server.split_once('?').map_or((server.as_str(), String::new()), |(head, tail)| (head, format!("?{tail}")));
    let path = head.rfind('/').unwrap_or(head.len());
    examine(&format!("{}/{name}{tail}", &head[..path]));
    run(&format!("drop database {name} with (force)"));
}

//! The analysis against a plain count, on random orders with a fixed seed: every dimension, pair, basis, filter and caller; and every address against the order list's rules.
mod buyers;
mod currencies;
mod folded;
mod measures;
mod people;
mod reviews;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::json;

use super::buckets::Bucket;
use super::question::Ask;
use super::rules::{CLOSED, Dimension, OPEN, Own, amount_text, average, rate};
use super::{conversion, revenue};
use crate::facts;
use crate::identity::{Act, Caller, Role};
use crate::platform::clock::{Clock, date_in, new_id, start_of};
use crate::platform::config::Config;
use crate::platform::db::schema::{customers, order_broken_rules, order_lines, order_tags, orders, products, teams, users};
use crate::platform::db::{AnyConnection, DatabaseUrl, Id, Json, UtcTime, connection};
use crate::platform::decimal::{Decimal, exponent};
use crate::platform::problem::{Locale, Problem};
use crate::platform::state::State;
use crate::platform::web::Query;
use crate::platform::web::condition::Surroundings;

const ZONE: Tz = chrono_tz::Asia::Shanghai;

/// A fixed sequence of numbers that look random.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

struct Product {
    id: Id,
    category: Option<&'static str>,
}
struct Customer {
    id: Id,
    industry: Option<&'static str>,
    region: Option<&'static str>,
    tier: Option<&'static str>,
}
struct Order {
    id: Id,
    owner: Id,
    team: Option<Id>,
    /// Who it counts for.
    holder: (Id, Option<Id>),
    status: &'static str,
    currency: &'static str,
    amount: i64,
    customer: Option<usize>,
    source: Option<&'static str>,
    level: Option<&'static str>,
    submitted: Option<UtcTime>,
    closed_on: Option<NaiveDate>,
    archived: bool,
    lines: Vec<(Option<usize>, i64)>,
    broken: Vec<&'static str>,
    tags: Vec<&'static str>,
    stage: &'static str,
    reason: Option<&'static str>,
    steps: Vec<reviews::Step>,
    more: measures::More,
    entered: UtcTime,
    /// Up to when rates were recorded that it knows of.
    rates_at: Option<i64>,
}
impl Order {
    /// What it counts for by broken rule.
    fn broken_rules(&self) -> Vec<Option<&'static str>> {
        if self.broken.is_empty() { vec![None] } else { self.broken.iter().copied().map(Some).collect() }
    }
}
impl Order {
    fn all_tags(&self) -> Vec<Option<&'static str>> {
        if self.tags.is_empty() { vec![None] } else { self.tags.iter().copied().map(Some).collect() }
    }
}
struct World {
    teams: [Id; 2],
    users: Vec<(Id, Option<Id>)>,
    products: Vec<Product>,
    customers: Vec<Customer>,
    orders: Vec<Order>,
    rates: Vec<currencies::Rate>,
}

impl World {
    fn new() -> Self {
        let mut dice = Dice(7);
        let teams = [new_id(), new_id()];
        let users: Vec<_> = [Some(teams[0]), Some(teams[0]), Some(teams[1]), Some(teams[1]), None].map(|team| (new_id(), team)).into();
        let products: Vec<_> = [Some("pumps"), Some("pumps"), Some("valves, large"), None].map(|category| Product { id: new_id(), category }).into();
        let customers = (0..6)
            .map(|_| Customer {
                id: new_id(),
                industry: dice.pick(&[Some("retail"), Some("医疗"), None]),
                region: dice.pick(&[Some("east"), None]),
                tier: dice.pick(&[Some("key"), Some("regular"), None]),
            })
            .collect();
        let first = NaiveDate::from_ymd_opt(2016, 11, 1).unwrap_or_default();
        let all: Vec<&str> = CLOSED.into_iter().chain(OPEN).collect();
        let orders = (0..160)
            .map(|_| {
                let (owner, team) = dice.pick(&users);
                let status = if dice.below(3) == 0 { "won" } else { dice.pick(&all) };
                let closed = CLOSED.contains(&status);
                let day = first + TimeDelta::days(dice.below(480) as i64);
                // Many of them close to a midnight of the zone.
                let submitted = UtcTime(start_of(ZONE, day).0 + dice.pick(&[-1, 0, 1, 43_200_000_000, -28_800_000_000]));
                let lines: Vec<_> = (0..dice.below(4))
                    .map(|_| (dice.pick(&[Some(0), Some(1), Some(2), Some(3), None]), dice.pick(&[12_500, 9_999_999_999_999_900, -70_000, 330_000])))
                    .collect();
                let more = measures::random(&mut dice, status, day);
                Order {
                    id: new_id(),
                    owner,
                    team,
                    holder: (owner, team),
                    status,
                    currency: dice.pick(&["CNY", "JPY", "USD", "EUR"]),
                    amount: lines.iter().map(|l| l.1).sum(),
                    customer: dice.pick(&[Some(0), Some(1), Some(2), Some(3), Some(4), Some(5), None]),
                    source: dice.pick(&[Some("web"), Some("referral"), None]),
                    level: dice.pick(&[Some("high"), Some("low"), None]),
                    submitted: (closed || status != "draft" || dice.below(2) == 0).then_some(submitted),
                    closed_on: closed.then(|| day + TimeDelta::days(dice.below(60) as i64)),
                    archived: dice.below(8) == 0,
                    lines,
                    broken: ["title_length", "early, or late"].into_iter().filter(|_| dice.below(3) == 0).collect(),
                    tags: ["refit", "large, heavy", "展会"].into_iter().filter(|_| dice.below(3) == 0).collect(),
                    stage: dice.pick(&["intent", "negotiation", "contract"]),
                    reason: more.reason,
                    steps: reviews::random(&mut dice),
                    entered: more.created,
                    more,
                    rates_at: closed.then(|| dice.below(61) as i64),
                }
            })
            .collect();
        let rates = currencies::random(&mut dice, first);
        Self { teams, users, products, customers, orders, rates }
    }

    fn store(&self, tx: &mut AnyConnection) -> Result<(), Problem> {
        let at = UtcTime(1_480_000_000_000_000);
        currencies::store(tx, self)?;
        for (n, id) in self.teams.iter().enumerate() {
            let row = (teams::id.eq(id), teams::name.eq(format!("Team {n}")), teams::name_key.eq(format!("team {n}")));
            diesel::insert_into(teams::table).values((row, teams::version.eq(1), teams::created_at.eq(at), teams::updated_at.eq(at))).execute(tx)?;
        }
        for (n, (id, team)) in self.users.iter().enumerate() {
            let who = (
                users::id.eq(id),
                users::name.eq(format!("User {n}")),
                users::email.eq(format!("u{n}@example.com")),
                users::email_key.eq(format!("u{n}@example.com")),
            );
            let what = (users::role.eq("rep"), users::team_id.eq(team), users::active.eq(true));
            diesel::insert_into(users::table).values((who, what, users::version.eq(1), users::created_at.eq(at), users::updated_at.eq(at))).execute(tx)?;
        }
        for (n, p) in self.products.iter().enumerate() {
            let name = format!("Product {n}");
            let names = (products::id.eq(p.id), products::sku.eq(&name), products::sku_key.eq(&name), products::name.eq(&name), products::name_key.eq(&name));
            let what = (products::aliases.eq(Json(json!([]))), products::category.eq(p.category));
            diesel::insert_into(products::table)
                .values((names, what, products::version.eq(1), products::created_at.eq(at), products::updated_at.eq(at)))
                .execute(tx)?;
        }
        for c in &self.customers {
            let who = (customers::id.eq(c.id), customers::name.eq("客户"), customers::name_key.eq("客户"), customers::owner_id.eq(self.users[0].0));
            let what = (customers::industry.eq(c.industry), customers::region.eq(c.region), customers::value_tier.eq(c.tier));
            let json = (customers::preferences.eq(Json(json!({}))), customers::tags.eq(Json(json!([]))), customers::custom.eq(Json(json!({}))));
            let times = (customers::version.eq(1), customers::created_at.eq(at), customers::updated_at.eq(at));
            diesel::insert_into(customers::table).values((who, what, json, times)).execute(tx)?;
        }
        for (n, o) in self.orders.iter().enumerate() {
            let closed = o.closed_on.is_some();
            let who = (
                orders::id.eq(o.id),
                orders::number.eq(n as i64 + 1),
                orders::customer_id.eq(o.customer.map(|c| self.customers[c].id)),
                orders::owner_id.eq(o.owner),
                orders::team_id.eq(o.team),
                orders::closed_owner_id.eq(closed.then_some(o.holder.0)),
                orders::closed_team_id.eq(o.holder.1.filter(|_| closed)),
            );
            let what = (
                orders::currency.eq(o.currency),
                orders::amount.eq(Decimal(o.amount)),
                orders::status.eq(o.status),
                orders::stage.eq(o.stage),
                orders::reason.eq(o.reason),
                orders::intent_level.eq(o.level),
                orders::source.eq(o.source),
                orders::tags.eq(Json(json!(o.tags))),
                orders::custom.eq(Json(json!({}))),
                orders::warnings.eq(Json(json!([]))),
                orders::standard_version.eq(1),
                orders::review_round.eq(0),
            );
            let when = (
                orders::first_submitted_at.eq(o.submitted),
                orders::closed_on.eq(o.closed_on),
                orders::archived_at.eq(o.archived.then_some(at)),
                orders::version.eq(1),
                orders::created_at.eq(o.entered),
                orders::updated_at.eq(at),
                orders::base_rate.eq(currencies::kept(self, o)),
                orders::rates_at.eq(o.rates_at.map(UtcTime)),
            );
            diesel::insert_into(orders::table).values((who, what, when)).execute(tx)?;
            for (position, (product, amount)) in o.lines.iter().enumerate() {
                let line = (order_lines::id.eq(new_id()), order_lines::order_id.eq(o.id), order_lines::position.eq(position as i32));
                let what = (order_lines::product_id.eq(product.map(|p| self.products[p].id)), order_lines::quantity.eq(Decimal::ONE));
                let worth =
                    (order_lines::unit_price.eq(Decimal(*amount)), order_lines::discount_rate.eq(Decimal::ZERO), order_lines::amount.eq(Decimal(*amount)));
                diesel::insert_into(order_lines::table).values((line, what, worth)).execute(tx)?;
            }
            for rule in &o.broken {
                let row = (order_broken_rules::order_id.eq(o.id), order_broken_rules::rule.eq(rule));
                diesel::insert_into(order_broken_rules::table).values(row).execute(tx)?;
            }
            for tag in &o.tags {
                diesel::insert_into(order_tags::table).values((order_tags::order_id.eq(o.id), order_tags::tag.eq(tag))).execute(tx)?;
            }
            reviews::store(tx, o)?;
            measures::store(tx, o)?;
        }
        people::store(tx, self)?;
        facts::keep_all(tx, Vec::new(), at)
    }

    fn sees(&self, caller: &Caller, o: &Order) -> bool {
        !o.archived && (caller.role != Role::Rep || caller.user == Some(o.owner) || o.team.is_some_and(|t| caller.team == Some(t) || caller.leads.contains(&t)))
    }

    /// What the order list knows of an order under a name; several values for several lines.
    fn values(&self, o: &Order, field: &str) -> Vec<Option<String>> {
        let id = |id: Option<Id>| id.map(|id| id.to_string());
        let of_customer = |f: fn(&Customer) -> Option<&'static str>| o.customer.and_then(|c| f(&self.customers[c])).map(str::to_owned);
        match field {
            "status" => vec![Some(o.status.into())],
            "created_at" => vec![Some(o.more.created.to_string())],
            "currency" => vec![Some(o.currency.into())],
            "owner" => vec![id(Some(o.owner))],
            "team" => vec![id(o.team)],
            "closed_owner" => vec![id(o.closed_on.map(|_| o.holder.0))],
            "closed_team" => vec![id(o.closed_on.and(o.holder.1))],
            "customer" => vec![id(o.customer.map(|c| self.customers[c].id))],
            "stage" => vec![Some(o.stage.into())],
            "reason" => vec![o.reason.map(str::to_owned)],
            "tags" => o.all_tags().into_iter().map(|tag| tag.map(str::to_owned)).collect(),
            "updated_at" => vec![Some("2016".into())],
            "source" => vec![o.source.map(str::to_owned)],
            "intent_level" => vec![o.level.map(str::to_owned)],
            "customer.industry" => vec![of_customer(|c| c.industry)],
            "customer.region" => vec![of_customer(|c| c.region)],
            "customer.value_tier" => vec![of_customer(|c| c.tier)],
            "closed_on" => vec![o.closed_on.map(|d| d.to_string())],
            "first_submitted_at" => vec![o.submitted.map(|t| t.to_string())],
            "product" => o.lines.iter().map(|l| id(l.0.map(|p| self.products[p].id))).collect(),
            "category" => o.lines.iter().map(|l| l.0.and_then(|p| self.products[p].category).map(str::to_owned)).collect(),
            "broken_rule" => o.broken_rules().into_iter().map(|rule| rule.map(str::to_owned)).collect(),
            other => measures::values(o, other).unwrap_or_else(|| unreachable!("{other}")),
        }
    }

    /// Whether the list with these parameters shows an order.
    fn shows(&self, o: &Order, query: &Query) -> bool {
        query.pairs().all(|(name, value)| {
            if name == "filter" {
                return self.meets(o, &serde_json::from_str(value).unwrap_or_default());
            }
            let (field, op) = name.split_once('[').unwrap_or((name, ""));
            let has = self.values(o, field);
            let any = |test: &dyn Fn(&str) -> bool| has.iter().flatten().any(|v| test(v));
            let missing = has.iter().any(Option::is_none);
            match op {
                "" => any(&|v| value.split(',').any(|w| w == v)),
                "eq]" => any(&|v| v == value),
                "ne]" => !any(&|v| value.split(',').any(|w| w == v)),
                "null]" => missing == (value == "true"),
                "gte]" => any(&|v| v >= value),
                "lt]" => any(&|v| v < value),
                other => unreachable!("{other}"),
            }
        })
    }

    /// The same of a condition in JSON, or of several that all hold.
    fn meets(&self, o: &Order, condition: &serde_json::Value) -> bool {
        if let Some(all) = condition.as_array().or_else(|| condition["all"].as_array()) {
            return all.iter().all(|one| self.meets(o, one));
        }
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = condition["value"].as_array().map_or_else(|| text(&condition["value"]), |all| all.iter().map(text).collect::<Vec<_>>().join(","));
        let (field, op) = (text(&condition["field"]), text(&condition["op"]));
        let name = if op == "in" { field } else { format!("{field}[{op}]") };
        let asked = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &values).finish();
        self.shows(o, &Query::parse("", &asked).unwrap_or_default())
    }

    fn listed(&self, caller: &Caller, url: &str) -> i64 {
        let query = Query::parse("", url.split_once('?').map_or("", |u| u.1)).unwrap_or_default();
        self.orders.iter().filter(|o| self.sees(caller, o) && self.shows(o, &query)).count() as i64
    }

    fn key(
        &self,
        caller: &Caller,
        o: &Order,
        (line, rule, tag): (Option<usize>, Option<&str>, Option<&str>),
        dimension: Dimension,
        created: bool,
    ) -> Option<String> {
        let field = match dimension {
            Dimension::Own(Own::BrokenRule) => return rule.map(str::to_owned),
            Dimension::Own(Own::Tag) => return tag.map(str::to_owned),
            Dimension::Own(Own::Weekday) => {
                let day = if created { o.submitted.map(|t| date_in(ZONE, t)) } else { o.closed_on };
                return day.map(|d| d.format("%A").to_string().to_lowercase());
            }
            Dimension::Own(Own::Stage) => "stage",
            Dimension::Own(Own::Status) => "status",
            Dimension::Own(Own::Reason) => "reason",
            Dimension::Own(Own::Customer) => "customer",
            Dimension::Own(Own::Product) => return line.map(|p| self.products[p].id.to_string()),
            Dimension::Own(Own::Category) => return line.and_then(|p| self.products[p].category).map(str::to_owned),
            Dimension::Own(Own::Month | Own::Quarter | Own::Year) => {
                let day = if created { o.submitted.map(|t| date_in(ZONE, t)) } else { o.closed_on };
                return day.and_then(|d| Bucket::of(dimension, d)).map(|b| b.key);
            }
            Dimension::Own(Own::Owner) => {
                let full = caller.role != Role::Rep || caller.user == Some(o.holder.0) || o.holder.1.is_some_and(|t| caller.leads.contains(&t));
                return Some(if full { o.holder.0.to_string() } else { "team".into() });
            }
            Dimension::Own(Own::Team) => return o.holder.1.map(|t| t.to_string()),
            Dimension::Own(Own::Industry) => "customer.industry",
            Dimension::Own(Own::Region) => "customer.region",
            Dimension::Own(Own::ValueTier) => "customer.value_tier",
            Dimension::Own(Own::Source) => "source",
            Dimension::Own(Own::IntentLevel) => "intent_level",
            Dimension::Custom { path, .. } => path,
        };
        self.values(o, field).pop().flatten()
    }
}

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
    let keys = |group: &super::dto::Group| question.group_by.iter().map(|d| group[d.as_str()].key.clone()).collect::<Keys>();
    let expected = plain(world, caller, ask);

    let conversion = conversion::conversion(c, act, &question, Locale::En)?;
    let mut met = BTreeSet::new();
    for row in &conversion.data {
        let orders = expected.get(&keys(&row.group));
        let count = |status: &[&str]| orders.map_or(0, |o| o.values().filter(|(o, _)| status.contains(&o.status)).count()) as i64;
        let open = (ask.contains("created")).then(|| count(&OPEN));
        let counted = [row.won, row.lost, row.cancelled, row.expired];
        assert_eq!(counted.to_vec(), CLOSED.iter().map(|s| count(&[s])).collect::<Vec<_>>(), "{ask} {:?}", row.group);
        assert_eq!((row.open, row.orders), (open, counted.iter().sum::<i64>() + open.unwrap_or(0)), "{ask} {:?}", row.group);
        assert_eq!(row.win_rate, rate(row.won.into(), (row.won + row.lost).into()));
        assert_eq!(row.drilldown.is_none(), ask.contains("weekday"), "{ask}");
        let drills = &row.drilldowns;
        let each =
            [&drills.won, &drills.lost, &drills.cancelled, &drills.expired].into_iter().zip(counted).chain([(&drills.open, row.open.unwrap_or_default())]);
        for (url, n) in each.chain([(&row.drilldown, row.orders)]).filter_map(|(url, n)| Some((url.as_ref()?, n))) {
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
        assert_eq!((row.won_amount.clone(), row.orders), (amount_text(sum, places), orders), "{ask} {:?}", row.group);
        assert_eq!((row.average_amount.clone(), row.share.clone()), (amount_text(average(sum, orders, places), places), rate(sum, total)), "{ask}");
        if let Some(url) = &row.drilldown {
            assert_eq!(world.listed(caller, url), row.orders, "{ask} {:?} {url}", row.group);
        }
    }
    if ask.contains("weekday") {
        return Ok(());
    }
    currencies::check(c, world, act, ask)?;
    reviews::check(c, world, act, ask, &question)?;
    measures::check(c, world, act, ask, &question)
}

fn examine(url: &str) {
    let values = [("DATABASE_URL", url), ("SECRET", "0123456789abcdef0123456789abcdef"), ("DATABASE_POOL", "1")];
    let config = Config::from_values(&values.map(|(n, v)| (n.to_owned(), v.to_owned())).into()).unwrap_or_else(|e| unreachable!("{e:?}"));
    let (state, _) = State::open(config, Clock::held_at(UtcTime(1_500_000_000_000_000))).unwrap_or_else(|e| unreachable!("{e}"));
    let world = std::sync::Arc::new(World::new());
    let stored = world.clone();
    state.db.write_here(move |tx| stored.store(tx)).unwrap_or_else(|e| unreachable!("{e}"));

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
                state.db.read_here(|c| check(c, &world, &act, ask.trim_start_matches('&'))).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
            }
        }
        for ask in ["", "customer[null]=false", "status=pending,in_review,won"] {
            state.db.read_here(|c| measures::check_stuck(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in ["", "from=2017-01-01&to=2017-12-16", "status=won,lost&customer[null]=false", "to=2017-08-01"] {
            state.db.read_here(|c| buyers::check(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in ["", "customer[null]=false", "team[null]=false"] {
            state.db.read_here(|c| buyers::check_churn(c, &world, &act, ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for (from, to) in [("2016-11-01", "2018-03-01"), ("2016-11-24", "2016-12-01"), ("2017-03-05", "2017-06-06"), ("2017-03-05", "2017-03-05")] {
            let day = |text: &str| text.parse().unwrap_or_default();
            state.db.read_here(|c| people::check(c, &world, &act, day(from), day(to))).unwrap_or_else(|e| unreachable!("{from} {to}: {e}"));
        }
        let (own, other) = (act.caller.user, world.users[1].0);
        if let Some(own) = own {
            if n % 2 == 0 {
                folded::check(&state, &world, &act);
            }
            let ask = format!("group_by=owner&owner={own}");
            state.db.read_here(|c| check(c, &world, &act, &ask)).unwrap_or_else(|e| unreachable!("{ask}: {e}"));
        }
        for ask in [format!("owner={other}"), format!("group_by=owner&owner[ne]={other}")] {
            let answer = state.db.read_here(|c| check(c, &world, &act, &ask)).map_err(|e| e.code().as_str());
            let may = act.caller.role != Role::Rep || act.caller.leads.contains(&a);
            assert_eq!(answer, if may { Ok(()) } else { Err("role") }, "{ask}");
        }
    }
}

#[test]
fn every_answer_equals_a_plain_count_on_sqlite() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| unreachable!("{e}"));
    examine(&format!("sqlite://{}/analytics.db", folder.path().display()));
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

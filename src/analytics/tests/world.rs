//! Random teams, people, products, customers and orders with a fixed seed, and their rows.
use super::*;
use crate::platform::db::schema::{customers, order_broken_rules, order_lines, order_tags, orders, products, teams, users};

/// A fixed sequence of numbers that look random.
pub struct Dice(pub u64);
impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize].clone()
    }
}

pub struct Product {
    pub id: Id,
    pub category: Option<&'static str>,
}
pub struct Customer {
    pub id: Id,
    pub industry: Option<&'static str>,
    pub region: Option<&'static str>,
    pub tier: Option<&'static str>,
}
pub struct Order {
    pub id: Id,
    pub owner: Id,
    pub team: Option<Id>,
    /// Who it counts for.
    pub holder: (Id, Option<Id>),
    pub status: &'static str,
    pub currency: &'static str,
    pub amount: i64,
    pub customer: Option<usize>,
    pub source: Option<&'static str>,
    pub level: Option<&'static str>,
    pub submitted: Option<UtcTime>,
    pub closed_on: Option<NaiveDate>,
    pub archived: bool,
    pub lines: Vec<(Option<usize>, i64)>,
    pub broken: Vec<&'static str>,
    pub tags: Vec<&'static str>,
    pub stage: &'static str,
    pub reason: Option<&'static str>,
    pub steps: Vec<reviews::Step>,
    pub more: measures::More,
    pub entered: UtcTime,
    /// Up to when rates were recorded that it knows of.
    pub rates_at: Option<i64>,
}
impl Order {
    /// What it counts for by broken rule.
    pub fn broken_rules(&self) -> Vec<Option<&'static str>> {
        if self.broken.is_empty() { vec![None] } else { self.broken.iter().copied().map(Some).collect() }
    }
}
impl Order {
    pub fn all_tags(&self) -> Vec<Option<&'static str>> {
        if self.tags.is_empty() { vec![None] } else { self.tags.iter().copied().map(Some).collect() }
    }
}
pub struct World {
    pub teams: [Id; 2],
    pub users: Vec<(Id, Option<Id>)>,
    pub products: Vec<Product>,
    pub customers: Vec<Customer>,
    pub orders: Vec<Order>,
    pub rates: Vec<currencies::Rate>,
}

impl World {
    pub fn new() -> Self {
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
                    stage: more.stage(),
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

    pub fn store(&self, tx: &mut AnyConnection) -> Result<(), Problem> {
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
}

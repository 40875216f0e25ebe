//! People and teams against a plain count over the same random orders, with random refusals and targets.
use super::currencies::{Counted, Way};
use super::*;
use crate::analytics::convert::{Conversion, RateBasis};
use crate::analytics::dto::people::{PersonRow, Worth};
use crate::analytics::people::{Stretch, people};
use crate::platform::db::schema::{entry_refusals, targets};

/// When each user's entries were refused.
fn refusals(world: &World) -> Vec<(usize, UtcTime)> {
    let mut dice = Dice(11);
    (0..40).map(|_| (dice.below(world.users.len() as u64) as usize, UtcTime(1_480_000_000_000_000 + dice.below(40_000) as i64 * 1_000_000_000))).collect()
}

/// Holder, whether it is a team, month, currency, amount, orders.
type Aim = (Id, bool, NaiveDate, &'static str, i64, Option<i64>);
fn aims(world: &World) -> Vec<Aim> {
    let mut dice = Dice(13);
    let holders: Vec<(Id, bool)> = world.users.iter().map(|(id, _)| (*id, false)).chain(world.teams.iter().map(|id| (*id, true))).collect();
    let months = (0..14).filter_map(|n| NaiveDate::from_ymd_opt(2016 + (10 + n) / 12, ((10 + n) % 12 + 1) as u32, 1));
    let all = months.flat_map(|month| holders.iter().map(move |(id, is_team)| (*id, *is_team, month)));
    let aims = all.filter_map(|(id, is_team, month)| {
        let aim = (id, is_team, month, dice.pick(&["CNY", "JPY"]), dice.below(1_000) as i64 * 10_000_000_000, dice.pick(&[Some(3), None]));
        (dice.below(3) > 0).then_some(aim)
    });
    aims.collect()
}

pub fn store(tx: &mut AnyConnection, world: &World) -> Result<(), Problem> {
    for (user, at) in refusals(world) {
        let row = (entry_refusals::id.eq(new_id()), entry_refusals::entity.eq("orders"), entry_refusals::user_id.eq(world.users[user].0));
        diesel::insert_into(entry_refusals::table).values((row, entry_refusals::rules.eq(Json(json!([]))), entry_refusals::at.eq(at))).execute(tx)?;
    }
    for (holder, is_team, month, currency, amount, orders) in aims(world) {
        let whose = (targets::id.eq(new_id()), targets::kind.eq(if is_team { "team" } else { "user" }), targets::holder.eq(holder), targets::month.eq(month));
        let what = (targets::currency.eq(currency), targets::amount.eq(Decimal(amount)), targets::orders.eq(orders), targets::version.eq(1));
        diesel::insert_into(targets::table).values((whose, what, targets::created_at.eq(UtcTime(0)), targets::updated_at.eq(UtcTime(0)))).execute(tx)?;
    }
    Ok(())
}

/// Checks every row that a caller sees in a stretch of time, and that there are no others.
pub fn check(c: &mut AnyConnection, world: &World, act: &Act, from: NaiveDate, to: NaiveDate, way: Option<Way>) -> Result<(), Problem> {
    let caller = &act.caller;
    let asked = way.map(|way| (way.basis, Some(way.into.to_owned())));
    let conversion = Conversion::asked(c, asked.as_ref(), act.now, None)?;
    let answer = people(c, act, Stretch { from, to, zone: ZONE }, conversion.as_ref())?;
    assert_eq!(answer.told.currency.as_deref(), way.map(|way| way.into));
    let all = caller.role != Role::Rep;
    let leads = |team: Option<Id>| team.is_some_and(|team| caller.leads.contains(&team));
    let of_user = |user: Id, team: Option<Id>| all || caller.user == Some(user) || leads(team);
    let of_team = |team: Id| all || caller.team == Some(team) || caller.leads.contains(&team);
    let expected: BTreeSet<Id> = world.teams.iter().copied().filter(|team| of_team(*team)).collect();
    let told: BTreeSet<Id> = answer.teams.iter().map(|row| row.holder.id).collect();
    assert!(told.is_subset(&expected) && (expected.is_subset(&told) || (to - from).num_days() < 300), "{from} {to}");
    let users: BTreeSet<Id> = answer.users.iter().map(|row| row.holder.id).collect();
    assert!(world.users.iter().all(|(id, team)| !of_user(*id, *team) || users.contains(id)), "{from} {to}");
    for row in &answer.users {
        let id = row.holder.id;
        counted(world, act, row, (from, to, way), &|owner, team| owner == id && of_user(owner, team), id);
    }
    for row in &answer.teams {
        let id = row.holder.id;
        counted(world, act, row, (from, to, way), &|_, team| team == Some(id) && of_team(id), id);
    }
    Ok(())
}

type Asked = (NaiveDate, NaiveDate, Option<Way>);

fn counted(world: &World, act: &Act, row: &PersonRow, (from, to, way): Asked, is_own: &dyn Fn(Id, Option<Id>) -> bool, id: Id) {
    let day = |at: UtcTime| date_in(ZONE, at);
    let within = |day: NaiveDate| from <= day && day < to;
    let seen = || world.orders.iter().filter(|o| world.sees(&act.caller, o));
    let own = || seen().filter(|o| is_own(o.holder.0, o.holder.1));
    let closed = |status: &'static str| own().filter(move |o| o.status == status && o.closed_on.is_some_and(within));
    let returned = own().map(|o| reviews::returns(o, &|at| within(day(at)))).sum::<usize>();
    let refused = refusals(world).into_iter().filter(|(user, at)| {
        let (user, team) = world.users[*user];
        let seen =
            act.caller.role != Role::Rep || act.caller.user == Some(user) || team.is_some_and(|t| act.caller.team == Some(t) || act.caller.leads.contains(&t));
        seen && is_own(user, team) && within(day(*at))
    });
    let numbers = [row.entered, row.refused, row.returned, row.won, row.lost];
    let expected = [own().filter(|o| within(day(o.more.created))).count(), refused.count(), returned, closed("won").count(), closed("lost").count()];
    assert_eq!(numbers, expected.map(|n| n as i64), "{from} {to} {}", row.holder.name);
    assert_eq!(row.win_rate, rate(row.won.into(), (row.won + row.lost).into()));
    // Amounts apart are those that are converted into the currency that they came in.
    let of = |orders: &[&Order], into: &'static str| {
        let basis = way.map_or(RateBasis::Close, |way| way.basis);
        let counts = orders.iter().filter(|o| way.is_some() || o.currency == into).map(|o| (*o, i128::from(o.amount)));
        Counted::of(world, act, counts, Way { basis, into })
    };
    let worth = |orders: &[&Order]| {
        let shown: BTreeSet<&str> = orders.iter().map(|o| way.map_or(o.currency, |way| way.into)).collect();
        let all = ["CNY", "EUR", "JPY", "USD"].into_iter().filter(|code| shown.contains(code)).map(|code| (code, of(orders, code)));
        all.map(|(code, of)| (code.to_owned(), amount_text(of.amount, exponent(code)), of.orders, of.unconverted())).collect::<Vec<_>>()
    };
    let told = |all: &[Worth]| all.iter().map(|w| (w.currency.clone(), w.amount.clone(), w.orders, w.unconverted.clone())).collect::<Vec<_>>();
    let won: Vec<&Order> = closed("won").collect();
    assert_eq!(told(&row.revenue), worth(&won), "{from} {to} {way:?} {}", row.holder.name);
    let open: Vec<&Order> = own().filter(|o| OPEN.contains(&o.status)).collect();
    assert_eq!(told(&row.open_pipeline), worth(&open), "{way:?} {}", row.holder.name);
    let mut cycles: Vec<i64> = closed("won").filter_map(|o| Some((o.closed_on? - day(o.more.created)).num_days().max(0))).collect();
    cycles.sort_unstable();
    assert_eq!(row.cycle_days_median, cycles.len().div_ceil(2).checked_sub(1).map(|n| cycles[n]), "{from} {to} {}", row.holder.name);
    let mut aimed: BTreeMap<&'static str, (i64, Option<i64>)> = BTreeMap::new();
    for (_, _, _, currency, amount, orders) in aims(world).into_iter().filter(|aim| aim.0 == id && within(aim.2)) {
        let own = aimed.entry(currency).or_default();
        *own = (own.0 + amount, orders.map(|n| own.1.unwrap_or(0) + n).or(own.1));
    }
    let aimed: Vec<_> = aimed
        .into_iter()
        .map(|(currency, (amount, orders))| {
            let got = of(&won, currency);
            (currency.to_owned(), amount_text(amount.into(), exponent(currency)), orders, rate(got.amount, amount.into()), got.unconverted())
        })
        .collect();
    let targets = row.targets.iter().map(|t| (t.currency.clone(), t.amount.clone(), t.orders, t.attainment.clone(), t.unconverted.clone()));
    assert_eq!(targets.collect::<Vec<_>>(), aimed, "{from} {to} {way:?}");
    let open: i64 = row.open_pipeline.iter().map(|w| w.orders).sum();
    let drills = &row.drilldowns;
    for (url, count) in [(&drills.entered, row.entered), (&drills.won, row.won), (&drills.lost, row.lost), (&drills.open_pipeline, open)] {
        assert_eq!(world.listed(&act.caller, url), count, "{} {url}", row.holder.name);
    }
}

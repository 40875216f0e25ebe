//! People and teams against a plain count over the same random orders, with random refusals and targets.
use super::*;
use crate::analytics::dto::people::PersonRow;
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
pub fn check(c: &mut AnyConnection, world: &World, act: &Act, from: NaiveDate, to: NaiveDate) -> Result<(), Problem> {
    let caller = &act.caller;
    let answer = people(c, act, Stretch { from, to, zone: ZONE })?;
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
        counted(world, act, row, (from, to), &|owner, team| owner == id && of_user(owner, team), id);
    }
    for row in &answer.teams {
        let id = row.holder.id;
        counted(world, act, row, (from, to), &|_, team| team == Some(id) && of_team(id), id);
    }
    Ok(())
}

fn counted(world: &World, act: &Act, row: &PersonRow, (from, to): (NaiveDate, NaiveDate), is_own: &dyn Fn(Id, Option<Id>) -> bool, id: Id) {
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
    let worth = |orders: Vec<&Order>| {
        let mut all: BTreeMap<&str, (i128, i64)> = BTreeMap::new();
        for o in orders {
            let own = all.entry(o.currency).or_default();
            *own = (own.0 + i128::from(o.amount), own.1 + 1);
        }
        all
    };
    let texts = |all: &BTreeMap<&str, (i128, i64)>| all.iter().map(|(c, (sum, n))| ((*c).to_owned(), amount_text(*sum, exponent(c)), *n)).collect::<Vec<_>>();
    let told = |all: &[crate::analytics::dto::people::Worth]| all.iter().map(|w| (w.currency.clone(), w.amount.clone(), w.orders)).collect::<Vec<_>>();
    let won = worth(closed("won").collect());
    assert_eq!(told(&row.revenue), texts(&won), "{from} {to} {}", row.holder.name);
    assert_eq!(told(&row.open_pipeline), texts(&worth(own().filter(|o| OPEN.contains(&o.status)).collect())), "{}", row.holder.name);
    let mut cycles: Vec<i64> = closed("won").filter_map(|o| Some((o.closed_on? - day(o.more.created)).num_days().max(0))).collect();
    cycles.sort_unstable();
    assert_eq!(row.cycle_days_median, cycles.len().div_ceil(2).checked_sub(1).map(|n| cycles[n]), "{from} {to} {}", row.holder.name);
    let mut aimed: BTreeMap<&str, (i64, Option<i64>)> = BTreeMap::new();
    for (_, _, _, currency, amount, orders) in aims(world).into_iter().filter(|aim| aim.0 == id && within(aim.2)) {
        let own = aimed.entry(currency).or_default();
        *own = (own.0 + amount, orders.map(|n| own.1.unwrap_or(0) + n).or(own.1));
    }
    let aimed: Vec<_> = aimed
        .into_iter()
        .map(|(currency, (amount, orders))| {
            let got = won.get(currency).map_or(0, |w| w.0);
            (currency.to_owned(), amount_text(amount.into(), exponent(currency)), orders, rate(got, amount.into()))
        })
        .collect();
    assert_eq!(row.targets.iter().map(|t| (t.currency.clone(), t.amount.clone(), t.orders, t.attainment.clone())).collect::<Vec<_>>(), aimed, "{from} {to}");
    let open: i64 = row.open_pipeline.iter().map(|w| w.orders).sum();
    let drills = &row.drilldowns;
    for (url, count) in [(&drills.entered, row.entered), (&drills.won, row.won), (&drills.lost, row.lost), (&drills.open_pipeline, open)] {
        assert_eq!(world.listed(&act.caller, url), count, "{} {url}", row.holder.name);
    }
}

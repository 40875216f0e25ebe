//! What people and teams did, against their targets. Reps see themselves and the totals of their team, leads also the members of the teams they lead.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;

use super::convert::Conversion;
use super::drilldown::Drill;
use super::dto::ToldIn;
use super::dto::people::{Attainment, People, PersonDrilldowns, PersonRow};
use super::plan::bounded;
use super::question::first_day;
use super::rules::{OPEN, amount_text, rate};
use super::store::people::{self as store, Person, Seen, Tallied, Tally, Target, Window};
use super::store::team_names;
use super::worth::{self, Told};
use crate::identity::{Act, Caller, Role};
use crate::platform::clock::{date_in, start_of};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::exponent;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::Query;
use crate::platform::web::condition::Surroundings;
use crate::platform::web::query::bad;
use crate::platform::web::values::Reference;

/// The days that count and the zone whose they are.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub zone: Tz,
}

impl Stretch {
    /// Reads `from` and `to`: this month where neither is given, a month from or up to a day where one is.
    pub fn parse(query: &Query, surroundings: &Surroundings) -> Result<Self, Problem> {
        let day = |name| query.get(name).map(|text| first_day(text, surroundings).ok_or_else(|| bad(name, FaultCode::NotADay))).transpose();
        let zone = surroundings.zone;
        let today = date_in(zone, surroundings.now);
        let (from, to) = (day("from")?, day("to")?);
        let month = Months::new(1);
        let from = from.or_else(|| to.and_then(|to| to.checked_sub_months(month))).or_else(|| today.with_day(1)).unwrap_or(today);
        let to = to.or_else(|| from.checked_add_months(month)).unwrap_or(NaiveDate::MAX);
        if to < from { Err(bad("to", Fault::from(FaultCode::DateTooEarly).param("earliest", from))) } else { Ok(Self { from, to, zone }) }
    }
}

/// Amounts and orders by the currency that they came in.
type Amounts = BTreeMap<String, (i128, i64)>;

/// Amounts as they are told: by currency, or all in one.
fn told(into: Option<&str>, amounts: &Amounts) -> Vec<Told> {
    let each = amounts.iter().map(|(currency, (amount, orders))| ((), currency.clone(), *orders, *amount));
    worth::told(into, each).into_iter().map(|(_, told)| told).collect()
}

/// What counts for somebody or for a team.
#[derive(Clone, Debug, Default)]
struct Figures {
    entered: i64,
    refused: i64,
    returned: i64,
    won: i64,
    lost: i64,
    revenue: Amounts,
    open: Amounts,
    /// What was won, told in each currency that there are targets in.
    of_targets: HashMap<String, Amounts>,
    cycle: Option<i64>,
    targets: Vec<Target>,
}

impl Figures {
    fn add(&mut self, what: Tallied, tally: &Tally) {
        let worth = |all: &mut Amounts| {
            let own = all.entry(tally.currency.clone().unwrap_or_default()).or_default();
            *own = (own.0 + tally.amount, own.1 + tally.count);
        };
        match what {
            Tallied::Entered => self.entered += tally.count,
            Tallied::Refused => self.refused += tally.count,
            Tallied::Returned => self.returned += tally.count,
            Tallied::Closed if tally.is_won() => {
                self.won += tally.count;
                worth(&mut self.revenue);
            }
            Tallied::Closed => self.lost += tally.count,
            Tallied::Open => worth(&mut self.open),
        }
    }

    /// Adds what was won as it is told in the currency of a target.
    fn add_of_target(&mut self, currency: &str, tally: &Tally) {
        let own = self.of_targets.entry(currency.to_owned()).or_default().entry(tally.currency.clone().unwrap_or_default()).or_default();
        *own = (own.0 + tally.amount, own.1 + tally.count);
    }
}

/// Whose figures a caller sees.
struct Sight<'a>(&'a Caller);

impl Sight<'_> {
    fn all(&self) -> bool {
        self.0.role != Role::Rep
    }
    /// Whether what counts for an owner and a team stands in the owner's row.
    fn of_user(&self, owner: Id, team: Option<Id>) -> bool {
        self.all() || self.0.user == Some(owner) || team.is_some_and(|team| self.0.leads.contains(&team))
    }
    fn of_team(&self, team: Id) -> bool {
        self.all() || self.0.team == Some(team) || self.0.leads.contains(&team)
    }
    /// The condition of the first, in SQL.
    fn user_rows(&self, owner: &str, team: &str) -> Sql {
        if self.all() {
            return Sql::all([]);
        }
        let own = self.0.user.map(|user| Sql::new(format!("{owner} = ")).bind(Value::Id(user)));
        let led = (!self.0.leads.is_empty()).then(|| Sql::new(format!("{team} in (")).list(self.0.leads.iter().copied().map(Value::Id)).text(")"));
        Sql::any(own.into_iter().chain(led))
    }
    /// The list of what stands in the row of a user or a team.
    fn drill(&self, drill: Drill, holder: Id, is_team: bool, (owner, team): (&str, &str)) -> Drill {
        if is_team {
            return drill.any_of(team, [holder.to_string()]);
        }
        let drill = drill.any_of(owner, [holder.to_string()]);
        if self.all() || self.0.user == Some(holder) { drill } else { drill.any_of(team, self.0.leads.iter().map(Id::to_string)) }
    }
}

/// Counts what people and teams did.
pub fn people(c: &mut AnyConnection, act: &Act, stretch: Stretch, conversion: Option<&Conversion>) -> Result<People, Problem> {
    let Stretch { from, to, zone } = stretch;
    let window = Window { days: (from, to), times: (start_of(zone, from), start_of(zone, to)) };
    let sight = Sight(&act.caller);
    let seen = Seen { orders: act.caller.sees("orders.owner_id", "orders.team_id"), refusals: act.caller.sees("entry_refusals.user_id", "users.team_id") };
    let (mut users, mut teams): (HashMap<Id, Figures>, HashMap<Id, Figures>) = (HashMap::new(), HashMap::new());
    for what in [Tallied::Entered, Tallied::Refused, Tallied::Returned, Tallied::Closed, Tallied::Open] {
        for tally in store::tally(c, what, window, &seen, conversion)? {
            if let Some(owner) = tally.owner.filter(|owner| sight.of_user(*owner, tally.team)) {
                users.entry(owner).or_default().add(what, &tally);
            }
            if let Some(team) = tally.team.filter(|team| sight.of_team(*team)) {
                teams.entry(team).or_default().add(what, &tally);
            }
        }
    }
    let entered = super::time::day_of_entry(c, "orders.created_at")?;
    let of_users = Sql::all([seen.orders.clone(), sight.user_rows("orders.closed_owner_id", "orders.closed_team_id")]);
    for (user, days) in store::cycles(c, "closed_owner_id", window, &of_users, &entered)? {
        users.entry(user).or_default().cycle = Some(days);
    }
    for (team, days) in store::cycles(c, "closed_team_id", window, &seen.orders, &entered)?.into_iter().filter(|(team, _)| sight.of_team(*team)) {
        teams.entry(team).or_default().cycle = Some(days);
    }
    let everybody: HashMap<Id, Person> = store::people(c)?.into_iter().map(|person| (person.id, person)).collect();
    for target in store::targets(c, window)? {
        let team_of = everybody.get(&target.holder).and_then(|person| person.team);
        match target.is_team {
            true if sight.of_team(target.holder) => teams.entry(target.holder).or_default().targets.push(target),
            false if sight.of_user(target.holder, team_of) => users.entry(target.holder).or_default().targets.push(target),
            _ => {}
        }
    }
    if let Some(conversion) = conversion {
        // A target is told in its own currency, and all that was won in that.
        let aims = users.values().chain(teams.values()).flat_map(|figures| figures.targets.iter().map(|target| target.currency.clone()));
        for currency in aims.collect::<BTreeSet<_>>() {
            for tally in store::tally(c, Tallied::Closed, window, &seen, Some(&conversion.into(&currency)))?.into_iter().filter(Tally::is_won) {
                let of_user = tally.owner.filter(|owner| sight.of_user(*owner, tally.team)).and_then(|owner| users.get_mut(&owner));
                let of_team = tally.team.filter(|team| sight.of_team(*team)).and_then(|team| teams.get_mut(&team));
                of_user.into_iter().chain(of_team).for_each(|figures| figures.add_of_target(&currency, &tally));
            }
        }
    }
    // Who did nothing is told as well.
    for person in everybody.values().filter(|person| person.active && person.role == Role::Rep.as_str() && sight.of_user(person.id, person.team)) {
        users.entry(person.id).or_default();
    }
    bounded(users.len().max(teams.len()))?;
    let all_teams: HashSet<Id> = teams.keys().copied().chain(users.keys().filter_map(|id| everybody.get(id)?.team)).collect();
    let names = team_names(c, &all_teams.into_iter().collect::<Vec<_>>())?;
    let team_name = |id: Id| Reference { id, name: names.get(&id).cloned().unwrap_or_default() };
    let mut users: Vec<PersonRow> = users
        .into_iter()
        .filter_map(|(id, figures)| {
            let person = everybody.get(&id)?;
            let whose = (Reference { id, name: person.name.clone() }, false, person.team.map(team_name));
            Some(row(&sight, stretch, figures, whose, conversion))
        })
        .collect();
    let mut teams: Vec<PersonRow> = teams.into_iter().map(|(id, figures)| row(&sight, stretch, figures, (team_name(id), true, None), conversion)).collect();
    let by_name = |a: &PersonRow, b: &PersonRow| (&a.holder.name, a.holder.id).cmp(&(&b.holder.name, b.holder.id));
    users.sort_by(by_name);
    teams.sort_by(by_name);
    Ok(People { users, teams, from, to, tz: zone.name().to_owned(), told: ToldIn::of(conversion) })
}

/// What was won of a target, told in its currency.
pub(super) fn against(target: &Target, won: &Told) -> Attainment {
    Attainment {
        currency: target.currency.clone(),
        amount: amount_text(target.amount.into(), exponent(&target.currency)),
        orders: target.orders,
        won_amount: won.text(),
        unconverted: won.unconverted(),
        attainment: rate(won.amount, target.amount.into()),
    }
}

/// Somebody or a team, and the team of somebody.
type Whose = (Reference, bool, Option<Reference>);

fn row(sight: &Sight<'_>, stretch: Stretch, mut figures: Figures, (holder, is_team, team): Whose, conversion: Option<&Conversion>) -> PersonRow {
    let Stretch { from, to, zone } = stretch;
    let into = conversion.map(|conversion| conversion.currency.as_str());
    let worth = |all: &Amounts| told(into, all).into_iter().map(Told::view).collect();
    figures.targets.sort_by(|a, b| a.currency.cmp(&b.currency));
    let attained = |target: &Target| {
        let currency = target.currency.as_str();
        let won = if into.is_some() { figures.of_targets.get(currency).map(|won| told(Some(currency), won)) } else { Some(told(None, &figures.revenue)) };
        let won = won.into_iter().flatten().find(|won| won.currency == currency);
        against(target, &won.unwrap_or_else(|| Told::none(currency.to_owned())))
    };
    let (closing, now) = (("closed_owner", "closed_team"), ("owner", "team"));
    let closed = |status: &str| sight.drill(Drill::default().any_of("status", [status]).days("closed_on", Some(from), Some(to)), holder.id, is_team, closing);
    let entered = Drill::default().times("created_at", Some(start_of(zone, from)), Some(start_of(zone, to)));
    let drilldowns = PersonDrilldowns {
        entered: sight.drill(entered, holder.id, is_team, now).url(),
        won: closed("won").url(),
        lost: closed("lost").url(),
        open_pipeline: sight.drill(Drill::default().any_of("status", OPEN), holder.id, is_team, now).url(),
    };
    PersonRow {
        team,
        entered: figures.entered,
        refused: figures.refused,
        returned: figures.returned,
        won: figures.won,
        lost: figures.lost,
        win_rate: rate(figures.won.into(), (figures.won + figures.lost).into()),
        revenue: worth(&figures.revenue),
        cycle_days_median: figures.cycle,
        open_pipeline: worth(&figures.open),
        targets: figures.targets.iter().map(attained).collect(),
        drilldowns,
        holder,
    }
}

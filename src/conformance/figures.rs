//! How the open records stand to a version of a standard: walked by their ids, some at a time, each time in a snapshot of its own, so that the longest
//! walk holds up nobody and fits into little memory.
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::dto::{Compliance, Drilldowns, GroupFigure, RecordView, RuleFigure};
use crate::identity::{Act, Role, teams, users};
use crate::platform::db::sql::Sql;
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::secrets::fingerprint;
use crate::platform::state::State;
use crate::platform::web::condition::{Asked, Condition, Field, Kind, Surroundings};
use crate::platform::web::list::{LIMIT, MOST_LIMIT, Page, Paged};
use crate::platform::web::page::{self, Place};
use crate::platform::web::query::{Query, bad};
use crate::standards::compliance::{Count, Owner, Record, Shared, Tally};
use crate::standards::definition::Standard;
use crate::standards::entity::Entity;
use crate::standards::ready::Ready;
use crate::standards::service::current;
use crate::{customers, orders, products};

/// How many records are read at a time.
const STEP: i64 = 1_000;
/// How many are looked at for one page at most; a page of fewer rows than asked for goes on all the same.
const MOST_LOOKED: usize = 20_000;

/// What records can be chosen by.
const fn fields(entity: Entity) -> &'static [Field] {
    const ORDERS: &[Field] =
        &[Field::column("owner", Kind::Id, "orders.owner_id", ""), Field::column("team", Kind::Id, "orders.team_id", "").absent("orders.team_id is null")];
    const CUSTOMERS: &[Field] = &[
        Field::column("owner", Kind::Id, "customers.owner_id", ""),
        Field::column("team", Kind::Id, "u.team_id", "")
            .within("exists (select 1 from users u where u.id = customers.owner_id and ", ")")
            .absent("exists (select 1 from users u where u.id = customers.owner_id and u.team_id is null)"),
    ];
    match entity {
        Entity::Orders => ORDERS,
        Entity::Customers => CUSTOMERS,
        Entity::Products => &[],
    }
}

/// A walk through the open records that a caller sees.
#[derive(Clone)]
struct Walk {
    act: Act,
    entity: Entity,
    standard: Arc<Standard>,
    shared: Arc<Shared>,
    condition: Condition,
}

impl Walk {
    async fn begin(state: &State, act: &Act, entity: Entity, standard: Standard, condition: Condition) -> Result<Self, Problem> {
        let standard = Arc::new(standard);
        let rules = Arc::clone(&standard);
        let shared = state.db.read(move |c| match entity {
            Entity::Orders => orders::service::compliance::shared(c, &rules),
            Entity::Customers => customers::compliance::shared(c, &rules),
            Entity::Products => products::compliance::shared(c, &rules),
        });
        Ok(Self { act: act.clone(), entity, standard, shared: Arc::new(shared.await?), condition })
    }

    /// The next records, at most a step of them.
    async fn step(&self, state: &State, after: Option<Id>) -> Result<Vec<Record>, Problem> {
        let walk = self.clone();
        state.db.read(move |c| walk.read(c, after)).await
    }

    fn read(&self, c: &mut AnyConnection, after: Option<Id>) -> Result<Vec<Record>, Problem> {
        let ready = Ready::of(c, &self.act, &self.standard)?;
        let asked = self.condition.to_sql(&|_| Sql::any([]));
        let caller = &self.act.caller;
        match self.entity {
            Entity::Orders => {
                let seen = Sql::all([caller.sees("orders.owner_id", "orders.team_id"), asked]);
                orders::service::compliance::standing(c, &ready, &self.shared, seen, after, STEP)
            }
            Entity::Customers => {
                let seen = Sql::all([caller.sees("customers.owner_id", "(select s.team_id from users s where s.id = customers.owner_id)"), asked]);
                customers::compliance::standing(c, &ready, &self.shared, seen, after, STEP)
            }
            Entity::Products => products::compliance::standing(c, &ready, &self.shared, after, STEP),
        }
    }
}

/// The figures of all open records that a caller sees, for any version; drilldowns are of the one in force.
pub async fn measure(state: &State, act: &Act, entity: Entity, standard: Standard, in_force: bool, locale: Locale) -> Result<Compliance, Problem> {
    let walk = Walk::begin(state, act, entity, standard, Condition::always()).await?;
    let (mut tally, mut after) = (Tally::default(), None);
    loop {
        let records = walk.step(state, after).await?;
        for record in &records {
            tally.add(record, &walk.standard, &act.caller);
        }
        match records.last() {
            Some(last) if records.len() == STEP as usize => after = Some(last.id),
            _ => break,
        }
    }
    let named = move |c: &mut AnyConnection| {
        let owners: Vec<Id> = tally.owners.keys().filter_map(|owner| if let Owner::One(id) = owner { Some(*id) } else { None }).collect();
        let teams: Vec<Id> = tally.teams.keys().copied().flatten().collect();
        let names = (users::store::names(c, &owners)?, teams::store::names(c, &teams)?);
        Ok(told(&tally, &walk, &names, in_force, locale))
    };
    state.db.read(named).await
}

type Names = (HashMap<Id, String>, HashMap<Id, String>);

fn told(tally: &Tally, walk: &Walk, (owners, teams): &Names, in_force: bool, locale: Locale) -> Compliance {
    let standard = &walk.standard;
    let base = format!("/api/v1/standards/{}/compliance/records", walk.entity.as_str());
    let lists = |of: &str| {
        let at = |more: &str| {
            let parameters = [of, more].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
            if parameters.is_empty() { base.clone() } else { format!("{base}?{parameters}") }
        };
        in_force.then(|| Drilldowns { records: at(""), meet: at("meets=true"), fail: at("meets=false") })
    };
    let group = |key: Option<String>, label: Option<String>, count: &Count, of: &str| GroupFigure {
        key,
        label,
        records: count.records,
        meet: count.meet,
        drilldowns: lists(of),
    };
    let (own, led) = (walk.act.caller.user.map(|id| id.to_string()).unwrap_or_default(), &walk.act.caller.leads);
    let led = led.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let is_rep = walk.act.caller.role == Role::Rep;
    let by_owner = tally.owners.iter().map(|(owner, count)| match owner {
        Owner::One(id) => {
            let id_text = id.to_string();
            let of = if is_rep && id_text != own { format!("owner={id_text}&team={led}") } else { format!("owner={id_text}") };
            group(Some(id_text), owners.get(id).cloned(), count, &of)
        }
        Owner::Rest => {
            let of = if led.is_empty() { format!("owner[ne]={own}") } else { format!("owner[ne]={own}&team[ne]={led}") };
            group(Some("team".to_owned()), Some(mates(locale).to_owned()), count, &of)
        }
    });
    let by_team = tally.teams.iter().map(|(team, count)| match team {
        Some(id) => group(Some(id.to_string()), teams.get(id).cloned(), count, &format!("team={id}")),
        None => group(None, None, count, "team[null]=true"),
    });
    let rules = standard.rules.iter().enumerate().map(|(place, rule)| RuleFigure {
        rule: rule.id.clone(),
        severity: rule.severity,
        message: rule.messages.as_ref().map(|messages| messages.get(locale).to_owned()),
        records: tally.rules.get(place).copied().unwrap_or_default(),
        drilldown: in_force.then(|| format!("{base}?rule={}", rule.id)),
    });
    Compliance {
        entity: standard.entity.clone(),
        version: standard.version,
        as_of: walk.act.now,
        records: tally.all.records,
        meet: tally.all.meet,
        drilldowns: lists(""),
        rules: rules.collect(),
        owners: worst_first(by_owner.collect()),
        teams: worst_first(by_team.collect()),
    }
}

fn worst_first(mut groups: Vec<GroupFigure>) -> Vec<GroupFigure> {
    groups.sort_by_key(|group| Reverse(group.records - group.meet));
    groups
}

/// What colleagues are called together, as in every analysis.
const fn mates(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "Team",
        Locale::ZhCn => "团队",
    }
}

/// Which records are asked for.
struct Wanted {
    rule: Option<usize>,
    meets: Option<bool>,
}

impl Wanted {
    fn parse(query: &Query, standard: &Standard) -> Result<Self, Problem> {
        let rule = match query.get("rule") {
            None => None,
            Some(id) => {
                let known = || standard.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(", ");
                let place = standard.rules.iter().position(|rule| rule.id == id);
                Some(place.ok_or_else(|| bad("rule", Fault::from(FaultCode::NotOneOf).param("allowed", known())))?)
            }
        };
        let meets = if query.get("meets").is_some() { Some(query.flag("meets")?) } else { None };
        Ok(Self { rule, meets })
    }
    fn takes(&self, record: &Record, standard: &Standard) -> bool {
        self.rule.is_none_or(|rule| record.broken.contains(&rule)) && self.meets.is_none_or(|meets| record.meets(standard) == meets)
    }
}

/// The records behind a figure, by their ids, and the address of the next page.
pub async fn records(state: &State, act: &Act, entity: Entity, query: &Query) -> Result<(Paged<RecordView>, Option<String>), Problem> {
    let known = fields(entity);
    if let Some((name, _)) = query.pairs().find(|(name, _)| known.is_empty() && ["owner", "team"].contains(&name.split('[').next().unwrap_or_default())) {
        return Err(bad(name, Fault::from(FaultCode::UnknownField).param("known", "rule, meets")));
    }
    let Asked { parts, .. } = Asked::parse(query, known, &Surroundings { now: act.now, zone: chrono_tz::Tz::UTC })?;
    let condition = Condition::All(parts);
    let limit = query.number("limit", LIMIT, MOST_LIMIT)?;
    let (rule, meets) = (query.get("rule").unwrap_or_default(), query.get("meets").unwrap_or_default());
    let user = act.caller.user.map(|id| id.to_string()).unwrap_or_default();
    let scope = fingerprint(format!("{user}|{}|{rule}|{meets}|{}", query.path, condition.to_json()).as_bytes(), 16);
    let cursor = query.get("cursor").map(|cursor| page::decode(&state.cursor_keys, cursor)).transpose()?;
    if cursor.as_ref().is_some_and(|cursor| cursor.scope != scope) {
        return Err(Problem::new(crate::platform::problem::Code::BadCursor));
    }
    let standard = state.db.read(move |c| current(c, entity.as_str())).await?;
    let wanted = Wanted::parse(query, &standard)?;
    let walk = Walk::begin(state, act, entity, (*standard).clone(), condition).await?;
    let (mut found, mut looked, mut after) = (Vec::new(), 0, cursor.map(|cursor| cursor.place.id));
    let mut ended = false;
    while found.len() <= limit && looked < MOST_LOOKED && !ended {
        let records = walk.step(state, after).await?;
        looked += records.len();
        ended = records.len() < STEP as usize;
        after = records.last().map(|record| record.id).or(after);
        found.extend(records.into_iter().filter(|record| wanted.takes(record, &walk.standard)));
    }
    let has_more = found.len() > limit || !ended;
    if found.len() > limit {
        found.truncate(limit);
        after = found.last().map(|record| record.id);
    }
    let place = after.filter(|_| has_more).map(|id| Place { value: None, id });
    let next_cursor = place.map(|place| page::encode(&state.cursor_keys, &scope, act.now, &place));
    let link = next_cursor
        .as_ref()
        .map(|cursor| format!("<{}{}?{}>; rel=\"next\"", state.config.public_url, query.path, query.rewritten(&["cursor"], &[("cursor", cursor)])));
    let standard = Arc::clone(&walk.standard);
    let data = state.db.read(move |c| views(c, &standard, &found)).await?;
    Ok((Paged { data, page: Page { next_cursor, has_more, total: None } }, link))
}

fn views(c: &mut AnyConnection, standard: &Standard, records: &[Record]) -> Result<Vec<RecordView>, Problem> {
    let distinct = |ids: BTreeSet<Id>| ids.into_iter().collect::<Vec<_>>();
    let owners = users::store::names(c, &distinct(records.iter().filter_map(|record| record.owner).collect()))?;
    let teams = teams::store::names(c, &distinct(records.iter().filter_map(|record| record.team).collect()))?;
    let named = |id: Option<Id>, names: &HashMap<Id, String>| crate::platform::web::values::Reference::of(id, id.and_then(|id| names.get(&id).cloned()));
    let view = |record: &Record| RecordView {
        id: record.id,
        label: record.label.clone(),
        owner: named(record.owner, &owners),
        team: named(record.team, &teams),
        meets: record.meets(standard),
        rules: record.broken.iter().filter_map(|place| standard.rules.get(*place)).map(|rule| rule.id.clone()).collect(),
    };
    Ok(records.iter().map(view).collect())
}

//! History by month or week, and what is expected of the periods ahead: by what is open, weighted two ways, and by the series of what was won.
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::dto::{Figures, PeriodView, StageChance, Trend, TrendDrilldowns, TrendRow};
use super::store::{self, Sum};
use crate::analytics::convert::Conversion;
use crate::analytics::drilldown::Drill;
use crate::analytics::dto::{Group, GroupKey, ToldIn};
use crate::analytics::forecast::periods::{Length, Period};
use crate::analytics::forecast::pipeline::{Chances, Stage};
use crate::analytics::forecast::series::{self, Expected};
use crate::analytics::plan::{MOST, bounded, may_name};
use crate::analytics::question::{Ask, Holder, OF_CLOSING, OF_NOW};
use crate::analytics::rules::{CLOSED, Dimension, OPEN, Own, amount_text, divide, rate};
use crate::analytics::store::{Facts, Source, product_names};
use crate::identity::Act;
use crate::platform::clock::date_in;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::decimal::{Decimal, exponent, step};
use crate::platform::problem::{Fault, FaultCode, Locale, Problem};
use crate::platform::web::Query;
use crate::platform::web::query::bad;
use crate::settings::{self, Name};

/// How many periods of the past are told where nobody says since when.
const MONTHS: u32 = 24;
const WEEKS: u32 = 52;
/// The most that are told.
const MOST_PAST: usize = 240;
/// Of how many groups, those with most won, series are made.
const MOST_SERIES: usize = 100;

/// How a forecast is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    pub length: Length,
    pub horizon: usize,
}

impl Default for Ahead {
    fn default() -> Self {
        Self { length: Length::Month, horizon: 3 }
    }
}

impl Ahead {
    /// Reads `length` and `horizon`.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let length = query.get("length").map_or(Some(Length::Month), Length::parse);
        let length = length.ok_or_else(|| bad("length", Fault::from(FaultCode::NotOneOf).param("allowed", Length::WORDS.join(", "))))?;
        Ok(Self { length, horizon: query.number("horizon", Self::default().horizon, 12)? })
    }
}

/// What was counted of a group and currency, by period; amounts beside units, in ten-thousandths.
#[derive(Debug, Default)]
struct Counted {
    won: HashMap<usize, Cell>,
    open: HashMap<Place, Cell>,
}

/// Where an open order lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Overdue,
    /// So many periods behind the running one.
    Ahead(usize),
    Later,
    Undated,
}

/// Orders, with amounts and units: in full, and what is expected of them.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    orders: i64,
    full: [i128; 2],
    by_stage: [i128; 2],
    by_win_rate: [i128; 2],
}

/// A forecast of a group and a currency, in ten-thousandths, period by period.
#[derive(Clone, Debug)]
pub struct Forecast {
    pub product: Option<Id>,
    pub currency: String,
    /// What was won in whole periods of the past, in their order.
    pub past: Vec<i128>,
    /// By period ahead: by stage, by win rate, by series.
    pub ahead: Vec<(i128, i128, Option<Expected>)>,
}

/// A product, where products are told apart, and a currency.
type GroupOf = (Option<Id>, String);
/// What amounts and units go on to.
type Series = [Option<Vec<Expected>>; 2];

/// What is counted and foretold.
struct Outlook {
    past: Vec<Period>,
    ahead: Vec<Period>,
    today: NaiveDate,
    chances: Chances,
    conversion: Option<Conversion>,
    groups: BTreeMap<GroupOf, Counted>,
    by_product: bool,
}

impl Outlook {
    fn make(c: &mut AnyConnection, act: &Act, ask: &Ask) -> Result<Self, Problem> {
        may_name(c, &act.caller, &ask.owners())?;
        let product = Dimension::Own(Own::Product);
        if ask.group_by.iter().any(|dimension| *dimension != product) {
            return Err(bad("group_by", Fault::from(FaultCode::NotOneOf).param("allowed", product.as_str())));
        }
        let Ahead { length, horizon } = ask.ahead;
        let today = date_in(ask.zone, act.now);
        let ahead = length.ahead(today, horizon);
        let running = ahead.first().map_or(today, |period| period.start);
        let usual = length.before(today, if length == Length::Month { MONTHS } else { WEEKS }).unwrap_or(today);
        let past = length.between(ask.from.unwrap_or(usual), running, MOST_PAST);
        let first = past.first().map_or(running, |period| period.start);
        let conversion = Conversion::asked(c, ask.convert.as_ref(), act.now, None)?;
        let by_product = !ask.group_by.is_empty();
        // The facts tell of closed orders, where they have a key for all that is named. Rates are kept with the orders, and what is open is few of these.
        let facts = |ask: &Ask, holder: &Holder, statuses: &[&str], more: Option<Sql>| -> Result<Facts, Problem> {
            let of_facts = if conversion.is_none() && statuses != OPEN { ask.condition_of_facts()?.ok() } else { None };
            let (source, asked) = match of_facts {
                Some(asked) => (Source::Facts(None), asked),
                None => (Source::Orders, ask.condition(holder)?),
            };
            let statuses = Sql::new("orders.status in (").list(statuses.iter().map(|word| Value::Text((*word).to_owned()))).text(")");
            let seen = [statuses, Sql::new("orders.archived_at is null"), act.caller.sees("orders.owner_id", "orders.team_id"), asked];
            let (condition, conversion) = (Sql::all(seen.into_iter().chain(more)), conversion.clone());
            Ok(Facts { source, conversion, lines: by_product, products: by_product, ..Facts::of(condition) })
        };
        let since = Sql::new("orders.closed_on >= ")
            .bind(Value::Date(first))
            .text(" and orders.closed_on < ")
            .bind(Value::Date(ahead.first().map_or(today, |period| period.end)));
        let days = |days: &[NaiveDate]| days.iter().map(|day| Value::Date(*day)).collect::<Vec<_>>();
        let starts: Vec<NaiveDate> = past.iter().map(|period| period.start).chain([running]).collect();
        let won = store::sums(c, &facts(ask, &OF_CLOSING, &["won"], Some(since))?, "orders.closed_on", &days(&starts), MOST)?;
        // Before today, the rest of the running period, those ahead, and what comes later.
        let starts: Vec<NaiveDate> = [today, today].into_iter().chain(ahead.iter().map(|period| period.end)).collect();
        let open = store::sums(c, &facts(ask, &OF_NOW, &OPEN, None)?, "orders.expected_close_date", &days(&starts), MOST)?;
        bounded(won.len().max(open.len()))?;
        let stages = settings::service::items(c, Name::Stages)?;
        let stages: Vec<Stage> =
            stages.items.iter().map(|item| Stage { code: item.code.clone(), probability: item.probability.unwrap_or_default().0 }).collect();
        let ended = Facts { lines: false, ..facts(&ask.whole(), &OF_CLOSING, &CLOSED, None)? };
        let chances = Chances::of(&stages, &store::ended(c, &ended)?);
        let mut all = Self { past, ahead, today, chances, conversion, groups: BTreeMap::new(), by_product };
        for sum in won {
            if let Some(period) = sum.period {
                all.of(&sum).won.entry(period).or_default().add(&sum, None);
            }
        }
        for sum in open {
            let place = all.place(sum.period);
            let chances = std::mem::take(&mut all.chances);
            all.of(&sum).open.entry(place).or_default().add(&sum, Some(&chances));
            all.chances = chances;
        }
        Ok(all)
    }

    fn of(&mut self, sum: &Sum) -> &mut Counted {
        self.groups.entry((sum.product, sum.currency.clone())).or_default()
    }

    const fn place(&self, period: Option<usize>) -> Place {
        match period {
            None => Place::Undated,
            Some(0) => Place::Overdue,
            Some(n) if n <= self.ahead.len() => Place::Ahead(n - 1),
            Some(_) => Place::Later,
        }
    }

    /// The series of the groups with most won, of amounts and of units.
    fn series(&self) -> HashMap<GroupOf, Series> {
        let total = |counted: &Counted| counted.won.values().map(|cell| cell.full[0]).sum::<i128>();
        let mut order: Vec<_> = self.groups.iter().collect();
        order.sort_by_key(|(_, counted)| std::cmp::Reverse(total(counted)));
        let of = |(key, counted): (&GroupOf, &Counted)| {
            let series = [0, 1].map(|of| if of == 0 || self.by_product { series::ahead(&self.history(counted, of), self.ahead.len()) } else { None });
            (key.clone(), series)
        };
        order.into_iter().take(MOST_SERIES).map(of).collect()
    }

    /// What was won in whole periods, from the first one in which anything was.
    fn history(&self, counted: &Counted, of: usize) -> Vec<f64> {
        let all = (0..self.past.len()).map(|n| counted.won.get(&n).map_or(0, |cell| cell.full[of]) as f64);
        all.skip_while(|value| *value == 0.0).collect()
    }
}

impl Cell {
    fn add(&mut self, sum: &Sum, chances: Option<&Chances>) {
        self.orders += sum.orders;
        for (n, value) in [sum.amount, sum.units].into_iter().enumerate() {
            self.full[n] += value;
            if let Some(chances) = chances {
                let (by_stage, by_win_rate) = chances.expected(&sum.stage, value);
                self.by_stage[n] += by_stage;
                self.by_win_rate[n] += by_win_rate;
            }
        }
    }
}

/// What is expected, as numbers, for whoever keeps it.
pub fn forecasts(c: &mut AnyConnection, act: &Act, ask: &Ask) -> Result<(Vec<Period>, Vec<Forecast>), Problem> {
    let outlook = Outlook::make(c, act, ask)?;
    let mut series = outlook.series();
    let none = Cell::default();
    let mut all = Vec::with_capacity(outlook.groups.len());
    for (key, counted) in &outlook.groups {
        let [amounts, _] = series.remove(key).unwrap_or_default();
        let so_far = counted.won.get(&outlook.past.len()).unwrap_or(&none).full[0];
        let of = |n: usize| {
            let open = counted.open.get(&Place::Ahead(n)).unwrap_or(&none);
            let so_far = if n == 0 { so_far } else { 0 };
            (so_far + open.by_stage[0], so_far + open.by_win_rate[0], amounts.as_ref().and_then(|amounts| amounts.get(n).copied()))
        };
        let past = (0..outlook.past.len()).map(|n| counted.won.get(&n).unwrap_or(&none).full[0]).collect();
        all.push(Forecast { product: key.0, currency: key.1.clone(), past, ahead: (0..outlook.ahead.len()).map(of).collect() });
    }
    Ok((outlook.ahead, all))
}

/// History and forecast.
pub fn trend(c: &mut AnyConnection, act: &Act, ask: &Ask, _: Locale) -> Result<Trend, Problem> {
    let outlook = Outlook::make(c, act, ask)?;
    bounded(outlook.groups.len() * (outlook.past.len() + outlook.ahead.len() + 3))?;
    let products: Vec<Id> = outlook.groups.keys().filter_map(|(product, _)| *product).collect();
    let names = product_names(c, &products)?;
    let series = outlook.series();
    let mut groups: Vec<_> = outlook.groups.iter().collect();
    let label = |product: Option<Id>| product.map(|id| names.get(&id).cloned().unwrap_or_else(|| id.to_string()));
    groups.sort_by_key(|((product, currency), _)| (product.is_none(), label(*product), currency.clone()));
    let mut data = Vec::new();
    for (key, counted) in groups {
        let product = || ("product", GroupKey { key: key.0.map(|id| id.to_string()), label: label(key.0) });
        let group = outlook.by_product.then(product).into_iter().collect();
        let writer = Writer { outlook: &outlook, ask, key, group, series: series.get(key) };
        writer.write(counted, &mut data);
    }
    let stages = outlook.chances.reached.iter().map(|(stage, ended)| StageChance {
        stage: stage.code.clone(),
        probability: Decimal(stage.probability).to_string(),
        closed: ended.closed,
        won: ended.won,
        win_rate: rate(ended.won.into(), ended.closed.into()),
    });
    let told = ToldIn::of(outlook.conversion.as_ref());
    let Ahead { length, horizon } = ask.ahead;
    Ok(Trend { data, stages: stages.collect(), length: length.as_str(), horizon, today: outlook.today, tz: ask.zone.name().to_owned(), told })
}

/// Writes the rows of a group and currency.
struct Writer<'a> {
    outlook: &'a Outlook,
    ask: &'a Ask,
    key: &'a GroupOf,
    group: Group,
    series: Option<&'a Series>,
}

impl Writer<'_> {
    fn write(&self, counted: &Counted, data: &mut Vec<TrendRow>) {
        let (past, ahead) = (&self.outlook.past, &self.outlook.ahead);
        for (n, period) in past.iter().enumerate() {
            data.push(self.row("past", Some(period), counted.won.get(&n).copied().or(Some(Cell::default())), None, None));
        }
        for (n, period) in ahead.iter().enumerate() {
            let won = (n == 0).then(|| counted.won.get(&past.len()).copied().unwrap_or_default());
            let open = counted.open.get(&Place::Ahead(n)).copied().unwrap_or_default();
            data.push(self.row(if n == 0 { "running" } else { "ahead" }, Some(period), won, Some(open), Some(n)));
        }
        for (kind, place) in [("overdue", Place::Overdue), ("later", Place::Later), ("undated", Place::Undated)] {
            if let Some(open) = counted.open.get(&place) {
                data.push(self.row(kind, None, None, Some(*open), None));
            }
        }
    }

    fn row(&self, kind: &'static str, period: Option<&Period>, won: Option<Cell>, open: Option<Cell>, ahead: Option<usize>) -> TrendRow {
        let currency = &self.key.1;
        let (places, whole) = (exponent(currency), step(currency));
        let figures = |of: usize, text: &dyn Fn(i128) -> String, whole: i64| {
            let told = ahead.and_then(|n| self.series?[of].as_ref()?.get(n).copied());
            // The series is an estimate: it is told in whole units of the currency's smallest coin, or of a ten-thousandth.
            let near = |value: f64| text((value / whole as f64).round() as i128 * i128::from(whole));
            let coins = |value: i128| divide(value, whole.into()) * i128::from(whole);
            let so_far = won.map_or(0, |cell| cell.full[of]);
            Figures {
                won: won.map(|cell| text(cell.full[of])),
                open: open.map(|cell| text(cell.full[of])),
                by_stage: open.map(|cell| text(coins(so_far + cell.by_stage[of]))),
                by_win_rate: open.map(|cell| text(coins(so_far + cell.by_win_rate[of]))),
                by_series: told.map(|told| near(told.expected)),
                low_80: told.map(|told| near(told.low_80)),
                high_80: told.map(|told| near(told.high_80)),
                low_95: told.map(|told| near(told.low_95)),
                high_95: told.map(|told| near(told.high_95)),
            }
        };
        TrendRow {
            group: self.group.clone(),
            kind,
            period: period.map(|period| PeriodView { key: period.key.clone(), from: period.start, to: period.end }),
            currency: currency.clone(),
            unconverted: self.outlook.conversion.as_ref().is_some_and(|conversion| conversion.currency != *currency),
            orders: won.map_or(0, |cell| cell.orders),
            open_orders: open.map_or(0, |cell| cell.orders),
            amount: figures(0, &|value| amount_text(value, places), whole),
            units: self.outlook.by_product.then(|| figures(1, &|value| amount_text(value, 0), 1)),
            drilldowns: self.drilldowns(kind, period, won.is_some(), open.is_some()),
        }
    }

    fn drilldowns(&self, kind: &str, period: Option<&Period>, won: bool, open: bool) -> TrendDrilldowns {
        let base = |holder: &Holder| {
            let drill = self.ask.drill(holder);
            let drill = if self.outlook.by_product { drill.is("product", self.key.0.map(|id| id.to_string()).as_deref()) } else { drill };
            if self.outlook.conversion.is_some() { drill } else { drill.is("currency", Some(&self.key.1)) }
        };
        let today = self.outlook.today;
        let end = self.outlook.ahead.last().map(|period| period.end);
        let expected = |drill: Drill| match (kind, period) {
            (_, Some(period)) => drill.days("expected_close_date", Some(period.start.max(today)), Some(period.end)),
            ("overdue", None) => drill.days("expected_close_date", None, Some(today)),
            ("later", None) => drill.days("expected_close_date", end, None),
            _ => drill.missing("expected_close_date", true),
        };
        TrendDrilldowns {
            won: period.filter(|_| won).map(|period| base(&OF_CLOSING).any_of("status", ["won"]).days("closed_on", Some(period.start), Some(period.end)).url()),
            open: open.then(|| expected(base(&OF_NOW).any_of("status", OPEN)).url()),
        }
    }
}

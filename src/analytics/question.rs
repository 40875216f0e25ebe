//! What is asked of the analysis, read from the parameters: dimensions, window, basis and filters in the words of the order list. Pure.
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::convert::RateBasis;
use super::drilldown::Drill;
use super::outlook::trend::Ahead;
use super::recorded;
use super::rules::{Basis, Compare, Dimension, Mode, Own, parse_group_by, window_before};
use crate::orders::list::{CUSTOMER, ORDERS, OWNER as LIST_OWNER, PRODUCT, STATUS, TEAM as LIST_TEAM, found};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{Id, UtcTime};
use crate::platform::decimal::is_currency;
use crate::platform::problem::{Fault, FaultCode, Problem};
use crate::platform::web::Query;
use crate::platform::web::condition::{Asked, Condition, Field, Kind, Literal, MOST_CONDITIONS, Operand, Surroundings, value};
use crate::platform::web::list::SavedView;
use crate::platform::web::query::bad;
use crate::standards::custom;
use crate::standards::definition::CustomField;
use crate::standards::entity::Entity;

/// The lines themselves.
pub(super) const LINE_PRODUCT: Field = Field::column("product", Kind::Id, "order_lines.product_id", "");

/// Where the owner and the team stand that an order counts for, and what the order list calls them.
#[derive(Debug)]
pub struct Holder {
    pub owner: &'static str,
    pub team: &'static str,
    pub owner_name: &'static str,
    pub team_name: &'static str,
    fields: [Field; 5],
}

/// Where all orders are closed: those of the closing.
pub static OF_CLOSING: Holder = Holder {
    owner: "orders.closed_owner_id",
    team: "orders.closed_team_id",
    owner_name: "closed_owner",
    team_name: "closed_team",
    fields: [
        STATUS,
        Field::column("owner", Kind::Id, "orders.closed_owner_id", "").absent("orders.closed_owner_id is null"),
        Field::column("team", Kind::Id, "orders.closed_team_id", "").absent("orders.closed_team_id is null"),
        CUSTOMER,
        PRODUCT,
    ],
};

const OWNER: &str = "case when orders.closed_owner_id is null then orders.owner_id else orders.closed_owner_id end";
const TEAM: &str = "case when orders.closed_owner_id is null then orders.team_id else orders.closed_team_id end";
/// Where open and closed orders stand together. A closed order changes neither owner nor team, so that the list finds both by today's names.
pub static OF_NOW: Holder = Holder {
    owner: OWNER,
    team: TEAM,
    owner_name: "owner",
    team_name: "team",
    fields: [
        STATUS,
        Field::column("owner", Kind::Id, OWNER, ""),
        Field::column("team", Kind::Id, TEAM, "")
            .absent("(case when orders.closed_owner_id is null then orders.team_id else orders.closed_team_id end) is null"),
        CUSTOMER,
        PRODUCT,
    ],
};

/// Where the facts have them: an order changes neither once it is closed, so that whose it is and whose it was at its closing are one.
pub static OF_FACTS: Holder = Holder {
    owner: "orders.owner_id",
    team: "orders.team_id",
    owner_name: OF_NOW.owner_name,
    team_name: OF_NOW.team_name,
    fields: [STATUS, LIST_OWNER, LIST_TEAM, CUSTOMER, PRODUCT],
};

/// What stands beside the filters.
const RESERVED: [&str; 16] =
    ["group_by", "from", "to", "tz", "basis", "rate_basis", "length", "horizon", "view", "columns", "raw", "bom", "as_of", "compare", "top", "mode"];

/// A question to the analysis.
#[derive(Clone, Debug)]
pub struct Ask {
    pub basis: Basis,
    pub group_by: Vec<Dimension>,
    /// The first day that counts.
    pub from: Option<NaiveDate>,
    /// The first day that no longer counts.
    pub to: Option<NaiveDate>,
    pub zone: Tz,
    pub columns: Option<Vec<String>>,
    /// By which rates amounts are converted, and into which currency where it is named.
    pub convert: Option<(RateBasis, Option<String>)>,
    /// How long periods are and how many lie ahead, where a forecast is asked for.
    pub ahead: Ahead,
    /// The moment as of which is asked; now where there is none.
    pub as_of: Option<UtcTime>,
    /// The window that each row is held against.
    pub compare: Option<Compare>,
    pub mode: Mode,
    /// How many groups of the first dimension stand for themselves.
    pub top: Option<usize>,
    /// The filters that every analysis has: by whom it counts for, status, customer, product.
    filters: Query,
    /// Whatever else the order list can be asked, from parameters, `filter` and a saved view.
    more: Vec<Condition>,
}

impl Ask {
    /// Reads the parameters; `custom` are the fields that the company defines, as far as the caller sees them.
    pub fn parse(query: &Query, surroundings: Surroundings, view: Option<SavedView>, custom: &[CustomField]) -> Result<Self, Problem> {
        let defined = custom::defined::of(custom, Entity::Orders, ORDERS.id);
        defined.refuse_others(query)?;
        let fields = defined.with(ORDERS.fields);
        let dimensions: Vec<Dimension> = custom.iter().filter_map(Dimension::of_custom).collect();
        let basis = query
            .get("basis")
            .map_or(Some(Basis::Closed), Basis::parse)
            .ok_or_else(|| bad("basis", Fault::from(FaultCode::NotOneOf).param("allowed", "closed, created")))?;
        let group_by = query.get("group_by").map_or(Ok(Vec::new()), |text| parse_group_by(text, &dimensions)).map_err(|fault| bad("group_by", fault))?;
        let day = |name| query.get(name).map(|text| first_day(text, &surroundings).ok_or_else(|| bad(name, FaultCode::NotADay))).transpose();
        let (from, to) = (day("from")?, day("to")?);
        if let Some((from, _)) = from.zip(to).filter(|(from, to)| to < from) {
            return Err(bad("to", Fault::from(FaultCode::DateTooEarly).param("earliest", from)));
        }
        let as_of = query.get("as_of").map(|text| moment(text, &surroundings)).transpose()?;
        let compare = query
            .get("compare")
            .map(|word| Compare::parse(word).ok_or_else(|| bad("compare", Fault::from(FaultCode::NotOneOf).param("allowed", Compare::WORDS.join(", ")))))
            .transpose()?;
        if compare.is_some() && (from.is_none() || to.is_none()) {
            return Err(bad(if from.is_none() { "from" } else { "to" }, FaultCode::Required));
        }
        let mode = query.get("mode").map_or(Some(Mode::Cohort), Mode::parse);
        let mode = mode.ok_or_else(|| bad("mode", Fault::from(FaultCode::NotOneOf).param("allowed", Mode::WORDS.join(", "))))?;
        let top = query.get("top").map(|_| query.number("top", 1, MOST_TOP)).transpose()?;
        if top.is_some() && group_by.is_empty() {
            return Err(bad("group_by", FaultCode::Required));
        }
        if let Some((name, _)) = query.pairs().find(|(name, _)| RESERVED.iter().any(|p| name.strip_prefix(p).is_some_and(|r| r.starts_with('[')))) {
            return Err(bad(name, FaultCode::NoOperator));
        }
        let own = |name: &str| OF_NOW.fields.iter().any(|field| name.split('[').next() == Some(field.name));
        let filters = query.only(own);
        Asked::parse(&filters, &OF_NOW.fields, &surroundings)?;
        let view = view.unwrap_or_default();
        let saved = view.condition.map(|saved| Condition::read(&saved, "", &fields, &surroundings)).transpose();
        let saved = saved.map_err(|_| bad("view", FaultCode::BrokenView))?;
        let convert = query.get("rate_basis").map(|word| conversion(word, query)).transpose()?;
        // What amounts are told in chooses among no orders.
        let filter = |name: &str| !(own(name) || RESERVED.contains(&name) || convert.is_some() && name == "currency");
        let asked = Asked::parse(&query.only(filter), &fields, &surroundings)?;
        let more = Condition::packed(saved.into_iter().chain(asked.parts).collect());
        if more.len() > MOST_CONDITIONS {
            return Err(bad("filter", Fault::from(FaultCode::TooManyConditions).param("max", MOST_CONDITIONS)));
        }
        let columns = query.get("columns").map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        let ahead = Ahead::parse(query)?;
        Ok(Self { basis, group_by, from, to, zone: surroundings.zone, columns, convert, ahead, as_of, compare, mode, top, filters, more })
    }

    /// The same of whole orders, without groups.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self { group_by: Vec::new(), ..self.clone() }
    }

    /// The same where amounts are not told, so that no rate is needed.
    #[must_use]
    pub fn without_amounts(&self) -> Self {
        Self { convert: None, ..self.clone() }
    }

    /// Whether lines are grouped, not whole orders.
    #[must_use]
    pub fn is_of_lines(&self) -> bool {
        self.group_by.iter().any(|d| d.is_of_lines())
    }

    /// The same question about the window that it is held against; none where it is held against none, or where no calendar has that window.
    #[must_use]
    pub fn before(&self) -> Option<Self> {
        let (from, to) = window_before(self.from?, self.to?, self.compare?)?;
        Some(Self { from: Some(from), to: Some(to), ..self.clone() })
    }

    /// The filters. Where lines are grouped, `product=` chooses among them: a row of another product of the same orders was not asked for.
    pub fn condition(&self, holder: &Holder) -> Result<Sql, Problem> {
        Ok(Sql::all(self.conditions(holder)?.iter().map(|condition| condition.to_sql(&found))))
    }

    /// The same asked of the facts; the name of a field that they have no key for where there is one.
    pub fn condition_of_facts(&self) -> Result<Result<Sql, &'static str>, Problem> {
        Ok(self.conditions_of_facts()?.map(|all| Sql::all(all.iter().map(|condition| condition.to_sql(&found)))))
    }

    /// Whether the filters ask about columns of the facts and their lines alone, and nothing that is looked up beside them is grouped.
    pub fn is_of_columns(&self) -> Result<bool, Problem> {
        let plain = self.conditions_of_facts()?.is_ok_and(|all| all.iter().flat_map(Condition::tests).all(|test| test.field.is_plain()));
        Ok(plain && !self.group_by.iter().any(|d| matches!(d, Dimension::Own(Own::Tag) | Dimension::Custom { .. })))
    }

    /// Whether no filter chooses among orders or their lines.
    pub fn is_unfiltered(&self) -> bool {
        self.more.is_empty() && self.filters.pairs().next().is_none()
    }

    fn conditions_of_facts(&self) -> Result<Result<Vec<Condition>, &'static str>, Problem> {
        Ok(self.conditions(&OF_FACTS)?.iter().map(|condition| condition.with_fields(&recorded::field)).collect())
    }

    fn conditions(&self, holder: &Holder) -> Result<Vec<Condition>, Problem> {
        // Dates were resolved before; the five fields read here have none.
        let surroundings = Surroundings { now: UtcTime(0), zone: self.zone };
        let read = |query: &Query, fields: &[Field]| Asked::parse(query, fields, &surroundings).map(Asked::condition);
        let of_lines = |name: &str| self.is_of_lines() && name == "product";
        let own = [read(&self.filters.only(|name| !of_lines(name)), &holder.fields)?, read(&self.filters.only(of_lines), &[LINE_PRODUCT])?];
        Ok(own.into_iter().chain(self.more.iter().cloned()).collect())
    }

    /// The owners that a filter names, in whatever way.
    #[must_use]
    pub fn owners(&self) -> Vec<Id> {
        let named = self.filters.pairs().filter(|(name, _)| name.split('[').next() == Some("owner"));
        let named = named.flat_map(|(_, value)| value.split(',')).filter_map(|id| Id::parse(id.trim()));
        let tests = self.more.iter().flat_map(Condition::tests).filter(|test| matches!(test.field.name, "owner" | "closed_owner"));
        let ids = tests.flat_map(|test| match &test.operand {
            Operand::Literals(literals) => literals.iter().filter_map(|l| if let Value::Id(id) = l.start() { Some(*id) } else { None }).collect(),
            _ => Vec::new(),
        });
        named.chain(ids).collect()
    }

    /// The products that `product=` names, where lines are grouped and it chooses among them.
    #[must_use]
    pub fn products(&self) -> Option<Vec<Id>> {
        let value = self.filters.get("product").filter(|_| self.is_of_lines())?;
        Some(value.split(',').filter_map(|id| Id::parse(id.trim())).collect())
    }

    /// The filters in the words of the order list.
    #[must_use]
    pub fn drill(&self, holder: &Holder) -> Drill {
        let more = Drill::default().conditions(&self.more);
        self.filters.pairs().fold(more, |drill, (name, value)| {
            let (base, op) = name.split_once('[').unwrap_or((name, ""));
            let field = match base {
                "owner" => holder.owner_name,
                "team" => holder.team_name,
                other => other,
            };
            // An id has one form in an address, however it was typed.
            let values = value.split(',').map(|v| Id::parse(v.trim()).map_or_else(|| v.trim().to_owned(), |id| id.to_string()));
            match op {
                "ne]" => drill.none_of(field, values),
                "null]" => drill.missing(field, value == "true"),
                _ => drill.any_of(field, values),
            }
        })
    }
}

/// Reads how amounts are converted where a currency says nothing else.
pub(super) fn amounts(query: &Query) -> Result<Option<(RateBasis, Option<String>)>, Problem> {
    match query.get("rate_basis") {
        Some(word) => conversion(word, query).map(Some),
        None if query.get("currency").is_some() => Err(bad("rate_basis", FaultCode::Required)),
        None => Ok(None),
    }
}

/// Reads by which rates and into which currency amounts are converted.
fn conversion(word: &str, query: &Query) -> Result<(RateBasis, Option<String>), Problem> {
    let basis = RateBasis::parse(word).ok_or_else(|| bad("rate_basis", Fault::from(FaultCode::NotOneOf).param("allowed", RateBasis::WORDS.join(", "))))?;
    let currency = query.get("currency").map(str::to_owned);
    if currency.as_deref().is_some_and(|code| !is_currency(code)) {
        return Err(bad("currency", FaultCode::NotACurrency));
    }
    Ok((basis, currency))
}

/// Most groups that can stand for themselves beside the rest.
const MOST_TOP: usize = 1_000;

/// The moment as of which is asked: of a day or another stretch its end. What has yet to come is not known.
fn moment(text: &str, surroundings: &Surroundings) -> Result<UtcTime, Problem> {
    match value::read(text, Kind::Time, surroundings) {
        Ok(Literal::Point(Value::Time(time))) if time <= surroundings.now => Ok(time),
        Ok(Literal::Span(Value::Time(start), Value::Time(end))) if start <= surroundings.now => Ok(UtcTime((end.0 - 1).min(surroundings.now.0))),
        Ok(_) => Err(bad("as_of", Fault::from(FaultCode::DateTooLate).param("latest", surroundings.now))),
        Err(fault) => Err(bad("as_of", fault)),
    }
}

/// The first day of what a word for a day or a stretch of days means.
pub(super) fn first_day(text: &str, surroundings: &Surroundings) -> Option<NaiveDate> {
    match value::read(text, Kind::Date, surroundings).ok()?.start() {
        Value::Date(day) => Some(*day),
        _ => None,
    }
}

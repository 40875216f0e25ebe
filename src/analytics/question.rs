//! What is asked of the analysis, read from the parameters: dimensions, window, basis and filters in the words of the order list. Pure.
use chrono::NaiveDate;
use chrono_tz::Tz;

use super::drilldown::Drill;
use super::rules::{Basis, Dimension, parse_group_by};
use crate::orders::list::{CUSTOMER, PRODUCT, STATUS};
use crate::platform::db::Id;
use crate::platform::problem::Problem;
use crate::platform::web::Query;
use crate::platform::web::condition::{self, Field, Kind, Test};
use crate::platform::web::query::bad;
use crate::platform::web::values::parse_date;

/// The lines themselves.
const LINE_PRODUCT: Field = Field::column("product", Kind::Id, "order_lines.product_id");

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
        Field::column("owner", Kind::Id, "orders.closed_owner_id").absent("orders.closed_owner_id is null"),
        Field::column("team", Kind::Id, "orders.closed_team_id").absent("orders.closed_team_id is null"),
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
        Field::column("owner", Kind::Id, OWNER),
        Field::column("team", Kind::Id, TEAM).absent("(case when orders.closed_owner_id is null then orders.team_id else orders.closed_team_id end) is null"),
        CUSTOMER,
        PRODUCT,
    ],
};

/// A question to the analysis.
#[derive(Clone, Debug)]
pub struct Ask {
    pub basis: Basis,
    pub group_by: Vec<Dimension>,
    /// The first day that counts.
    pub from: Option<NaiveDate>,
    /// The first day that no longer counts.
    pub to: Option<NaiveDate>,
    pub zone: Option<Tz>,
    filters: Query,
}

impl Ask {
    /// Reads the parameters.
    pub fn parse(query: &Query) -> Result<Self, Problem> {
        let basis = query.get("basis").map_or(Some(Basis::Closed), Basis::parse).ok_or_else(|| bad("basis", "it is closed or created"))?;
        let group_by = query.get("group_by").map_or(Ok(Vec::new()), parse_group_by).map_err(|reason| bad("group_by", &reason))?;
        let day = |name| query.get(name).map(|text| parse_date(text).ok_or_else(|| bad(name, "it is a date such as 2027-03-31"))).transpose();
        let (from, to) = (day("from")?, day("to")?);
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(bad("to", "it is before from"));
        }
        let zone = query.get("tz").map(|text| text.parse().map_err(|_| bad("tz", "it is a time zone of the IANA list such as Asia/Shanghai"))).transpose()?;
        if let Some((name, _)) =
            query.pairs().find(|(name, _)| ["group_by", "from", "to", "tz", "basis"].iter().any(|p| name.strip_prefix(p).is_some_and(|r| r.starts_with('['))))
        {
            return Err(bad(name, "it takes no operator"));
        }
        condition::parse(query, &OF_NOW.fields)?;
        Ok(Self { basis, group_by, from, to, zone, filters: Query::parse("", &query.rewritten(&["group_by", "from", "to", "tz", "basis"], &[]))? })
    }

    /// Whether lines are grouped, not whole orders.
    #[must_use]
    pub fn is_of_lines(&self) -> bool {
        self.group_by.iter().any(|d| d.is_of_lines())
    }

    /// The filters as tests. Where lines are grouped, `product=` chooses among them: a row of another product of the same orders was not asked for.
    pub fn tests(&self, holder: &Holder) -> Result<Vec<Test>, Problem> {
        if !self.is_of_lines() {
            return condition::parse(&self.filters, &holder.fields);
        }
        let of_lines: Vec<(&str, &str)> = self.filters.get("product").map(|value| ("product", value)).into_iter().collect();
        let lines = Query::parse("", &Query::default().rewritten(&[], &of_lines))?;
        let orders = Query::parse("", &self.filters.rewritten(&["product"], &[]))?;
        let mut tests = condition::parse(&orders, &holder.fields)?;
        tests.extend(condition::parse(&lines, &[LINE_PRODUCT])?);
        Ok(tests)
    }

    /// The owners that a filter names, in whatever way.
    #[must_use]
    pub fn owners(&self) -> Vec<Id> {
        let named = self.filters.pairs().filter(|(name, _)| matches!(*name, "owner" | "owner[ne]"));
        named.flat_map(|(_, value)| value.split(',')).filter_map(|id| Id::parse(id.trim())).collect()
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
        self.filters.pairs().fold(Drill::default(), |drill, (name, value)| {
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

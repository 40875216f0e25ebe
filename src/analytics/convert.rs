//! What orders are worth, as rows of SQL: each in its own currency, or all told in one, and by which rate each is converted. Exact, and rounded once an order.
use chrono::NaiveDate;

use crate::platform::clock::date_in;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, UtcTime};
use crate::platform::decimal::step;
use crate::platform::problem::Problem;
use crate::rates::rules::ONE;
use crate::rates::store::of_day;
use crate::settings::service::organisation;
use crate::word_type;

word_type! {
    /// The day whose rates convert: that of the entry; that of the closing, and while it is open that of the entry; today.
    RateBasis { Order "order", Close "close", Today "today" }
}

/// Rows of orders, or of parts of them, with what they are worth: named columns, then `currency` and `amount`.
#[derive(Debug)]
pub struct Rows {
    pub columns: Vec<(String, Sql)>,
    pub amount: &'static str,
    /// Sums besides the amount, by name.
    pub measures: Vec<(&'static str, &'static str)>,
    /// Whether amount and measures are sums over rows that are alike in all columns.
    pub summed: bool,
    /// All from the word `from` on.
    pub from: Sql,
}

impl Rows {
    /// The rows of whole orders, one each; `from` is all from that word on.
    #[must_use]
    pub fn of_orders(columns: &[(&'static str, &'static str)], from: Sql) -> Self {
        Self { columns: named(columns), amount: "orders.amount", measures: Vec::new(), summed: false, from }
    }

    /// The rows as SQL, each amount in its own currency or, where there is a conversion, told in the one; what no rate converts stays as it is.
    #[must_use]
    pub fn told(self, conversion: Option<&Conversion>) -> Sql {
        let kept: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).chain(self.measures.iter().map(|(name, _)| *name)).collect();
        let columns = self.columns.iter().fold(Sql::new("select "), |sql, (name, column)| sql.then(column.clone()).text(format!(" as {name}, ")));
        let columns = conversion.iter().fold(columns, |sql, conversion| sql.then(conversion.columns()).text(", "));
        let measures: String = self.measures.iter().map(|(name, sum)| format!(", {sum} as {name}")).collect();
        let rows = columns.text(format!("orders.currency as currency, {} as amount{measures} ", self.amount)).then(self.from.clone());
        let alike = self.columns.len() + if conversion.is_some() { 3 } else { 1 };
        let group = (1..=alike).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
        let rows = if self.summed { rows.text(format!(" group by {group}")) } else { rows };
        match conversion {
            Some(conversion) => conversion.told(&kept, rows),
            None => rows,
        }
    }
}

/// Columns by name.
#[must_use]
pub fn named(columns: &[(&str, &str)]) -> Vec<(String, Sql)> {
    columns.iter().map(|(name, column)| ((*name).to_owned(), Sql::new((*column).to_owned()))).collect()
}

/// Into which currency amounts are converted, and how.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub currency: String,
    pub basis: RateBasis,
    /// The organisation's, in which rates are.
    base: String,
    /// Where rates of today count: of each currency the last.
    today: Vec<(String, i64)>,
}

impl Conversion {
    /// As a question asks for it.
    pub fn asked(c: &mut AnyConnection, asked: Option<&(RateBasis, Option<String>)>, now: UtcTime) -> Result<Option<Self>, Problem> {
        asked.map(|(basis, currency)| Self::make(c, currency.as_deref(), *basis, now)).transpose()
    }

    /// Into a currency, or into the organisation's.
    fn make(c: &mut AnyConnection, currency: Option<&str>, basis: RateBasis, now: UtcTime) -> Result<Self, Problem> {
        let organisation = organisation(c)?;
        let today: NaiveDate = date_in(organisation.time_zone, now);
        let today = if basis == RateBasis::Today { of_day(c, today)? } else { Vec::new() };
        let base = organisation.base_currency.clone();
        Ok(Self { currency: currency.unwrap_or(&base).to_owned(), basis, base, today })
    }

    /// The same into another currency.
    #[must_use]
    pub fn into(&self, currency: &str) -> Self {
        Self { currency: currency.to_owned(), ..self.clone() }
    }

    /// The columns that a row of an order needs besides its currency: its own rate and that of the currency it is converted into, null where there is none.
    fn columns(&self) -> Sql {
        self.own().text(" as rate, ").then(self.target()).text(" as into_rate")
    }

    /// Rows with `currency`, `amount` and the two rates, told in the one currency; those without a rate stay as they are. Other columns are kept by name.
    fn told(&self, kept: &[&str], rows: Sql) -> Sql {
        let columns = kept.iter().map(|name| format!("f.{name}, ")).collect::<String>();
        let currency = || Value::Text(self.currency.clone());
        let head = format!("select {columns}case when f.told is null then f.currency else ");
        let exchanged = format!(" then f.amount else exchanged(f.amount, f.rate, f.into_rate, {}) end as told from (", step(&self.currency));
        let head = Sql::new(head)
            .bind(currency())
            .text(" end as currency, case when f.told is null then f.amount else f.told end as amount from (select f.*, case when f.currency = ");
        head.bind(currency()).text(exchanged).then(rows).text(") f) f")
    }

    /// The rate of the order's own currency.
    fn own(&self) -> Sql {
        let in_base = Sql::new("case when orders.currency = ").bind(Value::Text(self.base.clone())).text(format!(" then {ONE}"));
        match self.basis {
            RateBasis::Close => in_base.text(" else orders.base_rate end"),
            RateBasis::Order => {
                in_base.text(" when orders.closed_on is null then orders.base_rate else ").then(by_entry(&Sql::new("orders.currency"))).text(" end")
            }
            RateBasis::Today => {
                let each = |sql: Sql, (currency, rate): &(String, i64)| {
                    sql.text(" when orders.currency = ").bind(Value::Text(currency.clone())).text(format!(" then {rate}"))
                };
                self.today.iter().fold(in_base, each).text(" end")
            }
        }
    }

    /// The rate of the currency that it is converted into.
    fn target(&self) -> Sql {
        if self.currency == self.base {
            return Sql::new(ONE.to_string());
        }
        let currency = Sql::default().bind(Value::Text(self.currency.clone()));
        match self.basis {
            RateBasis::Close => {
                let open = Sql::new("case when orders.closed_on is null then ").then(by_entry(&currency));
                open.text(" else ").then(last(&currency, "date", "orders.closed_on")).text(" end")
            }
            RateBasis::Order => by_entry(&currency),
            RateBasis::Today => match self.today.iter().find(|(code, _)| *code == self.currency) {
                Some((_, rate)) => Sql::new(rate.to_string()),
                None => Sql::new("cast(null as bigint)"),
            },
        }
    }
}

fn by_entry(currency: &Sql) -> Sql {
    last(currency, "starts_at", "orders.created_at")
}

/// The last rate on or before a day: of an open order the one that counts now, of a closed one the one that was known when it closed, else the first that
/// came to be known.
fn last(currency: &Sql, starts: &str, day: &str) -> Sql {
    let rate = || Sql::new("select r.rate from exchange_rates r where r.currency = ").then(currency.clone()).text(format!(" and r.{starts} <= {day}"));
    let known = " and case when orders.rates_at is null then r.replaced_at is null else r.recorded_at <= orders.rates_at and (r.replaced_at is null or r.replaced_at > orders.rates_at) end \
        order by r.date desc limit 1";
    let later = " and r.recorded_at > orders.rates_at order by r.recorded_at, r.date desc limit 1";
    Sql::new("coalesce((").then(rate()).text(known).text("), (").then(rate()).text(later).text("))")
}

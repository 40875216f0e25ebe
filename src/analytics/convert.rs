//! What orders are worth, as rows of SQL: each in its own currency, or all told in one, and by which rate each is converted. Exact, and rounded once an order.
use chrono::NaiveDate;

use super::rules::CLOSED;
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
    /// The moment at which the orders stood so, and by which rates were known; none for now.
    as_of: Option<UtcTime>,
}

impl Conversion {
    /// As a question asks for it: by what is known now or, to be told of facts of a moment, by what was known then; into the organisation's currency unless
    /// one is named.
    pub fn asked(c: &mut AnyConnection, asked: Option<&(RateBasis, Option<String>)>, now: UtcTime, as_of: Option<UtcTime>) -> Result<Option<Self>, Problem> {
        let Some((basis, currency)) = asked else { return Ok(None) };
        let organisation = organisation(c)?;
        let today: NaiveDate = date_in(organisation.time_zone, as_of.unwrap_or(now));
        let today = if *basis == RateBasis::Today { of_day(c, today, as_of)? } else { Vec::new() };
        let base = organisation.base_currency.clone();
        Ok(Some(Self { currency: currency.as_ref().unwrap_or(&base).clone(), basis: *basis, base, today, as_of }))
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
        let currency = Sql::new("orders.currency");
        match self.basis {
            // What was kept with an order then is not known any more.
            RateBasis::Close | RateBasis::Order if self.as_of.is_some() => in_base.text(" else ").then(self.by_basis(&currency)).text(" end"),
            RateBasis::Close => in_base.text(" else orders.base_rate end"),
            RateBasis::Order => in_base.text(" when orders.closed_on is null then orders.base_rate else ").then(self.by_basis(&currency)).text(" end"),
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
            RateBasis::Close | RateBasis::Order => self.by_basis(&currency),
            RateBasis::Today => match self.today.iter().find(|(code, _)| *code == self.currency) {
                Some((_, rate)) => Sql::new(rate.to_string()),
                None => Sql::new("cast(null as bigint)"),
            },
        }
    }

    /// The rate of a currency on the day of an order, where it is not that of today.
    fn by_basis(&self, currency: &Sql) -> Sql {
        let by_entry = ("starts_at", "orders.created_at");
        let by_closing = if self.basis == RateBasis::Close { ("date", "orders.closed_on") } else { by_entry };
        let open = last(currency, by_entry, self.as_of);
        let closed = last_known(currency, by_closing, self.as_of);
        Sql::new("case when orders.closed_on is null then ").then(open).text(" else ").then(closed).text(" end")
    }
}

/// The rates of a currency on or before the day of an order.
fn rates(currency: &Sql, (starts, day): (&str, &str)) -> Sql {
    Sql::new(" where r.currency = ").then(currency.clone()).text(format!(" and r.{starts} <= {day}"))
}

/// The last rate on or before the day of an open order: the one that counts now, or that counted at a moment.
fn last(currency: &Sql, day: (&str, &str), as_of: Option<UtcTime>) -> Sql {
    let counts = match as_of {
        None => Sql::new("r.replaced_at is null"),
        Some(moment) => {
            let then = || Sql::default().bind(Value::Time(moment));
            Sql::new("r.recorded_at <= ").then(then()).text(" and (r.replaced_at is null or r.replaced_at > ").then(then()).text(")")
        }
    };
    Sql::new("(select r.rate from exchange_rates r").then(rates(currency, day)).text(" and ").then(counts).text(" order by r.date desc limit 1)")
}

/// The last rate on or before the day of a closed order that was known when it closed, else the first that came to be known.
fn last_known(currency: &Sql, day: (&str, &str), as_of: Option<UtcTime>) -> Sql {
    let (knows, at) = match as_of {
        None => (Sql::empty(), "orders.rates_at"),
        Some(moment) => (Sql::new(" cross join ").then(closing(moment)), "k.at"),
    };
    let rate = || Sql::new("(select r.rate from exchange_rates r").then(knows.clone()).then(rates(currency, day));
    let known = format!(" and r.recorded_at <= {at} and (r.replaced_at is null or r.replaced_at > {at}) order by r.date desc limit 1)");
    let by_then = as_of.map_or_else(Sql::empty, |moment| Sql::new(" and r.recorded_at <= ").bind(Value::Time(moment)));
    let later = rate().text(format!(" and r.recorded_at > {at}")).then(by_then).text(" order by r.recorded_at, r.date desc limit 1)");
    Sql::new("coalesce(").then(rate()).text(known).text(", ").then(later).text(")")
}

/// What an order that was closed at a moment knew of rates: its last step until then that closed it tells.
fn closing(moment: UtcTime) -> Sql {
    let closed = CLOSED.map(|status| format!("'{status}'")).join(", ");
    Sql::new("(select coalesce(t.rates_at, t.recorded_at) as at from order_transitions t where t.order_id = orders.order_id and t.recorded_at <= ")
        .bind(Value::Time(moment))
        .text(format!(" and t.to_status in ({closed}) and (t.from_status is null or t.from_status not in ({closed})) order by t.id desc limit 1) k"))
}

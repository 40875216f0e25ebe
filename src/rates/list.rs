//! What the list of exchange rates can be asked.
use super::dto::RateView;
use super::rules::ExchangeRate;
use super::store::{self, RateRow};
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of rates that count.
pub static RATES: Spec = Spec {
    entity: "exchange_rates",
    id: "exchange_rates.id",
    fields: &[
        Field::column("currency", Kind::Text, "exchange_rates.currency", "Code of the currency.").walked(),
        Field::column("date", Kind::Date, "exchange_rates.date", "The first day on which it counts."),
    ],
    sorts: &[Sort { name: "date", column: "exchange_rates.date", nullable: false }],
    default_sort: "-date",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("currency", Cell::Plain),
        Column::new("date", Cell::Date),
        Column::new("rate", Cell::Number),
        Column::new("recorded_at", Cell::Plain),
    ],
};

crate::list_parameters! { RateParameters of RATES; }

/// The rates that count.
pub struct Rates;

impl Listing for Rates {
    type Row = RateRow;
    type View = RateView;
    fn spec(&self) -> &'static Spec {
        &RATES
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::new("exchange_rates.replaced_at is null"))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<RateRow>, Problem> {
        store::list(c, filter, order, limit)
    }
    fn place(&self, row: &RateRow, _: &str) -> Place {
        Place { value: Some(Value::Date(row.date)), id: row.id }
    }
    fn present(&self, _: &mut AnyConnection, rows: Vec<RateRow>) -> Result<Vec<RateView>, Problem> {
        let view = |RateRow { id, currency, date, rate, recorded_at, .. }| RateView { id, currency, date, rate: ExchangeRate(rate).to_string(), recorded_at };
        Ok(rows.into_iter().map(view).collect())
    }
}

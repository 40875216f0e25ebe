//! Recording a delay and listing those of an order. The order's own change goes the way of every change.
use serde_json::{Map, json};

use super::dto::{DelayInput, DelayView};
use super::rules::{cause, days_slipped};
use super::store::{self, DelayRow};
use crate::identity::{Act, Permission};
use crate::orders::dto::input::OrderInput;
use crate::orders::lifecycle::{Action, transition};
use crate::orders::service::common::{find, kind_of, permit, record, status_of, unknown_code, wrong_state};
use crate::orders::service::entry::{Change, change};
use crate::orders::store as orders;
use crate::platform::clock::new_id;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Json};
use crate::platform::problem::{Code, Fault, FaultCode, Problem};
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};
use crate::platform::web::values::Day;
use crate::platform::web::{Decoded, Faults, Given};
use crate::settings::{self, Name};

/// The list of an order's delays.
static DELAYS: Spec = Spec {
    entity: "delays",
    id: "order_delays.id",
    fields: &[
        Field::column("side", Kind::Text, "order_delays.side", "Whose side it lies on."),
        Field::column("reason", Kind::Text, "order_delays.reason", "Code of the reason."),
    ],
    sorts: &[Sort { name: "created_at", column: "order_delays.created_at", nullable: false }],
    default_sort: "-created_at",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("side", Cell::Plain),
        Column::new("reason", Cell::Plain),
        Column::new("note", Cell::Text),
        Column::new("remedy", Cell::Text),
        Column::new("from_date", Cell::Date),
        Column::new("new_date", Cell::Date),
        Column::new("days_slipped", Cell::Number),
        Column::new("author.id", Cell::Plain),
        Column::new("author.name", Cell::Text),
        Column::new("created_at", Cell::Plain),
    ],
};
crate::list_parameters! { DelayParameters of DELAYS; }

/// Records a delay; a new date becomes the order's expected close date, and every push that nobody explained is explained.
pub fn delay(tx: &mut AnyConnection, act: &Act, id: &str, input: Decoded<DelayInput>) -> Result<(DelayRow, Option<String>), Problem> {
    let order = find(tx, act, id, false)?;
    permit(act, &order.row, Permission::OrdersDelay)?;
    transition(Some(status_of(&order.row)?), Action::Delay, None).map_err(|e| wrong_state(&e))?;
    let DelayInput { side, reason, note, remedy, new_date } = input.value;
    let mut faults = input.faults;
    let reasons = settings::service::items(tx, Name::DelayReasons)?;
    let reason = reason.0.map(|r| r.0);
    if let Some(code) = reason.as_deref().filter(|code| !reasons.active(code)) {
        faults.add(unknown_code("/reason", &reasons, code));
    }
    if reason.as_deref() == Some("other") && note.as_ref().is_none() && !note.is_unreadable() {
        faults.add(Fault::new("/note", FaultCode::NoteRequired));
    }
    let (from, to) = (order.row.expected_close_date, new_date.as_ref().map(|day| day.0));
    if let Some(earliest) = from.zip(to).filter(|(from, to)| to <= from).and_then(|(from, _)| from.succ_opt()) {
        faults.add(Fault::new("/new_date", FaultCode::DateTooEarly).param("earliest", earliest));
    }
    faults.check()?;
    let (Some(side), Some(reason)) = (side.0, reason) else { return Err(Problem::internal("a field is missing without a fault")) };
    let after = match to {
        Some(day) => {
            let moved = OrderInput { expected_close_date: Given::Value(Day(day)), ..OrderInput::nothing() };
            // Nobody gave a version here: where another change came between, the whole unit runs again.
            let overtaken = |problem: Problem| if problem.code() == Code::Stale { Problem::conflict() } else { problem };
            change(tx, act, &order, moved, Faults::default(), Change::Delay).map_err(overtaken).map_err(in_its_words)?
        }
        None => {
            // No version of its own, but an event that must not come behind one of a later version.
            if !orders::hold(tx, order.row.id, order.row.version)? {
                return Err(Problem::conflict());
            }
            order.row.clone()
        }
    };
    let pushes = store::unexplained(tx, after.id)?;
    let row = DelayRow {
        id: new_id(),
        order_id: after.id,
        side: side.as_str().into(),
        cause: cause(side.as_str(), &reason),
        reason,
        note: note.value().map(|n| n.0),
        remedy: remedy.value().map(|r| r.0),
        from_date: pushes.first().map(|(from, _)| *from).or(from),
        new_date: after.expected_close_date,
        days_slipped: days_slipped(&pushes),
        author_id: act.caller.user,
        created_at: act.now,
    };
    store::insert(tx, &row)?;
    store::explain(tx, after.id, row.id)?;
    if to.is_none() {
        let said = |warning: &serde_json::Value| warning["code"] != FaultCode::DelayNotRecorded.as_str();
        let told: Vec<_> = after.warnings.0.as_array().into_iter().flatten().filter(|warning| said(warning)).cloned().collect();
        orders::replace_warnings(tx, after.id, &Json(told.into()))?;
    }
    let DelayRow { id, side, reason, days_slipped, .. } = &row;
    let told = json!([null, {"id": id, "side": side, "reason": reason, "days_slipped": days_slipped}]);
    record(tx, act, kind_of(Action::Delay), &after, Map::from_iter([("delay".to_owned(), told)]), act.now)?;
    Ok((row, act.caller.user.map(|_| act.caller.name.clone())))
}

/// What the standard says of the date, told of the field that was sent.
fn in_its_words(problem: Problem) -> Problem {
    let faults: Vec<Fault> = problem.faults().to_vec();
    if faults.is_empty() {
        return problem;
    }
    let named = |fault: Fault| if fault.pointer == "/expected_close_date" { Fault { pointer: "/new_date".into(), ..fault } } else { fault };
    problem.with_faults(faults.into_iter().map(named).collect())
}

/// The delays of an order that the caller sees, archived or not.
pub struct Delays {
    pub act: Act,
    /// Id or number.
    pub order: String,
}

impl Listing for Delays {
    type Row = (DelayRow, Option<String>);
    type View = DelayView;
    fn spec(&self) -> &'static Spec {
        &DELAYS
    }
    fn base(&self, c: &mut AnyConnection) -> Result<Sql, Problem> {
        let order = find(c, &self.act, &self.order, true)?;
        Ok(Sql::new("order_delays.order_id = ").bind(Value::Id(order.row.id)))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Self::Row>, Problem> {
        store::load(c, filter, order, limit)
    }
    fn place(&self, (row, _): &Self::Row, _: &str) -> Place {
        Place { value: Some(Value::Time(row.created_at)), id: row.id }
    }
    fn present(&self, _: &mut AnyConnection, rows: Vec<Self::Row>) -> Result<Vec<DelayView>, Problem> {
        Ok(rows.into_iter().map(DelayView::of).collect())
    }
}

//! Contacts with the customer: they need no version, and only the first one, which moves a pending order on, changes it.
use serde_json::{Map, json};

use super::common::{Step, commit, find, permit, record, status_of};
use crate::identity::{Act, Permission};
use crate::orders::dto::input::FollowUpInput;
use crate::orders::dto::view::FollowUpView;
use crate::orders::lifecycle::{Action, transition};
use crate::orders::store::{self, FollowUpRow};
use crate::platform::clock::new_id;
use crate::platform::db::AnyConnection;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::problem::{Code, Problem};
use crate::platform::web::Decoded;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The list of an order's contacts.
static FOLLOW_UPS: Spec = Spec {
    entity: "follow-ups",
    id: "order_follow_ups.id",
    fields: &[Field::column("at", Kind::Time, "order_follow_ups.at", "Time of the contact.")],
    sorts: &[Sort { name: "at", column: "order_follow_ups.at", nullable: false }],
    default_sort: "-at",
    archived: None,
    views: false,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("at", Cell::Plain),
        Column::new("channel", Cell::Plain),
        Column::new("content", Cell::Text),
        Column::new("result", Cell::Text),
        Column::new("next_contact_at", Cell::Plain),
        Column::new("author.id", Cell::Plain),
        Column::new("author.name", Cell::Text),
        Column::new("created_at", Cell::Plain),
    ],
};
crate::list_parameters! { FollowUpParameters of FOLLOW_UPS; }

/// Records a contact; the first one processes a pending order.
pub fn follow_up(tx: &mut AnyConnection, act: &Act, id: &str, input: Decoded<FollowUpInput>) -> Result<(FollowUpRow, Option<String>), Problem> {
    let order = find(tx, act, id, false)?;
    permit(act, &order.row, Permission::OrdersFollowUp)?;
    let FollowUpInput { at, channel, content, result, next_contact_at } = input.value;
    let (Some(at), Some(channel), Some(content), true) = (at.0, channel.0, content.0, input.faults.is_empty()) else {
        return Err(Problem::invalid(input.faults.into_vec()));
    };
    let row = FollowUpRow {
        id: new_id(),
        order_id: order.row.id,
        at: at.0,
        channel: channel.as_str().into(),
        content: content.0,
        result: result.value().map(|r| r.0),
        next_contact_at: next_contact_at.value().map(|n| n.0),
        author_id: act.caller.user,
        created_at: act.now,
    };
    store::insert_follow_up(tx, &row)?;
    let status = status_of(&order.row)?;
    let to = transition(Some(status), Action::FollowUp, None).map_err(|e| super::common::wrong_state(&e))?;
    let more: Map<_, _> = [("follow_up_id".to_owned(), json!(row.id))].into_iter().collect();
    if to == status {
        // No version of its own, but an event that must not come behind one of a later version.
        if !store::hold(tx, order.row.id, order.row.version)? {
            return Err(Problem::conflict());
        }
        record(tx, act, super::common::kind_of(Action::FollowUp), &order.row, more, row.at)?;
    } else {
        let mut after = order.row.clone();
        after.status = to.as_str().into();
        // Nobody gave a version here: where another change came between, the whole unit runs again.
        let after = commit(tx, act, &order.row, after, &Step::now(act, Action::Process, None), Map::new())
            .map_err(|p| if p.code() == Code::Stale { Problem::conflict() } else { p })?;
        record(tx, act, super::common::kind_of(Action::FollowUp), &after, more, row.at)?;
    }
    Ok((row, act.caller.user.map(|_| act.caller.name.clone())))
}

/// The contacts of an order that the caller sees, archived or not.
pub struct FollowUps {
    pub act: Act,
    /// Id or number.
    pub order: String,
}

impl Listing for FollowUps {
    type Row = (FollowUpRow, Option<String>);
    type View = FollowUpView;
    fn spec(&self) -> &'static Spec {
        &FOLLOW_UPS
    }
    fn base(&self, c: &mut AnyConnection) -> Result<Sql, Problem> {
        let order = find(c, &self.act, &self.order, true)?;
        Ok(Sql::new("order_follow_ups.order_id = ").bind(Value::Id(order.row.id)))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count_follow_ups(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Self::Row>, Problem> {
        store::follow_ups(c, filter, order, limit)
    }
    fn place(&self, (row, _): &Self::Row, _: &str) -> Place {
        Place { value: Some(Value::Time(row.at)), id: row.id }
    }
    fn present(&self, _: &mut AnyConnection, rows: Vec<Self::Row>) -> Result<Vec<FollowUpView>, Problem> {
        Ok(rows.into_iter().map(FollowUpView::of).collect())
    }
}

//! The queue of reviewers: what waits for a decision, what is due first coming first.
use std::collections::HashMap;

use super::dto::ReviewItem;
use super::rounds::{self, ANY};
use super::store::{self, ReviewRow};
use crate::identity::{Act, users};
use crate::orders::list::{CUSTOMER, OWNER, TEAM};
use crate::orders::store::{self as order_store, Loaded};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};

/// The queue.
pub static REVIEWS: Spec = Spec {
    entity: "reviews",
    id: "order_reviews.id",
    fields: &[
        // What the list is of is decided before it is filtered; the value stands here so that the document, the cursor and the next link know of it.
        Field::column("scope", Kind::Word(&["all"]), "'all'", "`all`: every review that you may see; without it those that you may decide."),
        OWNER,
        TEAM,
        CUSTOMER,
        Field::column("policy", Kind::Text, "order_reviews.policy", "Code of the policy that took the order.").absent("order_reviews.policy is null"),
        Field::column("due_at", Kind::Time, "order_reviews.due_at", "When it is due.").absent("order_reviews.due_at is null"),
        Field::column("claimed_by", Kind::Id, "order_reviews.claimed_by", "Who claimed it, by id, though the claim may be over.")
            .absent("order_reviews.claimed_by is null"),
    ],
    sorts: &[
        Sort { name: "due_at", column: "order_reviews.due_at", nullable: true },
        Sort { name: "submitted_at", column: "order_reviews.submitted_at", nullable: false },
    ],
    default_sort: "due_at",
    archived: None,
    views: false,
    columns: &[
        Column::new("order.id", Cell::Plain),
        Column::new("order.number", Cell::Plain),
        Column::new("order.title", Cell::Text),
        Column::new("order.amount", Cell::Number),
        Column::new("order.currency", Cell::Plain),
        Column::new("order.owner.name", Cell::Text),
        Column::new("order.customer.name", Cell::Text),
        Column::new("submitted_at", Cell::Plain),
        Column::new("waiting_seconds", Cell::Number),
        Column::new("round", Cell::Number),
        Column::new("step", Cell::Number),
        Column::new("steps", Cell::Number),
        Column::new("policy", Cell::Text),
        Column::new("due_at", Cell::Plain),
        Column::new("overdue", Cell::Plain),
        Column::new("escalated_at", Cell::Plain),
        Column::new("claimed_by.name", Cell::Text),
        Column::new("claimed_until", Cell::Plain),
    ],
};

crate::list_parameters! { ReviewParameters of REVIEWS; }

/// What waits for a decision among what a caller sees.
pub struct Reviews {
    pub act: Act,
    /// Also what the caller may not decide.
    pub all: bool,
}

impl Reviews {
    /// What is the caller's to decide: a step that reaches them, of an order in which they had no hand.
    fn mine(&self) -> Sql {
        let caller = &self.act.caller;
        let Some(user) = caller.user else { return Sql::any([]) };
        let me = || Value::Id(user);
        let reached = Sql::any([
            Sql::new("order_reviews.open_to in (").list([ANY, caller.role.as_str()].map(|word| Value::Text(word.to_owned()))).text(")"),
            Sql::new("exists (select 1 from order_review_reviewers v where v.review_id = order_reviews.id and v.user_id = ").bind(me()).text(")"),
        ]);
        let hand = ["created_by", "submitted_by", "critical_by", "owner_id"];
        let free = hand.map(|column| Sql::new(format!("(orders.{column} is null or orders.{column} <> ")).bind(me()).text(")"));
        Sql::all([reached].into_iter().chain(free))
    }
}

impl Listing for Reviews {
    type Row = (ReviewRow, Loaded);
    type View = ReviewItem;
    fn spec(&self) -> &'static Spec {
        &REVIEWS
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        // Whatever takes an order out of review decides or closes its step: the steps alone say what waits, and stand in the order of the queue.
        let open = Sql::new("order_reviews.decided_at is null and order_reviews.started_at is not null and orders.archived_at is null");
        let mine = (!self.all).then(|| self.mine());
        Ok(Sql::all([self.act.caller.sees("orders.owner_id", "orders.team_id"), open].into_iter().chain(mine)))
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Self::Row>, Problem> {
        let rows = store::list(c, filter, order, limit)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let these = Sql::new("orders.id in (").list(rows.iter().map(|row| Value::Id(row.order_id))).text(")");
        let orders = order_store::load(c, these, Sql::new("orders.id"), rows.len() as i64)?;
        let mut orders: HashMap<Id, Loaded> = orders.into_iter().map(|order| (order.row.id, order)).collect();
        Ok(rows.into_iter().filter_map(|row| orders.remove(&row.order_id).map(|order| (row, order))).collect())
    }
    fn place(&self, (review, _): &Self::Row, sort: &str) -> Place {
        let value = if sort == "submitted_at" { Some(review.submitted_at) } else { review.due_at };
        Place { value: value.map(Value::Time), id: review.id }
    }
    fn present(&self, c: &mut AnyConnection, rows: Vec<Self::Row>) -> Result<Vec<ReviewItem>, Problem> {
        let holders: Vec<Id> = rows.iter().filter_map(|(review, _)| rounds::holder(review, self.act.now)).collect();
        let names = users::store::names(c, &holders)?;
        Ok(rows.iter().map(|(review, order)| ReviewItem::of(review, order, &names, self.act.now)).collect())
    }
}

/// The review that an order waits in, as the queue shows it.
pub fn item(c: &mut AnyConnection, act: &Act, order: Id) -> Result<ReviewItem, Problem> {
    let queue = Reviews { act: act.clone(), all: true };
    let this = Sql::all([queue.base(c)?, Sql::new("orders.id = ").bind(Value::Id(order))]);
    let rows = queue.rows(c, this, Sql::new("order_reviews.id"), 1)?;
    queue.present(c, rows)?.pop().ok_or_else(Problem::not_found)
}

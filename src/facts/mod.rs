//! What orders were, in recorded time: written by whoever changes an order or what it is counted by, in the transaction of the change. The analysis reads
//! it. A state that is like the last adds nothing, and of two in one moment the later stands. It must not decide anything.
mod check;
pub mod packs;
mod store;

pub use check::{Drift, drift};

use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::jobs::Chore;
use crate::platform::problem::Problem;
use crate::platform::state::State;
use store::{Which, lines, orders, tags, values};

/// Begins what is known of an order that was just entered, with its lines, and as far as it has any with its tags and custom values: the statements for
/// it, which see nothing of each other. `choices` are the keys of the fields of one choice.
pub fn begin(tx: &mut AnyConnection, order: Id, has_tags: bool, choices: Option<Vec<String>>, now: UtcTime) -> Result<Vec<Sql>, Problem> {
    dialect::hold_counted_by(tx, order)?;
    let parts = [orders(), lines()].into_iter().chain(has_tags.then(tags)).chain(choices.map(values));
    Ok(parts.map(|part| store::begin(&part, order, now)).collect())
}

fn keep_orders(tx: &mut AnyConnection, which: &Which, now: UtcTime) -> Result<(), Problem> {
    let part = orders();
    store::keep(tx, &part, which, now)
}

fn keep_lines_of(tx: &mut AnyConnection, which: &Which, now: UtcTime) -> Result<(), Problem> {
    store::keep(tx, &lines(), which, now)?;
    keep_orders(tx, which, now)
}

/// Once a day the planner looks over the facts as they are.
pub const CHORE: Chore = Chore { name: "what is in the facts", every: 24 * 3600, run: look_over };

fn look_over(state: &State) -> Result<(), Problem> {
    state.db.write_here(|tx| Ok(dialect::look_over(tx, &[store::ORDERS, store::LINES])?))
}

/// Keeps what an order has become, apart from its lines, tags and custom values; whether it has another customer than before.
pub fn keep(tx: &mut AnyConnection, order: Id, other_customer: bool, now: UtcTime) -> Result<(), Problem> {
    if other_customer {
        dialect::hold_counted_by(tx, order)?;
    }
    keep_orders(tx, &Which::One(order), now)
}

/// Keeps what the lines of an order have become.
pub fn keep_lines(tx: &mut AnyConnection, order: Id, now: UtcTime) -> Result<(), Problem> {
    dialect::hold_counted_by(tx, order)?;
    keep_lines_of(tx, &Which::One(order), now)
}

/// Keeps what the tags of an order have become.
pub fn keep_tags(tx: &mut AnyConnection, order: Id, now: UtcTime) -> Result<(), Problem> {
    store::keep(tx, &tags(), &Which::One(order), now)
}

/// Keeps what the custom values of an order have become.
pub fn keep_values(tx: &mut AnyConnection, order: Id, choices: Vec<String>, now: UtcTime) -> Result<(), Problem> {
    store::keep(tx, &values(choices), &Which::One(order), now)
}

/// Keeps what the orders of a customer have become by a change of the customer.
pub fn keep_of_customer(tx: &mut AnyConnection, customer: Id, now: UtcTime) -> Result<(), Problem> {
    keep_orders(tx, &of_customer(customer), now)
}

/// Lets nobody else change the orders of a customer that is about to be changed.
pub fn hold_of_customer(tx: &mut AnyConnection, customer: Id) -> Result<(), Problem> {
    Ok(dialect::hold_orders(tx, of_customer(customer).sql())?)
}

fn of_customer(customer: Id) -> Which {
    Which::Those(Sql::new("select w.id from orders w where w.customer_id = ").bind(Value::Id(customer)))
}

/// Keeps what a user's orders have become by a change of the user's team.
pub fn keep_of_owner(tx: &mut AnyConnection, owner: Id, now: UtcTime) -> Result<(), Problem> {
    let owned = Which::Those(Sql::new("select w.id from orders w where w.owner_id = ").bind(Value::Id(owner)));
    keep_orders(tx, &owned, now)
}

/// Keeps what the lines of a product have become by a change of the product.
pub fn keep_of_product(tx: &mut AnyConnection, product: Id, now: UtcTime) -> Result<(), Problem> {
    keep_lines_of(tx, &of_product(product), now)
}

/// Lets nobody else change the orders with a product that is about to be changed.
pub fn hold_of_product(tx: &mut AnyConnection, product: Id) -> Result<(), Problem> {
    Ok(dialect::hold_orders(tx, of_product(product).sql())?)
}

fn of_product(product: Id) -> Which {
    Which::Those(Sql::new("select w.order_id from order_lines w where w.product_id = ").bind(Value::Id(product)))
}

/// Takes a person out of the tags that orders once had; `without` gives what is left of a text that tells of the person.
pub fn forget(tx: &mut AnyConnection, orders: &[Id], without: &dyn Fn(&str) -> Option<String>) -> Result<(), Problem> {
    store::reword(tx, orders, without)
}

/// Keeps what all orders have become, wherever the facts say something else: what repairs them.
pub fn keep_all(tx: &mut AnyConnection, choices: Vec<String>, now: UtcTime) -> Result<(), Problem> {
    for part in [orders(), lines(), tags(), values(choices)] {
        store::keep(tx, &part, &Which::All, now)?;
    }
    Ok(())
}

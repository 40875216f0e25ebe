//! What the list of orders can be asked: its fields, each with the SQL behind it, and its sorts. The drilldowns of analytics speak this language.
use crate::orders::store::Loaded;
use crate::platform::db::sql::Value;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Sort, Spec};
use crate::platform::web::page::Place;

const STATUSES: &[&str] = &["draft", "in_review", "returned", "pending", "processed", "won", "lost", "cancelled", "expired"];
const LEVELS: &[&str] = &["high", "medium", "low"];
const TIERS: &[&str] = &["key", "regular", "potential"];

/// The status of an order.
pub const STATUS: Field = Field::column("status", Kind::Word(STATUSES), "orders.status");
/// Whose order it is to be.
pub const CUSTOMER: Field = Field::column("customer", Kind::Id, "orders.customer_id").absent("orders.customer_id is null");
/// A product in one of the lines.
pub const PRODUCT: Field = Field::column("product", Kind::Id, "l.product_id")
    .within("exists (select 1 from order_lines l where l.order_id = orders.id and ", ")")
    .absent("exists (select 1 from order_lines l where l.order_id = orders.id and l.product_id is null)");

/// The list of orders.
pub static ORDERS: Spec = Spec {
    id: "orders.id",
    fields: &[
        STATUS,
        Field::column("stage", Kind::Text, "orders.stage"),
        Field::column("owner", Kind::Id, "orders.owner_id"),
        Field::column("team", Kind::Id, "orders.team_id").absent("orders.team_id is null"),
        CUSTOMER,
        PRODUCT,
        Field::column("category", Kind::Text, "p.category")
            .within("exists (select 1 from order_lines l join products p on p.id = l.product_id where l.order_id = orders.id and ", ")")
            .absent("exists (select 1 from order_lines l left join products p on p.id = l.product_id where l.order_id = orders.id and p.category is null)"),
        Field::column("intent_level", Kind::Word(LEVELS), "orders.intent_level").absent("orders.intent_level is null"),
        Field::column("source", Kind::Text, "orders.source").absent("orders.source is null"),
        Field::column("tags", Kind::Text, "t.tag")
            .within("exists (select 1 from order_tags t where t.order_id = orders.id and ", ")")
            .absent("not exists (select 1 from order_tags t where t.order_id = orders.id)"),
        Field::column("currency", Kind::Text, "orders.currency"),
        Field::column("amount", Kind::Decimal, "orders.amount"),
        Field::column("expected_close_date", Kind::Date, "orders.expected_close_date").absent("orders.expected_close_date is null"),
        Field::column("created_at", Kind::Time, "orders.created_at"),
        Field::column("updated_at", Kind::Time, "orders.updated_at"),
        Field::column("first_submitted_at", Kind::Time, "orders.first_submitted_at").absent("orders.first_submitted_at is null"),
        Field::column("submitted_at", Kind::Time, "orders.submitted_at").absent("orders.submitted_at is null"),
        Field::column("closed_on", Kind::Date, "orders.closed_on").absent("orders.closed_on is null"),
        Field::column("closed_at", Kind::Time, "orders.closed_at").absent("orders.closed_at is null"),
        Field::column("closed_owner", Kind::Id, "orders.closed_owner_id").absent("orders.closed_owner_id is null"),
        Field::column("closed_team", Kind::Id, "orders.closed_team_id").absent("orders.closed_team_id is null"),
        Field::column("reason", Kind::Text, "orders.reason").absent("orders.reason is null"),
        Field::column("customer.industry", Kind::Text, "cu.industry")
            .within("orders.customer_id in (select cu.id from customers cu where ", ")")
            .absent("not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.industry is not null)"),
        Field::column("customer.region", Kind::Text, "cu.region")
            .within("orders.customer_id in (select cu.id from customers cu where ", ")")
            .absent("not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.region is not null)"),
        Field::column("customer.value_tier", Kind::Word(TIERS), "cu.value_tier")
            .within("orders.customer_id in (select cu.id from customers cu where ", ")")
            .absent("not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.value_tier is not null)"),
    ],
    sorts: &[
        Sort { name: "created_at", column: "orders.created_at", nullable: false },
        Sort { name: "updated_at", column: "orders.updated_at", nullable: false },
        Sort { name: "amount", column: "orders.amount", nullable: false },
        Sort { name: "expected_close_date", column: "orders.expected_close_date", nullable: true },
        Sort { name: "number", column: "orders.number", nullable: false },
        Sort { name: "title", column: "orders.title", nullable: true },
    ],
    default_sort: "-created_at",
};

/// Where an order stands in a walk.
#[must_use]
pub fn place(order: &Loaded, sort: &str) -> Place {
    let row = &order.row;
    let value = match sort {
        "updated_at" => Some(Value::Time(row.updated_at)),
        "amount" => Some(Value::Number(row.amount.0)),
        "expected_close_date" => row.expected_close_date.map(Value::Date),
        "number" => Some(Value::Number(row.number)),
        "title" => row.title.clone().map(Value::Text),
        _ => Some(Value::Time(row.created_at)),
    };
    Place { value, id: row.id }
}

/// The queue of reviewers: what waits longest comes first.
pub static REVIEWS: Spec = Spec {
    id: "orders.id",
    fields: &[
        Field::column("owner", Kind::Id, "orders.owner_id"),
        Field::column("team", Kind::Id, "orders.team_id").absent("orders.team_id is null"),
        CUSTOMER,
    ],
    sorts: &[Sort { name: "submitted_at", column: "orders.submitted_at", nullable: true }],
    default_sort: "submitted_at",
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::dto::view::number_text;
    use crate::orders::lifecycle::Status;
    use crate::platform::web::values::{IntentLevel, ValueTier};

    #[test]
    fn the_words_are_those_of_the_rooms() {
        assert_eq!(STATUSES, Status::ALL.iter().map(|s| s.as_str()).collect::<Vec<_>>());
        assert_eq!((LEVELS, TIERS), (IntentLevel::WORDS, ValueTier::WORDS));
        assert_eq!(number_text(123), "IO-000123");
    }
}

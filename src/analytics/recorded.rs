//! Where the facts of orders hold what a question names: the fields of the order list that have a key there, by the same names. A question about the past asks
//! of nothing else.
use super::question::LINE_PRODUCT;
use super::rules::{Dimension, Own};
use super::store::Form;
use crate::orders::list::ORDERS;
use crate::platform::db::UtcTime;
use crate::platform::db::sql::{Sql, Value};
use crate::platform::text::intern::intern;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::DEFINED;

/// Columns that facts have as orders do, under the same alias.
const ALIKE: [&str; 19] = [
    "status",
    "stage",
    "owner",
    "team",
    "customer",
    "intent_level",
    "source",
    "currency",
    "amount",
    "expected_close_date",
    "created_at",
    "first_submitted_at",
    "submitted_at",
    "closed_on",
    "closed_at",
    "closed_owner",
    "closed_team",
    "reason",
    LINE_PRODUCT.name,
];

const OTHERS: [Field; 6] = [
    Field::column("product", Kind::Id, "l.product_id", "")
        .within("orders.order_id in (select l.order_id from lines_then l where ", ")")
        .absent("orders.order_id in (select l.order_id from lines_then l where l.product_id is null)")
        .several(),
    Field::column("category", Kind::Text, "l.category", "")
        .within("orders.order_id in (select l.order_id from lines_then l where ", ")")
        .absent("orders.order_id in (select l.order_id from lines_then l where l.category is null)")
        .several(),
    Field::column("tags", Kind::Text, "t.tag", "")
        .within("orders.order_id in (select t.order_id from tags_then t where ", ")")
        .absent("not exists (select 1 from tags_then t where t.order_id = orders.order_id)")
        .several(),
    Field::column("customer.industry", Kind::Text, "orders.industry", "").absent("orders.industry is null"),
    Field::column("customer.region", Kind::Text, "orders.region", "").absent("orders.region is null"),
    Field::column("customer.value_tier", Kind::Text, "orders.value_tier", "").absent("orders.value_tier is null"),
];

/// The field of the facts for one of the order list; none where they have no key for it.
#[must_use]
pub fn field(name: &str, of_list: &Field) -> Option<Field> {
    if let Some(other) = OTHERS.iter().find(|other| other.name == name && of_list.column != LINE_PRODUCT.column) {
        return Some(*other);
    }
    if let Some(key) = name.strip_prefix(DEFINED) {
        return of_custom(key, of_list);
    }
    (ALIKE.contains(&name) && ORDERS.fields.iter().any(|known| known.name == name)).then_some(*of_list)
}

/// Fields of one choice or of yes and no. Their keys are published, so that there are few of them.
fn of_custom(key: &str, of_list: &Field) -> Option<Field> {
    let column = match of_list.kind {
        Kind::Word(_) if !of_list.has_several() => "v.value",
        Kind::Flag => "(v.value = 'true')",
        _ => return None,
    };
    let before = format!("orders.order_id in (select v.order_id from values_then v where v.key = '{key}' and ");
    let absent = format!("not exists (select 1 from values_then v where v.order_id = orders.order_id and v.key = '{key}')");
    Some(Field::column(of_list.name, of_list.kind, column, "").within(intern(&before), ")").absent(intern(&absent)))
}

/// The key of a dimension of one choice or of yes and no.
#[must_use]
pub fn custom_value(path: &str) -> Sql {
    let key = path.strip_prefix(DEFINED).unwrap_or(path);
    Sql::new("(select v.value from values_then v where v.order_id = orders.order_id and v.key = ").bind(Value::Text(key.to_owned())).text(")")
}

/// The SQL of a dimension's key where the facts have it in another place than the orders.
#[must_use]
pub fn key(dimension: Dimension) -> Option<(Sql, Form)> {
    let column = match dimension {
        Dimension::Own(Own::Category) => "order_lines.category",
        Dimension::Own(Own::Industry) => "orders.industry",
        Dimension::Own(Own::Region) => "orders.region",
        Dimension::Own(Own::ValueTier) => "orders.value_tier",
        Dimension::Custom { path, .. } => return Some((custom_value(path), Form::Text)),
        Dimension::Own(_) => return None,
    };
    Some((Sql::new(column), Form::Text))
}

/// Whether a row of facts holds: now, or at a moment.
#[must_use]
pub fn holds(alias: &str, as_of: Option<UtcTime>) -> Sql {
    match as_of {
        None => Sql::new(format!("{alias}.valid_to is null")),
        Some(moment) => Sql::new(format!("{alias}.valid_from <= "))
            .bind(Value::Time(moment))
            .text(format!(" and ({alias}.valid_to is null or {alias}.valid_to > "))
            .bind(Value::Time(moment))
            .text(")"),
    }
}

/// What questions of facts may name besides the facts themselves: lines, tags and custom values of the same moment.
#[must_use]
pub fn parts(as_of: Option<UtcTime>) -> Sql {
    let part = |name: &str, table: &str, word: &str| {
        Sql::new(format!("{word} {name} as not materialized (select f.* from {table} f where ")).then(holds("f", as_of)).text(")")
    };
    let lines = part("lines_then", "order_fact_lines", "with");
    lines.then(part("tags_then", "order_fact_tags", ",")).then(part("values_then", "order_fact_values", ",")).text(" ")
}

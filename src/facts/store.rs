//! The rows of facts, written from the rows of orders by statements whose number does not depend on how many they write.
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::types::{SqlId, SqlTime};
use crate::platform::db::{AnyConnection, Id, UtcTime, dialect};
use crate::platform::problem::Problem;

/// Which orders are looked at.
pub enum Which {
    One(Id),
    /// Those whose ids a question finds.
    Those(Sql),
    All,
}

impl Which {
    /// What follows the column of an order's id.
    pub fn sql(&self) -> Sql {
        match self {
            Self::One(id) => Sql::new(" = ").bind(Value::Id(*id)),
            Self::Those(ids) => Sql::new(" in (").then(ids.clone()).text(")"),
            Self::All => Sql::new(" is not null"),
        }
    }
}

/// One table of facts, and how what holds now is read.
pub struct Part {
    pub table: &'static str,
    /// Its columns but for the order and the times.
    pub columns: Vec<&'static str>,
    /// Where the same columns of today come from: up to the column of the order's id in a condition, what else holds, how they are grouped.
    from: Sql,
    also: Sql,
    group: &'static str,
}

pub const ORDERS: &str = "order_facts";
pub const LINES: &str = "order_fact_lines";

/// What orders are counted by in their own columns, and in their customers'.
const COUNTED_BY: [&str; 22] = [
    "o.status",
    "o.stage",
    "o.owner_id",
    "o.team_id",
    "o.customer_id",
    "o.currency",
    "o.amount",
    "o.intent_level",
    "o.source",
    "o.reason",
    "c.industry",
    "c.region",
    "c.value_tier",
    "o.expected_close_date",
    "o.created_at",
    "o.first_submitted_at",
    "o.submitted_at",
    "o.closed_on",
    "o.closed_at",
    "o.closed_owner_id",
    "o.closed_team_id",
    "o.archived_at",
];

/// What the lines of an order come to: of each product the sixteen bytes of its id, zeros where a line names none, and the eight of the amount, in the order of
/// the ids. To look the lines up costs a question more than all its rest.
const SHARES: &str = "product_shares";

/// The orders themselves.
pub fn orders() -> Part {
    let name = |column: &'static str| column.split_once('.').map_or(column, |(_, name)| name);
    let shares = Sql::new("(select ")
        .then(dialect::bytes_of_pairs("s.product_id", "s.amount"))
        .text(" from (select l.product_id, sum(l.amount) as amount from order_lines l where l.order_id = o.id group by l.product_id) s)");
    let from = Sql::new(format!("select o.id as order_id, {}, ", COUNTED_BY.join(", "))).then(shares);
    Part {
        table: ORDERS,
        columns: COUNTED_BY.into_iter().map(name).chain([SHARES]).collect(),
        from: from.text(format!(" as {SHARES} from orders o left join customers c on c.id = o.customer_id where o.id")),
        also: Sql::empty(),
        group: "",
    }
}

/// The lines of orders by product.
pub fn lines() -> Part {
    Part {
        table: LINES,
        columns: vec!["product_id", "category", "amount", "quantity"],
        from: Sql::new(
            "select l.order_id, l.product_id, p.category, cast(sum(l.amount) as bigint) as amount, cast(sum(l.quantity) as bigint) as quantity \
             from order_lines l left join products p on p.id = l.product_id where l.order_id",
        ),
        also: Sql::empty(),
        group: " group by l.order_id, l.product_id, p.category",
    }
}

/// The tags of orders.
pub fn tags() -> Part {
    let from = Sql::new("select t.order_id, t.tag from order_tags t where t.order_id");
    Part { table: "order_fact_tags", columns: vec!["tag"], from, also: Sql::empty(), group: "" }
}

/// The custom values of orders that are of one choice, or of yes and no.
pub fn values(choices: Vec<String>) -> Part {
    let chosen = if choices.is_empty() { Sql::any([]) } else { Sql::new("v.key in (").list(choices.into_iter().map(Value::Text)).text(")") };
    Part {
        table: "order_fact_values",
        columns: vec!["key", "value"],
        from: Sql::new(
            "select v.record_id as order_id, v.key, case when v.flag is null then v.text when v.flag then 'true' else 'false' end as value \
             from custom_values v where v.record_id",
        ),
        also: Sql::new(" and v.entity = 'orders' and v.position = 0 and (v.flag is not null or v.text is not null and ").then(chosen).text(")"),
        group: "",
    }
}

impl Part {
    /// What holds now of some orders.
    pub fn today(&self, which: &Which) -> Sql {
        self.from.clone().then(which.sql()).then(self.also.clone()).text(self.group)
    }
    /// Whether two rows say the same.
    pub fn same(&self, one: &str, other: &str) -> String {
        let alike = |column: &&str| format!("{one}.{column} is not distinct from {other}.{column}");
        format!("{one}.order_id = {other}.order_id and {}", self.columns.iter().map(alike).collect::<Vec<_>>().join(" and "))
    }
    fn insert(&self, since: Sql, which: &Which) -> Sql {
        let columns = self.columns.join(", ");
        let from = self.columns.iter().map(|column| format!("s.{column}")).collect::<Vec<_>>().join(", ");
        let into = format!("insert into {} (order_id, valid_from, {columns}) select s.order_id, ", self.table);
        Sql::new(into).then(since).text(format!(", {from} from (")).then(self.today(which)).text(") s")
    }
}

/// The statement that writes what a new order is.
pub fn begin(part: &Part, order: Id, now: UtcTime) -> Sql {
    part.insert(Sql::empty().bind(Value::Time(now)), &Which::One(order))
}

/// Ends what no longer holds and writes what does, where the two differ. What began in this very moment, or in a later one of another clock, is taken
/// back: so each moment has one state, and no two of one order overlap.
pub fn keep(tx: &mut AnyConnection, part: &Part, which: &Which, now: UtcTime) -> Result<(), Problem> {
    let table = part.table;
    let gone = |end: &str| {
        let open = Sql::new(format!(" where valid_to is null and valid_from {end} ")).bind(Value::Time(now)).text(" and order_id").then(which.sql());
        open.text(" and not exists (select 1 from (").then(part.today(which)).text(format!(") s where {})", part.same("s", table)))
    };
    let ended = Sql::new(format!("update {table} set valid_to = ")).bind(Value::Time(now)).then(gone("<")).run(tx)?;
    // An order has one state at a time: where that was ended, none began later.
    if !(ended == 1 && table == ORDERS && matches!(which, Which::One(_))) {
        Sql::new(format!("delete from {table}")).then(gone(">=")).run(tx)?;
    }
    let since = Sql::new(format!("coalesce((select max(p.valid_to) from {table} p where p.order_id = s.order_id and p.valid_to > "))
        .bind(Value::Time(now))
        .text("), ")
        .bind(Value::Time(now))
        .text(")");
    let known = format!(" where not exists (select 1 from {table} f where f.valid_to is null and {})", part.same("f", "s"));
    part.insert(since, which).text(known).run(tx)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Tag {
    #[diesel(sql_type = SqlId)]
    order_id: Id,
    #[diesel(sql_type = SqlTime)]
    valid_from: UtcTime,
    #[diesel(sql_type = SqlTime)]
    valid_to: UtcTime,
    #[diesel(sql_type = Text)]
    tag: String,
}

/// Puts other words in the place of tags that orders no longer have; those that they have are for people to change.
pub fn reword(tx: &mut AnyConnection, orders: &[Id], other: &dyn Fn(&str) -> Option<String>) -> Result<(), Problem> {
    let ids = orders.iter().map(|id| Value::Id(*id));
    let ended = Sql::new("select order_id, valid_from, valid_to, tag from order_fact_tags where valid_to is not null and order_id in (").list(ids).text(")");
    if orders.is_empty() {
        return Ok(());
    }
    for row in ended.load::<Tag>(tx)? {
        let Some(word) = other(&row.tag) else { continue };
        let of = |sql: &'static str, tag: &str| {
            let order = Sql::new(sql).bind(Value::Id(row.order_id)).text(" and valid_from = ").bind(Value::Time(row.valid_from));
            order.text(" and tag = ").bind(Value::Text(tag.to_owned()))
        };
        of("delete from order_fact_tags where order_id = ", &row.tag).run(tx)?;
        // Two that become one have one row.
        let new = Sql::new("insert into order_fact_tags (order_id, valid_from, valid_to, tag) select o.id, ").bind(Value::Time(row.valid_from)).text(", ");
        let new =
            new.bind(Value::Time(row.valid_to)).text(", ").bind(Value::Text(word.clone())).text(" from orders o where o.id = ").bind(Value::Id(row.order_id));
        new.text(" and not exists (").then(of("select 1 from order_fact_tags where order_id = ", &word)).text(")").run(tx)?;
    }
    Ok(())
}

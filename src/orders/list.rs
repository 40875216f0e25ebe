//! What lists of orders can be asked: their fields, each with the SQL behind it, their sorts and columns. The drilldowns of analytics speak this language.
use crate::identity::Act;
use crate::orders::dto::view::{OrderView, number_text};
use crate::orders::lifecycle::Status;
use crate::orders::service;
use crate::orders::store::{self, LineRow, Loaded, OrderRow, ShownRow};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::{Locale, Problem};
use crate::platform::search;
use crate::platform::text::terms::{Terms, Wanted};
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Defined, Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};
use crate::platform::web::values::{IntentLevel, ValueTier};
use crate::standards::custom::defined::defined;
use crate::standards::entity::Entity;

/// The status of an order.
pub const STATUS: Field = Field::column("status", Kind::Word(Status::WORDS), "orders.status", "The status.").walked();
/// Whose order it is to be.
pub const CUSTOMER: Field = Field::column("customer", Kind::Id, "orders.customer_id", "The customer, by id.").absent("orders.customer_id is null").walked();
/// A product in one of the lines.
pub const PRODUCT: Field = Field::column("product", Kind::Id, "l.product_id", "A product in one of the lines, by id; missing where a line has none.")
    .within("orders.id in (select l.order_id from order_lines l where ", ")")
    .absent("orders.id in (select l.order_id from order_lines l where l.product_id is null)")
    .several();
/// Whose it is.
pub const OWNER: Field = Field::column("owner", Kind::Id, "orders.owner_id", "The owner, by id.").walked();
/// The team it counts for.
pub const TEAM: Field = Field::column("team", Kind::Id, "orders.team_id", "The team, by id.").absent("orders.team_id is null").walked();

/// A field of the customer.
pub const fn of_customer(name: &'static str, kind: Kind, column: &'static str, about: &'static str, absent: &'static str) -> Field {
    Field::column(name, kind, column, about).within("orders.customer_id in (select cu.id from customers cu where ", ")").absent(absent)
}

/// The list of orders.
pub static ORDERS: Spec = Spec {
    entity: "orders",
    id: "orders.id",
    fields: &[
        Field::search(
            "Words in number, title, note, tags, descriptions of lines and external reference, and in the customer's name, industry, region, tags and external reference: Chinese by any part, others by their beginning; width, case and accents make no difference.",
        ),
        STATUS,
        Field::column("stage", Kind::Text, "orders.stage", "Code of the stage.").walked(),
        OWNER,
        TEAM,
        CUSTOMER,
        PRODUCT,
        Field::column("category", Kind::Text, "p.category", "Category of a product in one of the lines.")
            .within("orders.id in (select l.order_id from products p join order_lines l on l.product_id = p.id where ", ")")
            .absent("orders.id in (select l.order_id from order_lines l where l.product_id is null union all select l.order_id from products p join order_lines l on l.product_id = p.id where p.category is null)")
            .several(),
        Field::column("intent_level", Kind::Word(IntentLevel::WORDS), "orders.intent_level", "Intent level.").absent("orders.intent_level is null").walked(),
        Field::column("source", Kind::Text, "orders.source", "Code of the source.").absent("orders.source is null").walked(),
        Field::column("tags", Kind::Text, "t.tag", "A tag.")
            .within("orders.id in (select t.order_id from order_tags t where ", ")")
            .absent("not exists (select 1 from order_tags t where t.order_id = orders.id)")
            .several(),
        Field::column("broken_rule", Kind::Text, "b.rule", "Id of a rule that it broke on its way to the first review: a warning at the first submit, or what refused a submit before.")
            .within("orders.id in (select b.order_id from order_broken_rules b where ", ")")
            .absent("not exists (select 1 from order_broken_rules b where b.order_id = orders.id)")
            .several(),
        Field::column("delay", Kind::Text, "d.cause", "Side and reason of a recorded delay, such as `supply.logistics`.")
            .within("orders.id in (select d.order_id from order_delays d where ", ")")
            .absent("not exists (select 1 from order_delays d where d.order_id = orders.id)")
            .several(),
        Field::column("pushed_at", Kind::Time, "u.at", "A time at which its expected close date went to a later day, after the first submit.")
            .within("orders.id in (select u.order_id from order_pushes u where ", ")")
            .absent("not exists (select 1 from order_pushes u where u.order_id = orders.id)")
            .several(),
        Field::column("currency", Kind::Text, "orders.currency", "Code of the currency.").walked(),
        Field::column("amount", Kind::Decimal, "orders.amount", "The amount, in the order's own currency."),
        Field::column("expected_close_date", Kind::Date, "orders.expected_close_date", "Expected close date.").absent("orders.expected_close_date is null"),
        Field::column("created_at", Kind::Time, "orders.created_at", "Time of entry."),
        Field::column("updated_at", Kind::Time, "orders.updated_at", "Time of the last change."),
        Field::column("first_submitted_at", Kind::Time, "orders.first_submitted_at", "Time of the first submit.").absent("orders.first_submitted_at is null"),
        Field::column("submitted_at", Kind::Time, "orders.submitted_at", "Time of the latest submit.").absent("orders.submitted_at is null"),
        Field::column("closed_on", Kind::Date, "orders.closed_on", "Day of closing.").absent("orders.closed_on is null"),
        Field::column("closed_at", Kind::Time, "orders.closed_at", "Time of closing.").absent("orders.closed_at is null"),
        Field::column("closed_owner", Kind::Id, "orders.closed_owner_id", "The owner at closing, by id.").absent("orders.closed_owner_id is null").walked(),
        Field::column("closed_team", Kind::Id, "orders.closed_team_id", "The team at closing, by id.").absent("orders.closed_team_id is null").walked(),
        Field::column("reason", Kind::Text, "orders.reason", "Code of the reason for which it was lost or cancelled.").absent("orders.reason is null").walked(),
        of_customer(
            "customer.industry",
            Kind::Text,
            "cu.industry",
            "The customer's industry.",
            "not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.industry is not null)",
        ),
        of_customer(
            "customer.region",
            Kind::Text,
            "cu.region",
            "The customer's region.",
            "not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.region is not null)",
        ),
        of_customer(
            "customer.value_tier",
            Kind::Word(ValueTier::WORDS),
            "cu.value_tier",
            "The customer's value tier.",
            "not exists (select 1 from customers cu where cu.id = orders.customer_id and cu.value_tier is not null)",
        ),
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
    archived: Some("orders.archived_at"),
    views: true,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("number", Cell::Plain),
        Column::new("title", Cell::Text),
        Column::new("customer.id", Cell::Plain),
        Column::new("customer.name", Cell::Text),
        Column::new("owner.id", Cell::Plain),
        Column::new("owner.name", Cell::Text),
        Column::new("team.name", Cell::Text),
        Column::new("status", Cell::Plain),
        Column::new("stage", Cell::Plain),
        Column::new("currency", Cell::Plain),
        Column::new("amount", Cell::Number),
        Column::new("base_amount", Cell::Number),
        Column::new("probability", Cell::Number),
        Column::new("expected_close_date", Cell::Date),
        Column::new("valid_until", Cell::Date),
        Column::new("intent_level", Cell::Plain),
        Column::new("source", Cell::Plain),
        Column::new("note", Cell::Text),
        Column::new("tags", Cell::Text),
        Column::new("custom", Cell::Json),
        Column::new("external_ref.system", Cell::Text),
        Column::new("external_ref.id", Cell::Text),
        Column::new("lines", Cell::Json),
        Column::new("standard_version", Cell::Number),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
        Column::new("first_submitted_at", Cell::Plain),
        Column::new("submitted_at", Cell::Plain),
        Column::new("approved_at", Cell::Plain),
        Column::new("closed_at", Cell::Plain),
        Column::new("closed_on", Cell::Date),
        Column::new("reason", Cell::Plain),
        Column::new("archived_at", Cell::Plain),
    ],
};

crate::list_parameters! {
    OrderParameters of ORDERS;
}

/// The orders in whose own words, or in whose customer's name, something is found.
#[must_use]
pub fn found(wanted: &Wanted) -> Sql {
    search::found("orders.id", wanted, entries, entry)
}

fn entries(holds: Sql) -> Sql {
    let own = Sql::new("select e.record_id from search_entries e where e.record_type = 'order' and ").then(holds.clone());
    let customers =
        "select o.id from orders o join search_entries e on e.record_id = o.customer_id where e.record_type = 'customer' and e.part = 'public' and ";
    own.text(" union all ").text(customers).then(holds)
}

fn entry(holds: Sql) -> Sql {
    let own = Sql::new("e.record_id = orders.id and e.record_type = 'order' and ").then(holds.clone());
    let customer = Sql::new("e.record_id = orders.customer_id and e.record_type = 'customer' and e.part = 'public' and ").then(holds);
    Sql::any([search::entry(own), search::entry(customer)])
}

/// The orders that a caller sees.
pub struct Orders {
    pub act: Act,
    pub locale: Locale,
}

impl Listing for Orders {
    type Row = Loaded<ShownRow>;
    type View = OrderView;
    fn spec(&self) -> &'static Spec {
        &ORDERS
    }
    fn defined(&self, c: &mut AnyConnection) -> Result<Defined, Problem> {
        defined(c, &self.act.caller, Entity::Orders, "orders.id")
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(self.act.caller.sees("orders.owner_id", "orders.team_id"))
    }
    fn apart(&self) -> Vec<Sql> {
        self.act.caller.sees_apart("orders.owner_id", "orders.team_id")
    }
    fn entries(&self, holds: Sql) -> Sql {
        entries(holds)
    }
    fn entry(&self, holds: Sql) -> Sql {
        entry(holds)
    }
    fn asks_once(&self) -> bool {
        true
    }
    fn archived(&self) -> Option<fn(&Loaded<ShownRow>) -> bool> {
        Some(|order| order.row.archived_at.is_some())
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Loaded<ShownRow>>, Problem> {
        store::load_shown(c, filter, order, limit)
    }
    fn place(&self, order: &Loaded<ShownRow>, sort: &str) -> Place {
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
    fn present(&self, c: &mut AnyConnection, rows: Vec<Loaded<ShownRow>>) -> Result<Vec<OrderView>, Problem> {
        service::present(c, &self.act, rows, self.locale)
    }
}

/// An order's own texts by field.
fn texts(row: &OrderRow, lines: &[LineRow]) -> Vec<(String, String)> {
    let own = [
        ("title", row.title.clone()),
        ("note", row.note.clone()),
        ("external_ref", row.ext_id.clone()),
        ("tags", Some(row.tags.to::<Vec<String>>().join("\n"))),
    ];
    let lines = lines.iter().map(|line| ("lines/", line.description.clone()));
    own.into_iter().chain(lines).filter_map(|(field, text)| Some((field.to_owned(), text?))).collect()
}

/// An order's own words.
#[must_use]
pub fn words(row: &OrderRow, lines: &[LineRow]) -> Terms {
    words_of(&number_text(row.number), &texts(row, lines))
}

/// Puts an order's own words into the index.
pub fn index(tx: &mut AnyConnection, row: &OrderRow, lines: &[LineRow]) -> Result<(), Problem> {
    search::put(tx, "order", row.id, "own", &words(row, lines))
}

/// The statement that puts a new order's own words into the index.
pub fn first_index(tx: &AnyConnection, row: &OrderRow, lines: &[LineRow]) -> Option<Sql> {
    search::first(tx, "order", row.id, "own", &words(row, lines))
}

fn words_of(number: &str, texts: &[(String, String)]) -> Terms {
    let own = |field: &str| matches!(field, "title" | "note" | "external_ref" | "tags") || field.starts_with("lines/");
    let texts = texts.iter().filter(|(field, _)| own(field)).flat_map(|(_, text)| text.lines());
    texts.fold(Terms::default().text(Some(number)), |terms, text| terms.text(Some(text)))
}

/// Puts an order's words into the index from its texts by field, several lines of one standing each for itself; texts that are not its own are passed over.
pub fn index_texts(tx: &mut AnyConnection, order: Id, number: &str, texts: &[(String, String)]) -> Result<(), Problem> {
    search::put(tx, "order", order, "own", &words_of(number, texts))
}

/// Indexes every order.
pub fn index_all(tx: &mut AnyConnection) -> Result<(), Problem> {
    let words = |order: &Loaded| {
        let lines: Vec<LineRow> = order.lines.iter().map(|(line, _)| line.clone()).collect();
        (order.row.id, "own", words(&order.row, &lines))
    };
    search::index_all(tx, ("orders", "order"), store::load, |order| order.row.id, |_, orders| Ok(orders.iter().map(words).collect()))
}

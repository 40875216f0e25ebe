//! What the list of customers can be asked. What may be masked (contacts, preferences, note) is not among its fields, and words in it are found by
//! those alone who may read it.
use super::dto::Customer;
use super::store::{self, ContactRow, Row};
use super::view;
use crate::identity::{Act, Caller, Role};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, Id};
use crate::platform::problem::Problem;
use crate::platform::search;
use crate::platform::text::terms::Terms;
use crate::platform::web::condition::{Field, Kind};
use crate::platform::web::list::{Defined, Listing, Sort, Spec};
use crate::platform::web::page::Place;
use crate::platform::web::table::{Cell, Column};
use crate::platform::web::values::{IntentLevel, ValueTier};
use crate::standards::custom::defined::defined;
use crate::standards::entity::Entity;

/// The list of customers.
pub static CUSTOMERS: Spec = Spec {
    entity: "customers",
    id: "customers.id",
    fields: &[
        Field::search(
            "Words in name, industry, region, tags and external reference and, where the caller may read them, in contacts (phone numbers by any end), note and preferences.",
        ),
        Field::column("name", Kind::Folded, "customers.name_key", "The whole name; case, width and runs of spaces make no difference."),
        Field::column("owner", Kind::Id, "customers.owner_id", "The owner, by id.").walked(),
        Field::column("industry", Kind::Text, "customers.industry", "The industry.").absent("customers.industry is null").walked(),
        Field::column("region", Kind::Text, "customers.region", "The region.").absent("customers.region is null").walked(),
        Field::column("source", Kind::Text, "customers.source", "Code of the source.").absent("customers.source is null").walked(),
        Field::column("intent_level", Kind::Word(IntentLevel::WORDS), "customers.intent_level", "Intent level.")
            .absent("customers.intent_level is null")
            .walked(),
        Field::column("value_tier", Kind::Word(ValueTier::WORDS), "customers.value_tier", "Value tier.").absent("customers.value_tier is null").walked(),
        Field::column("tags", Kind::Text, "t.tag", "A tag.")
            .within("customers.id in (select t.customer_id from customer_tags t where ", ")")
            .absent("not exists (select 1 from customer_tags t where t.customer_id = customers.id)")
            .several(),
        Field::column("created_at", Kind::Time, "customers.created_at", "Time of entry."),
        Field::column("updated_at", Kind::Time, "customers.updated_at", "Time of the last change."),
    ],
    sorts: &[
        Sort { name: "created_at", column: "customers.created_at", nullable: false },
        Sort { name: "updated_at", column: "customers.updated_at", nullable: false },
        Sort { name: "name", column: "customers.name_key", nullable: false },
    ],
    default_sort: "-created_at",
    archived: Some("customers.archived_at"),
    views: true,
    columns: &[
        Column::new("id", Cell::Plain),
        Column::new("name", Cell::Text),
        Column::new("owner.id", Cell::Plain),
        Column::new("owner.name", Cell::Text),
        Column::new("contacts", Cell::Json),
        Column::new("industry", Cell::Text),
        Column::new("region", Cell::Text),
        Column::new("source", Cell::Plain),
        Column::new("intent_level", Cell::Plain),
        Column::new("value_tier", Cell::Plain),
        Column::new("note", Cell::Text),
        Column::new("preferences.text", Cell::Text),
        Column::new("preferences.categories", Cell::Text),
        Column::new("tags", Cell::Text),
        Column::new("custom", Cell::Json),
        Column::new("external_ref.system", Cell::Text),
        Column::new("external_ref.id", Cell::Text),
        Column::new("masked", Cell::Flag),
        Column::new("version", Cell::Number),
        Column::new("created_at", Cell::Plain),
        Column::new("updated_at", Cell::Plain),
        Column::new("archived_at", Cell::Plain),
    ],
};

crate::list_parameters! { CustomerParameters of CUSTOMERS; }

/// All customers, as a caller may see them.
pub struct Customers {
    pub act: Act,
}

impl Listing for Customers {
    type Row = Row;
    type View = Customer;
    fn spec(&self) -> &'static Spec {
        &CUSTOMERS
    }
    fn defined(&self, c: &mut AnyConnection) -> Result<Defined, Problem> {
        defined(c, &self.act.caller, Entity::Customers, "customers.id")
    }
    fn base(&self, _: &mut AnyConnection) -> Result<Sql, Problem> {
        Ok(Sql::all([]))
    }
    fn entries(&self, holds: Sql) -> Sql {
        let all = Sql::new("select e.record_id from search_entries e where e.record_type = 'customer' and ");
        let Some(open) = unmasked(&self.act.caller) else { return all.then(holds) };
        let private =
            "select e.record_id from search_entries e join customers s on s.id = e.record_id where e.record_type = 'customer' and e.part = 'private' and ";
        all.text("e.part = 'public' and ").then(holds.clone()).text(" union all ").text(private).then(open).text(" and ").then(holds)
    }
    fn entry(&self, holds: Sql) -> Sql {
        let own = || Sql::new("e.record_id = customers.id and e.record_type = 'customer' and ");
        let Some(open) = unmasked(&self.act.caller) else { return search::entry(own().then(holds)) };
        let private = own().text("e.part = 'private' and exists (select 1 from customers s where s.id = e.record_id and ").then(open).text(") and ");
        Sql::any([search::entry(own().text("e.part = 'public' and ").then(holds.clone())), search::entry(private.then(holds))])
    }
    fn count(&self, c: &mut AnyConnection, filter: Sql) -> Result<i64, Problem> {
        store::count(c, filter)
    }
    fn rows(&self, c: &mut AnyConnection, filter: Sql, order: Sql, limit: i64) -> Result<Vec<Row>, Problem> {
        store::list(c, filter, order, limit)
    }
    fn place(&self, row: &Row, sort: &str) -> Place {
        let value = match sort {
            "name" => Value::Text(row.name_key.clone()),
            "updated_at" => Value::Time(row.updated_at),
            _ => Value::Time(row.created_at),
        };
        Place { value: Some(value), id: row.id }
    }
    fn present(&self, c: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<Customer>, Problem> {
        view::present(c, &self.act, rows)
    }
}

/// The condition under which the customer `s` is not masked; none where nothing is. The decision of `rights::decide_customer`, for many at once.
fn unmasked(caller: &Caller) -> Option<Sql> {
    if caller.role != Role::Rep {
        return None;
    }
    let user = Value::Id(caller.user?);
    let teams: Vec<Id> = caller.team.into_iter().chain(caller.leads.iter().copied()).collect();
    let shared =
        (!teams.is_empty()).then(|| Sql::new("s.owner_id in (select u.id from users u where u.team_id in (").list(teams.into_iter().map(Value::Id)).text("))"));
    let ordered =
        Sql::new("exists (select 1 from orders o where o.customer_id = s.id and o.archived_at is null and o.owner_id = ").bind(user.clone()).text(")");
    Some(Sql::any([Sql::new("s.owner_id = ").bind(user), ordered].into_iter().chain(shared)))
}

/// Puts the words of a customer into the index: what everybody reads, and what is for some.
pub fn index(tx: &mut AnyConnection, row: &Row, contacts: &[ContactRow]) -> Result<(), Problem> {
    words(row, contacts).iter().try_for_each(|(part, terms)| search::put(tx, "customer", row.id, part, terms))
}

/// The words of a customer by part: what everybody reads, and what is for some.
#[must_use]
pub fn words(row: &Row, contacts: &[ContactRow]) -> [(&'static str, Terms); 2] {
    let tags: Vec<String> = row.tags.to();
    let public = [Some(&row.name), row.industry.as_ref(), row.region.as_ref(), row.ext_id.as_ref()];
    let public = public.into_iter().chain(tags.iter().map(Some)).fold(Terms::default(), |terms, text| terms.text(text.map(String::as_str)));
    let preferences: super::dto::Preferences = row.preferences.to();
    let private = Terms::default().text(row.note.as_deref()).text(preferences.text.as_deref());
    let private = preferences.categories.iter().fold(private, |terms, category| terms.text(Some(category)));
    let private = contacts.iter().fold(private, |terms, contact| {
        terms.text(Some(&contact.name)).text(contact.title.as_deref()).text(contact.email.as_deref()).phone(contact.phone.as_deref())
    });
    [("public", public), ("private", private)]
}

/// Indexes every customer.
pub fn index_all(tx: &mut AnyConnection) -> Result<(), Problem> {
    let words = |tx: &mut AnyConnection, rows: &[Row]| {
        let mut contacts = store::contacts(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
        let of = |row: &Row| words(row, &contacts.remove(&row.id).unwrap_or_default()).map(|(part, terms)| (row.id, part, terms));
        Ok(rows.iter().flat_map(of).collect())
    };
    search::index_all(tx, ("customers", "customer"), store::list, |row| row.id, words)
}

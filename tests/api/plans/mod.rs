//! How the databases run what lists ask: every list, sort and filter of the document, asked over HTTP on filled tables, and each statement that this
//! runs explained. Nothing may read a table from one end to the other or sort a large part of it for one page, but for what is excepted with its reason.
mod analyses;
mod exceptions;
mod explain;
mod recorder;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection as _;
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, connection};
use intent_orders::{facts, standards};
use serde_json::Value;

use crate::harness::{BEGIN, TestApp, User};
use exceptions::{EXCEPTIONS, Exception};
use explain::{Fault, explain};
use rows::{Of, id};

/// A database and what it knows of its tables: a SQLite file that was never analysed, as most are, one that was, PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum On {
    Bare,
    Analysed,
    Postgres,
}

/// The parameters that are no filters.
const NO_FILTERS: &[&str] = &["id", "filter", "tz", "view", "sort", "limit", "cursor", "after", "include_total", "include_archived", "columns", "raw", "bom"];

/// A typical question for each filter: its parameters, by operation where they differ.
fn question(operation: &str, field: &str) -> Vec<String> {
    let ranges = |name: &str, low: &str, high: &str| vec![format!("{name}[gte]={high}"), format!("{name}[lt]={low}"), format!("{name}[between]={low},{low}")];
    let one = |value: &str| vec![format!("{field}={value}")];
    let or_none = |value: &str| vec![format!("{field}={value}"), format!("{field}[null]=true")];
    match (operation, field) {
        ("orders_list", "q") => vec!["q=77".into(), "q=order77 77".into(), "q=%E4%B8%BA".into(), "q=customer77".into()],
        (_, "q") => vec!["q=77".into(), "q=product77 77".into(), "q=customer77 77".into(), "q=%E4%B8%BA".into()],
        ("views_list", "owner") => one(&id(Of::User, 7)),
        (_, "owner" | "lead") => one(&id(Of::User, 8)),
        ("users_list", "team") => one(&id(Of::Team, 8)),
        (_, "team" | "closed_team") => or_none(&id(Of::Team, 8)),
        (_, "closed_owner") => or_none(&id(Of::User, 8)),
        (_, "customer") => or_none(&id(Of::Customer, 18)),
        (_, "product") => or_none(&id(Of::Product, 32)),
        ("products_list", "category") => one("Category 7"),
        (_, "category") => or_none("Category 7"),
        (_, "status") => [one("in_review"), one("in_review,pending")].concat(),
        (_, "stage") => one("contract"),
        ("orders_list", "intent_level") => or_none("high"),
        (_, "intent_level") => one("high"),
        ("orders_list", "source") => or_none("source_7"),
        (_, "source") => one("source_7"),
        ("orders_list", "tags") => or_none("t7"),
        (_, "tags") => one("t7"),
        (_, "broken_rule") => or_none("rule_7"),
        (_, "delay") => or_none("supply.reason_7"),
        (_, "pushed_at") => [ranges(field, "2026-10-31T09:00:00Z", "2026-11-23T07:00:00Z"), vec![format!("{field}[null]=true")]].concat(),
        ("orders_delays", "side") => one("supply"),
        (_, "currency") => one("USD"),
        (_, "amount") => ranges(field, "20", "19900"),
        (_, "list_price") => ranges(field, "20", "1990"),
        (_, "expected_close_date" | "closed_on") => [ranges(field, "2025-01-03", "2026-11-25"), vec![format!("{field}[null]=true")]].concat(),
        (_, "first_submitted_at" | "submitted_at" | "closed_at") => {
            [ranges(field, "2026-10-31T09:00:00Z", "2026-11-23T07:00:00Z"), vec![format!("{field}[null]=true")]].concat()
        }
        ("customers_list", "created_at" | "updated_at") => ranges(field, "2026-11-20T00:00:00Z", "2026-11-23T07:00:00Z"),
        ("products_list", "created_at") => ranges(field, "2026-11-21T01:00:00Z", "2026-11-23T07:00:00Z"),
        (_, "created_at" | "updated_at") => ranges(field, "2026-10-31T09:00:00Z", "2026-11-23T07:00:00Z"),
        ("standards_versions", "published_at") => ranges(field, "2026-11-21T01:00:00Z", "2026-11-23T07:00:00Z"),
        ("standards_versions", "published_by") => or_none(&id(Of::User, 8)),
        ("orders_follow_ups", "at") => ranges(field, "2026-11-01T00:00:00Z", "2026-11-23T07:00:00Z"),
        ("orders_delays", "reason") => one("reason_3"),
        (_, "reason") => or_none("reason_3"),
        ("settings_list_exchange_rates", "date") => ranges(field, "2025-01-06", "2025-07-15"),
        ("orders_list", "customer.industry") => one("Industry 7"),
        ("orders_list", "customer.region") => one("Region 7"),
        ("orders_list", "customer.value_tier") => one("key"),
        (_, "industry") => one("Industry 7"),
        (_, "region") => one("Region 7"),
        (_, "value_tier") => one("key"),
        (_, "name") => one("customer 7"),
        (_, "sku") => one("p-7"),
        ("reviews_list", "scope") => one("all"),
        ("reviews_list", "policy") => or_none("large"),
        ("reviews_list", "due_at") => [ranges(field, "2026-11-20T00:00:00Z", "2026-11-23T07:00:00Z"), vec![format!("{field}[null]=true")]].concat(),
        ("reviews_list", "claimed_by") => or_none(&id(Of::User, 8)),
        (_, "role") => one("reviewer"),
        (_, "active") => one("false"),
        ("views_list", "entity") => one("products"),
        ("views_list", "sharing") => one("organisation"),
        ("events_list", "type") => vec!["type=customer.*".into(), "type=order.updated".into()],
        ("events_list", "record_type") => one("customer"),
        ("events_list", "record") => vec![format!("record={}", id(Of::Order, 500))],
        _ => panic!("{operation} has a filter {field} that this test knows no question for"),
    }
}

/// Typical questions about fields that the company defines: one of each type, of orders, for all lists ask in the same way.
fn of_custom_fields() -> Vec<String> {
    let one = |field: &str, value: &str| vec![format!("custom.{field}={value}")];
    let mut all = [one("site", "site%207"), one("approved", "true"), one("sponsor", &id(Of::User, 8))].concat();
    for (field, low, high) in [("budget", "20", "19900"), ("needed_by", "2025-01-03", "2026-11-25")] {
        all.extend([format!("custom.{field}[gte]={high}"), format!("custom.{field}[lt]={low}"), format!("custom.{field}[between]={low},{low}")]);
    }
    all.push("custom.site[null]=true".into());
    all
}

/// Whose record a list hangs on.
fn record(operation: &str) -> String {
    match operation.split('_').next().unwrap() {
        "customers" => id(Of::Customer, 1),
        "products" => id(Of::Product, 1),
        "users" => id(Of::User, 1),
        "teams" => id(Of::Team, 1),
        _ => id(Of::Order, 500),
    }
}

/// What is found: operation, question, by whom and fault, with the first plan that has it.
type Found = BTreeMap<(String, String, String, Fault), String>;

struct Asking<'a> {
    app: &'a TestApp,
    address: String,
    conn: AnyConnection,
    on: On,
    seen: BTreeSet<String>,
    found: Found,
}

impl Asking<'_> {
    /// Asks, explains what was run for it, and answers where the list goes on.
    fn ask(&mut self, user: &User, path: &str, query: &str, (operation, asked): (&str, &str), walk: bool) -> Option<String> {
        recorder::take(&self.address);
        let answer = self.app.as_(user).get(&format!("{path}?{query}"));
        if answer.status == 403 {
            return None;
        }
        let answer = answer.expect(200);
        let statements = recorder::take(&self.address);
        assert!(statements.iter().any(|sql| sql.to_ascii_lowercase().contains(" limit ")), "{path}?{query}: no statement was heard");
        for sql in statements.iter().filter(|sql| sql.trim_start().to_ascii_lowercase().starts_with("select")) {
            let own = ["api_keys", "exchange_rates"].into_iter().find(|table| operation.contains(table)).unwrap_or(operation.split('_').next().unwrap());
            // For no rows nothing is read; and the runner of jobs, which is heard where it began after the other database's test, asks no list.
            if sql.contains("(1=0)")
                || sql.contains("jobs`.`lease_until")
                || sql.contains("\"jobs\".\"lease_until")
                || !self.seen.insert(format!("{walk}{operation}{asked}{}{sql}", user.name))
            {
                continue;
            }
            let plan = explain(&mut self.conn, sql, own, walk, self.on == On::Analysed);
            for fault in plan.faults {
                self.found.entry((operation.into(), asked.into(), user.name.clone(), fault)).or_insert_with(|| format!("{path}?{query}\n{sql}\n{}", plan.text));
            }
        }
        answer.body["page"]["next_cursor"].as_str().map(str::to_owned)
    }

    fn list(&mut self, path: &str, operation: &Value) {
        let name = operation["operationId"].as_str().unwrap();
        let path = path.replace("{id}", &record(name)).replace("{entity}", "products");
        let parameters = operation["parameters"].as_array().unwrap();
        let cast = self.app.cast;
        for user in [&cast.admin, &cast.rep] {
            let sorts = parameters.iter().find(|p| p["name"] == "sort").map(|p| p["schema"]["enum"].as_array().unwrap().clone()).unwrap_or_default();
            for sort in sorts.iter().map(|sort| sort.as_str().unwrap()) {
                let asked = ("sort=".to_owned() + sort.trim_start_matches('-'), format!("sort={sort}&limit=20"));
                let next = self.ask(user, &path, &asked.1, (name, &asked.0), true);
                let next = next.and_then(|next| self.ask(user, &path, &format!("{}&cursor={next}", asked.1), (name, &asked.0), true));
                next.and_then(|next| self.ask(user, &path, &format!("{}&cursor={next}", asked.1), (name, &asked.0), true));
                // A place among those without a value.
                if let Some(nullable) = Some(asked.0.trim_start_matches("sort=")).filter(|name| *name == "expected_close_date") {
                    let asked = (asked.0.clone(), format!("{}&{nullable}[null]=true", asked.1));
                    if let Some(next) = self.ask(user, &path, &asked.1, (name, &asked.0), true) {
                        self.ask(user, &path, &format!("{}&cursor={next}", asked.1), (name, &asked.0), true);
                    }
                }
            }
            let own = parameters.iter().filter(|p| p["in"] == "query").map(|p| p["name"].as_str().unwrap()).filter(|name| !NO_FILTERS.contains(name));
            let own = own.map(|field| question(name, field));
            let custom = (name == "orders_list").then(of_custom_fields);
            for queries in own.chain(custom) {
                for query in queries {
                    let asked = query.split(['=', '[']).next().unwrap().to_owned() + if query.ends_with("[null]=true") { "[null]" } else { "" };
                    let query = format!("{query}&limit=5");
                    if let Some(next) = self.ask(user, &path, &query, (name, &asked), false) {
                        let cursor = if name == "events_list" { "after" } else { "cursor" };
                        self.ask(user, &path, &format!("{query}&{cursor}={next}"), (name, &asked), false);
                    }
                }
            }
        }
    }
}

fn document() -> Value {
    serde_json::from_str(&std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/openapi.json")).unwrap()).unwrap()
}

/// Words that almost all records have are looked for in another way than rare ones: they must find the same.
fn common_words_find_what_rare_ones_do(app: &TestApp) {
    let total = |user: &User, list: &str, q: &str| {
        app.as_(user).get(&format!("/api/v1/{list}?limit=3&include_total=true&q={q}")).expect(200).body["page"]["total"].as_i64()
    };
    let ids = |user: &User, list: &str, q: &str| {
        let found = app.as_(user).get(&format!("/api/v1/{list}?limit=200&q={q}")).expect(200).body;
        found["data"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let admin = &app.cast.admin;
    for (list, word, all) in [("orders", "order", rows::ORDERS), ("customers", "customer", rows::CUSTOMERS)] {
        for q in [word, "上海", "上", &format!("{word} 上海"), &format!("上 {word}")] {
            assert_eq!(total(admin, list, q), Some(i64::try_from(all).unwrap()), "{list} {q}");
        }
        for user in [admin, &app.cast.rep] {
            let rare = ids(user, list, "1977");
            assert!(user.name == "rep" || !rare.is_empty());
            for q in [format!("{word} 1977"), "1977 上海".to_owned(), format!("1977 海 {word}")] {
                assert_eq!(ids(user, list, &q), rare, "{list} {q} {}", user.name);
            }
            assert_eq!(total(user, list, "海上"), Some(0));
        }
    }
    assert_eq!(total(&app.cast.rep, "customers", "customer"), total(admin, "customers", "customer"));
    assert_eq!(ids(&app.cast.rep, "orders", "order"), ids(&app.cast.rep, "orders", "%E4%B8%8A"), "all words of all that a rep sees");
}

/// Listens to what a program asks its database: its address, and a connection to have that explained.
fn listen(app: &TestApp) -> (String, AnyConnection) {
    let url = &app.state.config.database_url;
    let address = match url {
        DatabaseUrl::Sqlite(path) => path.to_string_lossy().into_owned(),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut conn = connection::open(url).unwrap();
    // As on the solid-state disks that servers have: with PostgreSQL's default for turning disks, tables of this size are as soon read whole.
    if let AnyConnection::Postgres(c) = &mut conn {
        c.batch_execute("set random_page_cost = 1.1").unwrap();
    }
    recorder::listen(&address);
    (address, conn)
}

/// Answers what is wrong, one text a fault.
fn check(app: &TestApp, on: On) -> Vec<String> {
    let (address, conn) = listen(app);
    let app = app.beside(|config| config.pool = 1);
    let mut asking = Asking { app: &app, address, conn, on, seen: BTreeSet::new(), found: Found::new() };
    let document = document();
    let lists = document["paths"].as_object().unwrap().iter().filter_map(|(path, operations)| {
        let operation = &operations["get"];
        // What it lists is checked record by record, by their ids, until a page is full: no question of SQL says which they are.
        if path.ends_with("/compliance/records") {
            return None;
        }
        let goes_on = |p: &Value| p["in"] == "query" && (p["name"] == "cursor" || p["name"] == "after");
        operation["parameters"].as_array().is_some_and(|all| all.iter().any(goes_on)).then_some((path, operation))
    });
    let mut count = 0;
    for (path, operation) in lists {
        asking.list(path, operation);
        count += 1;
    }
    assert!(count >= 14, "{count} lists");
    let mut unneeded: BTreeSet<(usize, &str)> =
        EXCEPTIONS.iter().enumerate().filter(|(_, e)| e.on.contains(&on)).flat_map(|(i, e)| e.asked.iter().map(move |asked| (i, *asked))).collect();
    let mut wrong = Vec::new();
    for ((operation, asked, who, fault), plan) in &asking.found {
        let fits = |e: &Exception| {
            e.list == operation && e.asked.contains(&asked.as_str()) && e.who.contains(&who.as_str()) && e.on.contains(&on) && e.fault == *fault
        };
        match EXCEPTIONS.iter().position(fits) {
            Some(i) => drop(unneeded.remove(&(i, asked.as_str()))),
            None => wrong.push(format!("on {on:?}: {operation} {asked} {who} {fault:?} {plan}")),
        }
    }
    wrong.extend(unneeded.into_iter().map(|(i, asked)| format!("on {on:?}: {asked} is excepted in vain: {:?}", EXCEPTIONS[i])));
    wrong
}

both! {
    fn every_analysis_reads_what_it_must(app: &TestApp) {
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        rows::fill(&mut conn);
        let choices = standards::service::current(&mut conn, "orders").unwrap().choices();
        facts::keep_all(&mut conn, choices, BEGIN).unwrap();
        let postgres = matches!(conn, AnyConnection::Postgres(_));
        let mut wrong = if postgres { Vec::new() } else { analyses::check(app, On::Bare) };
        rows::analyse(&mut conn);
        wrong.extend(analyses::check(app, if postgres { On::Postgres } else { On::Analysed }));
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }

    fn every_list_filter_and_sort_is_read_by_an_index(app: &TestApp) {
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        crate::custom::every_type(app);
        rows::fill(&mut conn);
        let choices = standards::service::current(&mut conn, "orders").unwrap().choices();
        facts::keep_all(&mut conn, choices, BEGIN).unwrap();
        let postgres = matches!(conn, AnyConnection::Postgres(_));
        let mut wrong = if postgres { Vec::new() } else { check(app, On::Bare) };
        rows::analyse(&mut conn);
        wrong.extend(check(app, if postgres { On::Postgres } else { On::Analysed }));
        common_words_find_what_rare_ones_do(app);
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}

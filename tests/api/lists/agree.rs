//! One condition, one answer: list, walk, table, saved view and analysis say the same of a hundred conditions made at random, both databases say it,
//! and so does their meaning told a second time.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::meaning::Meaning;
use super::random::{Random, condition};
use super::{csv_rows, encoded, reference, total, walk, world};
use crate::harness::{Client, Kind, TestApp};

const CONDITIONS: usize = 100;
/// Groupings in which an order has one value.
const SINGLE: [&str; 13] = [
    "custom.grade",
    "custom.grade,month",
    "source",
    "owner",
    "team",
    "month",
    "industry",
    "intent_level",
    "region",
    "value_tier",
    "quarter",
    "year",
    "owner,source",
];
const CLOSED: &str = "won,lost,cancelled,expired";

/// A condition's answers over HTTP, and what is asked about them.
struct Case<'a> {
    client: &'a Client<'a>,
    /// As it stands in an address.
    filter: String,
    told: String,
    orders: Vec<Value>,
}

impl Case<'_> {
    /// The rows of an analysis.
    fn analysis(&self, of: &str, query: &str) -> Vec<Value> {
        self.client.get(&format!("/api/v1/analytics/{of}?filter={}{query}", self.filter)).expect(200).body["data"].as_array().unwrap().clone()
    }
    /// Each row lists as many orders as it counts; answers how many there are in all rows.
    fn counted(&self, query: &str) -> i64 {
        let rows = self.analysis("conversion", query);
        for row in &rows {
            assert_eq!(total(self.client, row["drilldown"].as_str().unwrap()), row["orders"].as_i64().unwrap(), "{query} {row} {}", self.told);
        }
        rows.iter().map(|row| row["orders"].as_i64().unwrap()).sum()
    }
    /// The orders that a condition narrows these to.
    fn narrowed(&self, query: &str) -> i64 {
        total(self.client, &format!("/api/v1/orders?filter={}{query}", self.filter))
    }

    /// List, walk, table and saved view.
    fn is_one_list(&self) {
        let all = self.orders.len() as i64;
        assert_eq!(self.narrowed(""), all, "{}", self.told);
        let table = self.client.with("accept", "text/csv").get(&format!("/api/v1/orders?columns=external_ref.id&filter={}", self.filter)).expect(200);
        let rows: Vec<String> = csv_rows(&table).into_iter().skip(1).map(|row| row[0].clone()).collect();
        assert_eq!(rows, self.orders.iter().map(reference).collect::<Vec<_>>(), "{}", self.told);
    }
    fn is_a_view(&self, condition: &Value) {
        let view = self.client.post("/api/v1/views", json!({"entity": "orders", "name": "As asked", "condition": condition})).expect(201);
        assert_eq!(total(self.client, &format!("/api/v1/orders?view={}", view.id())), self.orders.len() as i64, "{}", self.told);
        let analysis = |of: &str| self.client.get(&format!("/api/v1/analytics/conversion?{of}")).expect(200).body["data"].clone();
        let (saved, asked) = (analysis(&format!("view={}", view.id())), analysis(&format!("filter={}", self.filter)));
        assert_eq!(saved, asked, "{}", self.told);
        self.client.delete(&format!("/api/v1/views/{}", view.id()), "*").expect(204);
    }

    /// By product or category an order may stand in several rows: together they list the same orders, and their lines are worth what the orders are.
    fn is_whole_by(&self, dimension: &str) {
        let mut listed = BTreeSet::new();
        for row in self.analysis("conversion", &format!("&group_by={dimension}")) {
            let table = self.client.with("accept", "text/csv").get(&format!("{}&columns=external_ref.id", row["drilldown"].as_str().unwrap())).expect(200);
            let rows: BTreeSet<String> = csv_rows(&table).into_iter().skip(1).map(|row| row[0].clone()).collect();
            assert_eq!(rows.len() as i64, row["orders"].as_i64().unwrap(), "{row} {}", self.told);
            listed.extend(rows);
        }
        let closed: BTreeSet<String> = self.orders.iter().filter(|order| CLOSED.contains(order["status"].as_str().unwrap())).map(reference).collect();
        assert_eq!(listed, closed, "{dimension} {}", self.told);
        let mut worth: BTreeMap<String, i64> = BTreeMap::new();
        for row in self.analysis("revenue", &format!("&group_by={dimension}")) {
            *worth.entry(row["currency"].as_str().unwrap().to_owned()).or_default() += hundredths(&row["won_amount"]);
        }
        let mut owed: BTreeMap<String, i64> = BTreeMap::new();
        for order in self.orders.iter().filter(|order| order["status"] == "won") {
            *owed.entry(order["currency"].as_str().unwrap().to_owned()).or_default() += hundredths(&order["amount"]);
        }
        assert_eq!(worth, owed, "{dimension} {}", self.told);
    }
}

/// An amount in hundredths.
fn hundredths(amount: &Value) -> i64 {
    let (whole, part) = amount.as_str().unwrap().split_once('.').unwrap_or((amount.as_str().unwrap(), "00"));
    whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap()
}

/// Asks everything of one database; answers what each condition found.
fn asked(app: &TestApp) -> Vec<Vec<String>> {
    let world = world::build(app, 150, 7);
    let meaning = Meaning { world: &world, now: app.state.clock.now() };
    let admin = app.as_(&app.cast.admin);
    let mut random = Random::new(20_261_123);
    let mut all = Vec::new();
    for n in 0..CONDITIONS {
        let named = condition(&mut random, 4);
        let condition = meaning.named(&named);
        let filter = encoded(&condition.to_string());
        let case = Case { client: &admin, orders: walk(&admin, &format!("sort=number&filter={filter}"), 60), filter, told: named.to_string() };
        let found: Vec<String> = case.orders.iter().map(reference).collect();
        let meant: Vec<String> = world.orders.iter().filter(|order| meaning.holds(order, &condition)).map(reference).collect();
        assert_eq!(found, meant, "{named}");
        // The table keeps the default sort.
        let default = Case { orders: walk(&admin, &format!("filter={}", case.filter), 200), filter: case.filter.clone(), told: case.told.clone(), ..case };
        default.is_one_list();
        if n % 2 == 0 {
            default.is_a_view(&condition);
        }
        let (one, other) = (SINGLE[n % SINGLE.len()], SINGLE[(n * 3 + 1) % SINGLE.len()]);
        assert_eq!(default.counted(&format!("&group_by={one}")), default.narrowed(&format!("&status={CLOSED}")), "{one} {named}");
        assert_eq!(default.counted(&format!("&basis=created&group_by={other}")), default.narrowed("&first_submitted_at[null]=false"), "{other} {named}");
        default.is_whole_by(if n % 2 == 0 { "product" } else { "category" });
        // Reps see what is theirs, and their colleagues' together; a condition that names a colleague is not theirs to ask an analysis.
        if !default.told.contains("owner") {
            let user = [&app.cast.rep, &app.cast.lead, &app.cast.stranger, &app.cast.reviewing_lead][n % 4];
            let own = Case { client: &app.as_(user), orders: Vec::new(), filter: default.filter.clone(), told: format!("{} for {}", default.told, user.name) };
            assert_eq!(own.counted("&group_by=owner"), own.narrowed(&format!("&status={CLOSED}")), "{}", own.told);
            assert_eq!(own.counted("&group_by=owner&basis=created"), own.narrowed("&first_submitted_at[null]=false"), "{}", own.told);
        }
        all.push(found);
    }
    // Texts have one order, and missing ones come last.
    for sort in ["title", "-title"] {
        let orders = walk(&admin, &format!("sort={sort}"), 40);
        all.push(orders.iter().map(|order| order["title"].to_string()).collect());
        assert!(orders.iter().skip_while(|order| !order["title"].is_null()).all(|order| order["title"].is_null()), "{sort}");
    }
    // Conditions that all or none meet would prove little.
    let telling = all[..CONDITIONS].iter().filter(|found| (1..world.orders.len()).contains(&found.len())).count();
    assert!(telling > CONDITIONS / 2, "{telling}");
    all
}

#[test]
fn a_condition_means_the_same_wherever_it_is_asked() {
    let answers: Vec<_> = std::thread::scope(|scope| {
        let runs = [Kind::Sqlite, Kind::Postgres].map(|kind| scope.spawn(move || TestApp::on(kind).map(|app| asked(&app))));
        runs.into_iter().filter_map(|run| run.join().unwrap()).collect()
    });
    if let [one, other] = &answers[..] {
        assert_eq!(one, other);
    }
}

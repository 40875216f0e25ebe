//! What orders were, in recorded time: every change leaves the state before it with its end, and what says nothing new leaves nothing. That the facts say what
//! the orders say is looked at behind every test.
mod packs;
mod past;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use intent_orders::facts::{self, drift};
use intent_orders::platform::db::{AnyConnection, connection};
use serde_json::json;

use crate::custom::{enter, every_type};
use crate::harness::TestApp;
use crate::orders::{act, entered, imported, stock};

#[derive(Debug, QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

fn count(app: &TestApp, table: &str) -> i64 {
    let sql = format!("select count(*) as n from {table}");
    app.state.db.read_here(|c| Ok(diesel::sql_query(&sql).get_result::<Count>(c)?.n)).unwrap()
}

/// The values of a column in the order in which they began.
fn words(app: &TestApp, column: &str, table: &str) -> Vec<String> {
    let sql =
        format!("select coalesce({column}, '-') || case when valid_to is null then '' else ' until' end as word from {table} order by valid_from, {column}");
    let rows: Vec<Word> = app.state.db.read_here(|c| Ok(diesel::sql_query(&sql).load(c)?)).unwrap();
    rows.into_iter().map(|row| row.word).collect()
}

both! {
    fn each_state_has_its_time_and_what_is_the_same_adds_nothing(app: &TestApp) {
        let customer = stock(app);
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let order = entered(app, &customer);
        let path = format!("/api/v1/orders/{}", order.id());
        assert_eq!((count(app, "order_facts"), count(app, "order_fact_lines")), (1, 2));
        // Of two states in one moment the later stands.
        rep.patch(&path, json!({"intent_level": "low", "tags": ["one", "two"]}), "*").expect(200);
        assert_eq!(words(app, "intent_level", "order_facts"), ["low"]);
        app.advance(10);
        // A title is nothing that is counted by, and a note neither.
        rep.patch(&path, json!({"title": "Another title", "note": "a note"}), "*").expect(200);
        assert_eq!(count(app, "order_facts"), 1);
        rep.patch(&path, json!({"tags": ["two", "three"], "lines": [{"product": "MG", "quantity": 4}, {"product": "MG", "quantity": 1}]}), "*").expect(200);
        assert_eq!(words(app, "tag", "order_fact_tags"), ["one until", "two", "three"]);
        assert_eq!(words(app, "category", "order_fact_lines"), ["GTX until", "MG until", "MG"], "the lines of a product are one");
        // What they come to stands beside the order itself.
        let drifted = || drift(&mut connection::open(&app.state.config.database_url).unwrap(), Vec::new(), 9).unwrap();
        assert_eq!(drifted(), []);
        app.advance(10);
        act(app, &app.cast.rep, order.id(), "submit", json!({})).expect(200);
        assert_eq!(words(app, "status", "order_facts"), ["draft until", "draft until", "in_review"]);
        // What it is counted by of others.
        app.advance(10);
        rep.patch(&format!("/api/v1/customers/{customer}"), json!({"industry": "energy", "note": "x"}), "*").expect(200);
        assert_eq!(words(app, "industry", "order_facts").last().unwrap(), "energy");
        rep.patch(&format!("/api/v1/customers/{customer}"), json!({"note": "y"}), "*").expect(200);
        assert_eq!(count(app, "order_facts"), 4);
        let product = admin.get("/api/v1/products?sku=MG").expect(200).body["data"][0]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/products/{product}"), json!({"category": "new"}), "*").expect(200);
        assert_eq!(words(app, "category", "order_fact_lines").last().unwrap(), "new");
        admin.patch(&format!("/api/v1/users/{}", app.cast.rep.id), json!({"team_id": app.cast.team_b}), "*").expect(200);
        assert_eq!(count(app, "order_facts"), 4, "in the moment of the customer's change");
        assert_eq!(drifted(), []);
    }

    fn custom_choices_and_flags_are_kept_and_no_free_text(app: &TestApp) {
        every_type(app);
        let customer = stock(app);
        let order = enter(app, &app.cast.rep, &customer, json!({"tier": "gold", "approved": true, "site": "Somebody's name", "channels": ["web"]}));
        app.advance(5);
        let path = format!("/api/v1/orders/{}", order.id());
        app.as_(&app.cast.rep).patch(&path, json!({"custom": {"tier": "silver", "site": "Another name"}}), "*").expect(200);
        assert_eq!(words(app, "value", "order_fact_values"), ["gold until", "true", "silver"]);
    }

    fn what_is_there_already_is_known_from_the_migration_on(app: &TestApp) {
        every_type(app);
        let customer = stock(app);
        enter(app, &app.cast.rep, &customer, json!({"tier": "gold", "approved": false, "site": "A site"}));
        imported(app, &app.cast.rep, "won", json!({"tags": ["a", "b"]}));
        let tables = ["order_facts", "order_fact_lines", "order_fact_tags", "order_fact_values"];
        let before = tables.map(|table| count(app, table));
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        let kind = if matches!(conn, AnyConnection::Postgres(_)) { "postgres" } else { "sqlite" };
        for step in [
            "28-000037_words_of_packs/down",
            "28-000036_open_orders_in_packs/down",
            "28-000035_packs_in_a_file/down",
            "28-000034_lines/down",
            "27-000033_packs/down",
            "25-000014_order_facts/down",
            "25-000014_order_facts/up",
            "27-000027_product_shares/up",
            "27-000028_facts_of_today/up",
            "27-000031_closed_orders/up",
            "27-000033_packs/up",
            "28-000034_lines/up",
            "28-000035_packs_in_a_file/up",
            "28-000036_open_orders_in_packs/up",
            "28-000037_words_of_packs/up",
        ] {
            let file = format!("{}/migrations/{kind}/2026-11-{step}.sql", env!("CARGO_MANIFEST_DIR"));
            conn.batch_execute(&std::fs::read_to_string(file).unwrap()).unwrap();
        }
        assert_eq!(tables.map(|table| count(app, table)), before);
        // What the planner knows of both parts of the facts together it is told once a day.
        if kind == "postgres" {
            let known = || words(app, "attname", "(select attname::text, null as valid_to, 0 as valid_from from pg_stats where tablename = 'order_facts') s");
            assert_eq!(known(), [""; 0]);
            (facts::CHORE.run)(&app.state).unwrap();
            assert!(known().contains(&"status".to_owned()), "{:?}", known());
        }
        assert_eq!(drift(&mut conn, vec!["tier".to_owned()], 9).unwrap(), []);
    }
}

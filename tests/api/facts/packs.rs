//! Closed orders in packs: what is answered is the same whether an order stands in one, has left it or stands in none.
use diesel::connection::SimpleConnection;
use intent_orders::facts::packs::{self, Pack};
use intent_orders::facts::{self, drift};
use intent_orders::platform::db::{AnyConnection, connection};
use serde_json::{Value, json};

use super::count;
use crate::harness::TestApp;
use crate::orders::{act, imported, stock};

fn keep(app: &TestApp) -> bool {
    let now = app.state.clock.now();
    app.state.db.write_here(move |tx| packs::keep(tx, 1, 4, now)).unwrap()
}

fn packs_of(app: &TestApp) -> Vec<Pack> {
    app.state.db.read_here(|c| Ok(packs::packs(c)?)).unwrap()
}

fn won_by_industry(app: &TestApp) -> Vec<(Value, i64)> {
    let answer = app.as_(&app.cast.admin).get("/api/v1/analytics/conversion?group_by=industry").expect(200).body;
    answer["data"].as_array().unwrap().iter().map(|row| (row["group"]["industry"]["key"].clone(), row["won"].as_i64().unwrap())).collect()
}

both! {
    fn what_is_answered_is_the_same_in_packs_and_out_of_them(app: &TestApp) {
        let customer = stock(app);
        let rep = &app.cast.rep;
        let orders: Vec<String> = (0..9).map(|_| imported(app, rep, "won", json!({}))).collect();
        imported(app, rep, "lost", json!({}));
        let set = |industry: &str| {
            app.advance(10);
            app.as_(rep).patch(&format!("/api/v1/customers/{customer}"), json!({"industry": industry}), "*").expect(200);
        };
        set("energy");
        assert_eq!(won_by_industry(app), [(json!("energy"), 9)]);
        while keep(app) {}
        let sizes = |app: &TestApp| packs_of(app).iter().map(|pack| (pack.status.clone(), pack.orders)).collect::<Vec<_>>();
        let all = [("won", 4), ("won", 4), ("won", 1), ("lost", 1)].map(|(status, orders)| (status.to_owned(), orders));
        assert_eq!(sizes(app), all);
        assert_eq!(won_by_industry(app), [(json!("energy"), 9)]);
        // An order that is archived leaves a gap; with it more than an eighth of the pack has left, which is taken apart and made anew.
        app.advance(10);
        app.as_(&app.cast.admin).delete(&format!("/api/v1/orders/{}", orders[0]), "*").expect(204);
        assert_eq!(count(app, "order_pack_gaps"), 1);
        assert_eq!(won_by_industry(app), [(json!("energy"), 8)]);
        while keep(app) {}
        assert_eq!((count(app, "order_pack_gaps"), won_by_industry(app)), (0, vec![(json!("energy"), 8)]));
        // All leave at once.
        set("retail");
        assert_eq!((count(app, "order_pack_gaps"), won_by_industry(app)), (9, vec![(json!("retail"), 8)]));
        assert!(keep(app));
        assert_eq!(won_by_industry(app), [(json!("retail"), 8)]);
        // Few orders are not worth a pack to the program itself.
        while !packs_of(app).is_empty() && count(app, "order_pack_gaps") > 0 && keep(app) {}
        let before = packs_of(app);
        (packs::CHORE.run)(&app.state).unwrap();
        assert_eq!(packs_of(app), before);
    }

    fn an_open_order_stands_in_a_pack_until_it_changes(app: &TestApp) {
        let customer = stock(app);
        let orders: Vec<String> = (0..5).map(|_| imported(app, &app.cast.rep, "pending", json!({}))).collect();
        imported(app, &app.cast.rep, "draft", json!({}));
        let asked = |app: &TestApp| {
            let answer = app.as_(&app.cast.admin).get("/api/v1/analytics/conversion?group_by=customer&basis=created").expect(200).body;
            let rows = answer["data"].as_array().unwrap().iter();
            rows.map(|row| (row["group"]["customer"]["key"].clone(), row["open"].clone(), row["won"].clone())).collect::<Vec<_>>()
        };
        let all = |open: i64, won: i64| vec![(json!(customer), json!(open), json!(won))];
        let submitted = asked(app);
        // None has stayed as it is until it was so for some time.
        assert!(!keep(app));
        app.advance(1);
        while keep(app) {}
        let packs = packs_of(app).into_iter().map(|pack| (pack.status, pack.orders, pack.first_closed_on, pack.last_closed_on)).collect::<Vec<_>>();
        assert_eq!(packs, [("draft", 1), ("pending", 4), ("pending", 1)].map(|(status, orders)| (status.to_owned(), orders, None, None)));
        assert_eq!(asked(app), submitted);
        assert_eq!(asked(app), all(5, 0));
        act(app, &app.cast.rep, &orders[0], "win", json!({})).expect(200);
        assert_eq!((count(app, "order_pack_gaps"), asked(app)), (1, all(4, 1)));
        app.advance(1);
        while keep(app) {}
        assert_eq!((count(app, "order_pack_gaps"), asked(app)), (0, all(4, 1)));
        let closed = packs_of(app).into_iter().filter(|pack| pack.first_closed_on.is_some()).map(|pack| (pack.status, pack.orders)).collect::<Vec<_>>();
        assert_eq!(closed, [("won".to_owned(), 1)]);
    }

    fn a_pack_that_says_something_else_is_found(app: &TestApp) {
        stock(app);
        imported(app, &app.cast.rep, "won", json!({}));
        assert!(keep(app));
        let told = |sql: &'static str| {
            let mut conn = connection::open(&app.state.config.database_url).unwrap();
            diesel::connection::Connection::begin_test_transaction(&mut conn).unwrap();
            diesel::connection::SimpleConnection::batch_execute(&mut conn, sql).unwrap();
            drift(&mut conn, Vec::new(), 9).map(|drift| drift.into_iter().map(|drift| drift.what).collect::<Vec<_>>()).map_err(|problem| problem.code().as_str())
        };
        assert_eq!(told("select 1"), Ok(Vec::new()));
        let else_at = Ok(vec!["pack 1 says something else at 0".to_owned()]);
        assert_eq!(told("update order_facts set source = 'elsewhere' where packed is not null"), Ok(vec!["order_facts lacks what holds".to_owned(), "order_facts holds what is gone".to_owned(), "pack 1 says something else at 0".to_owned()]));
        assert_eq!(told("update order_pack_words set data = (select data from order_pack_words where name = 'stage') where name = 'source'"), else_at);
        assert_eq!(told("delete from order_pack_gaps; update order_facts set packed = null; delete from order_pack_gaps"), else_at);
        assert_eq!(told("insert into order_pack_gaps select packed from order_facts where packed is not null"), else_at);
        assert_eq!(told("update order_packs set status = 'lost'"), else_at);
        assert_eq!(told("update order_pack_columns set data = '' where name = 'amount'"), Err("internal"));
        assert_eq!(told("delete from order_pack_words where name = 'source'"), Err("internal"));
        assert_eq!(told("update order_pack_words set data = 'x' where name = 'source'"), Err("internal"));
        assert_eq!(told("delete from order_packs"), Ok(vec!["stands in a pack that is not there".to_owned()]));
    }

    fn orders_change_while_packs_are_made_and_taken_apart(app: &TestApp) {
        let customer = stock(app);
        for n in 0..30 {
            imported(app, &app.cast.rep, ["won", "lost", "cancelled"][n % 3], json!({}));
        }
        let made = std::thread::scope(|scope| {
            let changing = scope.spawn(|| {
                for n in 0..40 {
                    app.advance(1);
                    let industry = ["energy", "retail"][n % 2];
                    app.as_(&app.cast.rep).patch(&format!("/api/v1/customers/{customer}"), json!({"industry": industry}), "*").expect(200);
                    assert_eq!(won_by_industry(app), [(json!(industry), 10)]);
                }
            });
            let mut made = 0;
            while !changing.is_finished() {
                made += usize::from(keep(app));
            }
            changing.join().unwrap();
            made
        });
        assert!(made > 40, "{made} packs were made or taken apart");
        assert_eq!(app.state.db.read_here(|c| facts::drift(c, Vec::new(), 9)).unwrap(), []);
    }

    fn the_greatest_of_more_customers_than_are_folded_are_found(app: &TestApp) {
        let customer = stock(app);
        for _ in 0..2 {
            imported(app, &app.cast.rep, "won", json!({}));
        }
        assert!(keep(app));
        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        let (before, series, id) = match conn {
            AnyConnection::Sqlite(_) => {
                ("pragma foreign_keys = off", "(with recursive s (n) as (select 0 union all select n + 1 from s where n < 200000) select n from s)", "cast(printf('%016d', n) as blob)")
            }
            AnyConnection::Postgres(_) => ("set session_replication_role = replica", "(select n from generate_series(0, 200000) n)", "lpad(n::text, 32, '0')::uuid"),
        };
        let one = "order_id, valid_from, status, stage, owner_id, customer_id, currency, amount, created_at, first_submitted_at";
        let open = format!("{id}, f.valid_from, 'pending', f.stage, f.owner_id, {id}, f.currency, 1, f.created_at, f.created_at");
        let known = "(select * from order_facts where packed is not null limit 1)";
        conn.batch_execute(&format!("{before}; insert into order_facts ({one}) select {open} from {known} f cross join {series} s")).unwrap();
        let asked = |top: &str| app.as_(&app.cast.admin).get(&format!("/api/v1/analytics/conversion?group_by=customer&basis=created{top}"));
        let answer = asked("&top=1").expect(200).body;
        let rows: Vec<_> = answer["data"].as_array().unwrap().iter().map(|row| (&row["group"]["customer"]["key"], &row["won"], &row["open"])).collect();
        assert_eq!(rows, [(&json!(customer), &json!(2), &json!(0)), (&json!("rest"), &json!(0), &json!(200_001))]);
        asked("").expect(400);
        conn.batch_execute("delete from order_facts where status = 'pending' and amount = 1").unwrap();
    }
}

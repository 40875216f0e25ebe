//! How long orders stayed where they were, as it is kept with each step; and the migration makes the same of a history that was recorded before.
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use intent_orders::platform::db::schema::{order_transitions as steps, orders};
use intent_orders::platform::db::{AnyConnection, Id, UtcTime, connection};
use serde_json::{Value, json};

use super::{tell_of_the_cast, told};
use crate::orders::{act, entered, imported, stock};

/// Of each step, in its order: the order, the action, how many seconds the stage and the status had lasted that it left.
type Steps = Vec<(Id, String, Option<i64>, Option<i64>)>;
/// Of each order: since when it is in its stage and in its status.
type Since = Vec<(Id, Option<UtcTime>, Option<UtcTime>)>;

fn kept(c: &mut AnyConnection) -> (Steps, Since) {
    let of_steps = steps::table.order(steps::id).select((steps::order_id, steps::action, steps::stage_seconds, steps::status_seconds));
    let of_orders = orders::table.order(orders::id).select((orders::id, orders::stage_since, orders::status_since));
    (of_steps.load(c).unwrap(), of_orders.load(c).unwrap())
}

fn migration(c: &AnyConnection, way: &str) -> String {
    let database = if matches!(c, AnyConnection::Sqlite(_)) { "sqlite" } else { "postgres" };
    std::fs::read_to_string(format!("{}/migrations/{database}/2026-11-26-000023_stays/{way}.sql", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

both! {
    fn stays_are_kept_with_the_steps_that_end_them_and_a_migration_makes_the_same(app: &TestApp) {
        tell_of_the_cast(app);
        let (rep, reviewer, admin) = (&app.cast.rep, &app.cast.reviewer, &app.cast.admin);
        let customer = stock(app);
        let first = entered(app, &customer);
        let then = |seconds: i64, user, action: &str, body: Value| {
            app.advance(seconds);
            act(app, user, first.id(), action, body).expect(200);
        };
        then(10, rep, "submit", Value::Null);
        then(20, reviewer, "approve", Value::Null);
        // It changes neither, and ends nothing.
        then(5, admin, "transfer", json!({"owner_id": app.cast.mate.id}));
        then(5, admin, "transfer", json!({"owner_id": rep.id}));
        then(30, rep, "move", json!({"stage": "contract"}));
        then(40, rep, "lose", json!({"reason": "price"}));
        then(1_000, reviewer, "reopen", Value::Null);
        then(50, rep, "win", Value::Null);
        // What lies before an import is not known, and what it brings closed is in no state until it is opened again.
        let under_way = imported(app, rep, "processed", json!({}));
        let closed = imported(app, rep, "lost", json!({"closed_on": "2026-02-03"}));
        app.advance(60);
        act(app, rep, &under_way, "move", json!({"stage": "contract"})).expect(200);
        act(app, reviewer, &closed, "reopen", Value::Null).expect(200);
        app.advance(7);
        let now = app.state.clock.now();
        act(app, rep, &closed, "process", Value::Null).expect(200);

        let mut conn = connection::open(&app.state.config.database_url).unwrap();
        let (of_steps, of_orders) = kept(&mut conn);
        let of = |id: &str| of_steps.iter().filter(|(order, ..)| order.to_string() == id).map(|(_, action, stage, status)| (action.as_str(), *stage, *status)).collect::<Vec<_>>();
        let expected = [
            ("create", None, None),
            ("submit", None, Some(10)),
            ("approve", None, Some(20)),
            ("transfer", None, None),
            ("transfer", None, None),
            ("move", Some(70), Some(40)),
            ("lose", Some(40), Some(40)),
            ("reopen", None, None),
            // A win from pending processes on the way.
            ("process", None, Some(50)),
            ("win", Some(50), Some(0)),
        ];
        assert_eq!(of(first.id()), expected);
        assert_eq!(of(&under_way), [("import", None, None), ("move", Some(60), None)]);
        assert_eq!(of(&closed), [("import", None, None), ("reopen", None, None), ("process", None, Some(7))]);
        let since = |id: &str| of_orders.iter().find(|(order, ..)| order.to_string() == id).map(|(_, stage, status)| (*stage, *status));
        assert_eq!(since(first.id()), Some((None, None)));
        assert_eq!(since(&under_way), Some((Some(now.plus_seconds(-7)), Some(now.plus_seconds(-67)))));
        assert_eq!(since(&closed), Some((Some(now.plus_seconds(-7)), Some(now))));
        assert_eq!(told(app), [""; 0]);

        let (down, up) = (migration(&conn, "down"), migration(&conn, "up"));
        conn.batch_execute(&format!("begin; {down} {up} commit")).unwrap();
        assert_eq!(kept(&mut conn), (of_steps, of_orders));
        assert_eq!(told(app), [""; 0]);
    }
}

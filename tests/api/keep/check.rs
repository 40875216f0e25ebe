//! Each promise is broken by hand, seen to be told, and mended.
use diesel::connection::SimpleConnection as _;
use intent_orders::platform::db::{AnyConnection, connection};
use intent_orders::upkeep;
use serde_json::json;

use super::{told, world};
use crate::command::{launch, text};
use crate::harness::TestApp;

/// What is broken, how it is mended, and the beginnings of all lines that are told.
struct Break {
    broken: &'static str,
    mended: &'static str,
    told: &'static [&'static str],
}

const fn case(broken: &'static str, mended: &'static str, told: &'static [&'static str]) -> Break {
    Break { broken, mended, told }
}

/// `{1}` and `{2}` stand for the ids of the orders with these numbers, `{gone}` for an id that nothing has.
const BREAKS: &[Break] = &[
    case(
        "update order_lines set unit_price = unit_price + 10000 where order_id = {2} and position = 0",
        "update order_lines set unit_price = unit_price - 10000 where order_id = {2} and position = 0",
        &["amounts: IO-000002: line 1 is not quantity × price × (1 − discount)", "side tables: IO-000002: order_lines says something else than the order"],
    ),
    // A win spread its amount over these; the event that tells of it vouches for them.
    case(
        "update events set changes = '{}' where record_id = {1} and type = 'order.won'",
        "update events set changes = '{\"line_amounts\": [[], [\"9233.67\", \"166.33\"]]}' where record_id = {1} and type = 'order.won'",
        &["amounts: IO-000001: line 1", "amounts: IO-000001: line 2"],
    ),
    case(
        "update orders set amount = amount + 1 where id = {2}; update order_facts set amount = amount + 1 where order_id = {2} and valid_to is null",
        "update orders set amount = amount - 1 where id = {2}; update order_facts set amount = amount - 1 where order_id = {2} and valid_to is null",
        &["amounts: IO-000002: the lines sum to 9324.9, the order says 9324.9001"],
    ),
    case(
        "update orders set status = 'pending' where id = {2}; update order_facts set status = 'pending' where order_id = {2} and valid_to is null",
        "update orders set status = 'in_review' where id = {2}; update order_facts set status = 'in_review' where order_id = {2} and valid_to is null",
        &["history: IO-000002: its history leads to in_review, the order is pending"],
    ),
    case(
        "update orders set closed_on = '2026-01-02' where id = {2}; \
         update order_facts set closed_on = '2026-01-02' where order_id = {2} and valid_to is null",
        "update orders set closed_on = null where id = {2}; update order_facts set closed_on = null where order_id = {2} and valid_to is null",
        &["history: IO-000002: the order is in_review and was closed on 2026-01-02"],
    ),
    case(
        "update orders set stage = 'contract' where id = {2}; update order_facts set stage = 'contract' where order_id = {2} and valid_to is null",
        "update orders set stage = 'intent' where id = {2}; update order_facts set stage = 'intent' where order_id = {2} and valid_to is null",
        &["history: IO-000002: its history leads to stage intent, the order is in contract"],
    ),
    case(
        "update orders set resume_status = 'processed' where id = {2}",
        "update orders set resume_status = null where id = {2}",
        &["history: IO-000002: an approval restores nothing by its history, processed by the order"],
    ),
    case(
        "update order_transitions set action = 'approve' where order_id = {2} and action = 'submit'",
        "update order_transitions set action = 'submit' where order_id = {2} and action = 'approve'",
        &["history: IO-000002: approve from draft in intent to in_review in intent is no step"],
    ),
    case(
        "update order_transitions set from_status = 'returned' where order_id = {2} and action = 'submit'",
        "update order_transitions set from_status = 'draft' where order_id = {2} and action = 'submit'",
        &["history: IO-000002: submit from returned follows on draft"],
    ),
    case(
        "update order_transitions set status_seconds = status_seconds + 1 where order_id = {2} and action = 'submit'",
        "update order_transitions set status_seconds = status_seconds - 1 where order_id = {2} and action = 'submit'",
        &["history: IO-000002: submit to in_review keeps that what it left had lasted no seconds of its stage and "],
    ),
    case(
        "update order_transitions set stage_seconds = 7 where order_id = {2} and action = 'submit'",
        "update order_transitions set stage_seconds = null where order_id = {2} and action = 'submit'",
        &["history: IO-000002: submit to in_review keeps that what it left had lasted 7 seconds of its stage and "],
    ),
    case(
        "update orders set stage_since = null where id = {2}",
        "update orders set stage_since = (select occurred_at from order_transitions where order_id = {2} and action = 'create') where id = {2}",
        &["history: IO-000002: by its history it has been since "],
    ),
    case(
        "update orders set status_since = created_at where id = {1}",
        "update orders set status_since = null where id = {1}",
        &["history: IO-000001: by its history it has been since nothing in its stage and nothing in its status, by the order since nothing in its stage and "],
    ),
    case(
        "update orders set rates_at = created_at where id = {1}",
        "update orders set rates_at = (select rates_at from order_transitions where order_id = {1} and action = 'win') where id = {1}",
        &["history: IO-000001: by its history it knows of rates until "],
    ),
    case(
        "update order_tags set tag = 'three' where tag = 'two'; update order_fact_tags set tag = 'three' where tag = 'two'",
        "update order_tags set tag = 'two' where tag = 'three'; update order_fact_tags set tag = 'two' where tag = 'three'",
        &["side tables: IO-000001: order_tags lacks \"two\" and has \"three\" too many"],
    ),
    case(
        "update orders set remark_count = 1 where id = {2}",
        "update orders set remark_count = 0 where id = {2}",
        &["side tables: IO-000002: order_remarks has 0, the order counts 1"],
    ),
    case(
        "update customer_tags set tag = 'south' where tag = 'north'",
        "update customer_tags set tag = 'north' where tag = 'south'",
        &["side tables: customer "],
    ),
    case(
        "update product_names set lookup_key = lookup_key || 'x' where product_id = (select id from products where sku = 'G')",
        "update product_names set lookup_key = substr(lookup_key, 1, length(lookup_key) - 1) where product_id = (select id from products where sku = 'G')",
        &["side tables: product "],
    ),
    case(
        "update product_identities set identity_key = identity_key || 'x' where product_id = (select id from products where sku = 'G')",
        "update product_identities set identity_key = substr(identity_key, 1, length(identity_key) - 1) where product_id = (select id from products where sku = 'G')",
        &["side tables: product "],
    ),
    case(
        "update search_entries set terms = terms || ' x' where record_id = {2}",
        "update search_entries set terms = substr(terms, 1, length(terms) - 2) where record_id = {2}",
        &["search index: IO-000002: the words of part own are not those of its texts"],
    ),
    case(
        "update custom_values set number = 13 where key = 'seats'",
        "update custom_values set number = 120000 where key = 'seats'",
        &["side tables: IO-000002: custom_values says something else"],
    ),
    case(
        "update order_facts set industry = 'x' where order_id = {2} and valid_to is null",
        "update order_facts set industry = 'telecom' where order_id = {2} and valid_to is null",
        &["facts: order ", "facts: order "],
    ),
    case(
        "update teams set lead_id = {gone} where name = 'Team A'",
        "update teams set lead_id = (select id from users where name = 'lead') where name = 'Team A'",
        &["orphans: teams.lead_id names 019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e in 1 rows, which users does not hold"],
    ),
    case(
        "update custom_values set record_id = {gone} where record_id = {2} and key = 'site'",
        "update custom_values set record_id = {2} where record_id = {gone}",
        &["side tables: IO-000002: custom_values", "orphans: custom_values.record_id names "],
    ),
    case(
        "update events set record_id = {gone} where type = 'order.submitted' and record_id = {2}",
        "update events set record_id = {2} where record_id = {gone}",
        &["orphans: events.record_id names ", "events: IO-000002: no event tells of version 2 of 2"],
    ),
    // Foreign keys are off here, as in a restore that asked for no questions.
    case(
        "update order_follow_ups set order_id = {gone} where order_id = {1}",
        "update order_follow_ups set order_id = {1} where order_id = {gone}",
        &["database: "],
    ),
    case(
        "update orders set version = 5 where id = {2}",
        "update orders set version = 2 where id = {2}",
        &["events: IO-000002: no event tells of version 3 of 5"],
    ),
    case(
        "update events set record_version = 1 where type = 'order.approved' and record_id = {1}",
        "update events set record_version = 4 where type = 'order.approved' and record_id = {1}",
        &["events: IO-000001: order.approved of version 1 comes behind an event of version 3"],
    ),
    case(
        "update events set record_version = 3 where type = 'order.approved' and record_id = {1}",
        "update events set record_version = 4 where type = 'order.approved' and record_id = {1}",
        &["events: IO-000001: several events made version 3"],
    ),
    case(
        "update settings set version = version + 1 where name = 'organisation'",
        "update settings set version = version - 1 where name = 'organisation'",
        &["events: setting organisation: no event tells of version 3 of 3"],
    ),
    case("update users set version = 2 where name = 'rep'", "update users set version = 1 where name = 'rep'", &["events: user "]),
    case("update idempotency_keys set status = status - 200", "update idempotency_keys set status = status + 200", &["stored answers: that of user "]),
    case("update jobs set state = 'running' where kind = 'import'", "update jobs set state = 'done' where kind = 'import'", &["jobs: job "]),
    case(
        "update jobs set kind = 'import', id = {gone} where kind = 'lonely'",
        "update jobs set kind = 'lonely' where id = {gone}",
        &["orphans: jobs.id names "],
    ),
];

/// Breaks of what only one database keeps, or keeps in its own way.
const SQLITE: &[Break] = &[
    case(
        "insert into search_index(search_index, rowid, terms) select 'delete', number, terms from search_entries where number = 1",
        "insert into search_index(rowid, terms) select number, terms from search_entries where number = 1",
        &["database: entry 1 is not in the search index"],
    ),
    case(
        "insert into search_index(rowid, terms) values (4711, 'left over')",
        "insert into search_index(search_index, rowid, terms) values ('delete', 4711, 'left over')",
        &["database: entry 4711 is in the search index and gone"],
    ),
];
const POSTGRES: &[Break] = &[
    case(
        "alter table order_lines add constraint odd check (amount <> -4711) not valid",
        "alter table order_lines drop constraint odd",
        &["database: the constraint odd of order_lines is not validated"],
    ),
    case(
        "update order_facts set packed = 9 << 16 where order_id = {2} and valid_to is null",
        "update order_facts set packed = null where order_id = {2} and valid_to is null",
        &["facts: order "],
    ),
];

fn id(app: &TestApp, number: i64) -> String {
    let admin = app.as_(&app.cast.admin);
    admin.get(&format!("/api/v1/orders/IO-{number:06}")).expect(200).id().to_owned()
}

/// Runs statements as nobody may who goes by the program.
fn by_hand(app: &TestApp, sql: &str) {
    let mut conn = connection::open(&app.state.config.database_url).unwrap();
    let (prelude, is_sqlite) = match &conn {
        AnyConnection::Sqlite(_) => ("pragma foreign_keys = off; ", true),
        AnyConnection::Postgres(_) => ("set session_replication_role = replica; ", false),
    };
    let literal = |id: &str| if is_sqlite { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") };
    let mut sql = sql.to_owned();
    for (name, id) in [("{1}", id(app, 1)), ("{2}", id(app, 2)), ("{gone}", "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e".into())] {
        sql = sql.replace(name, &literal(&id));
    }
    conn.batch_execute(&format!("{prelude}{sql}")).unwrap_or_else(|e| panic!("{sql}: {e}"));
}

fn each_is_told(app: &TestApp, breaks: &[Break]) {
    for Break { broken, mended, told: expected } in breaks {
        by_hand(app, broken);
        let lines = told(app);
        let as_expected = lines.len() == expected.len() && expected.iter().all(|begin| lines.iter().any(|line| line.starts_with(begin)));
        assert!(as_expected, "{broken}\n{lines:#?}\n{expected:#?}");
        by_hand(app, mended);
        assert_eq!(told(app), [""; 0], "{mended}");
    }
}

both! {
    fn what_people_do_leaves_nothing_to_find(app: &TestApp) {
        world(app);
        assert_eq!(told(app), [""; 0]);
        // More than is read at a time of what may be large: answers that are kept, and changes after the win that spread its amount.
        let rep = app.as_(&app.cast.rep);
        for i in 0..45 {
            rep.patch("/api/v1/orders/IO-000001", json!({"note": format!("Note {i}")}), "*").expect(200);
            rep.with("idempotency-key", &format!("key-{i}")).post("/api/v1/views", json!({"entity": "orders", "name": format!("View {i}")})).expect(201);
        }
        let report = upkeep::check::run(&app.state.config.database_url).unwrap();
        assert_eq!(report.told(), [""; 0]);
        assert!(report.seen().iter().any(|line| line.trim_start() == "46 stored answers"), "{:?}", report.seen());
    }

    fn each_promise_that_is_broken_is_told(app: &TestApp) {
        world(app);
        let sql = "insert into jobs (id, kind, state, done, cancel, created_at, updated_at) select id, 'lonely', 'done', 0, false, created_at, updated_at from orders where number = 1";
        by_hand(app, sql);
        each_is_told(app, BREAKS);
        let own = if matches!(connection::open(&app.state.config.database_url), Ok(AnyConnection::Sqlite(_))) { SQLITE } else { POSTGRES };
        each_is_told(app, own);
    }

    fn the_command_says_what_it_looked_at_or_fails_with_every_fault(app: &TestApp) {
        world(app);
        let folder = tempfile::TempDir::new().unwrap();
        let clean = launch(app, folder.path(), &["check"]);
        assert!(clean.status.success(), "{clean:?}");
        let said = text(&clean.stdout);
        assert!(said.contains(" orders\n") && said.contains(" customers\n") && said.ends_with("All of it is as it must be.\n"), "{said}");
        by_hand(app, "update orders set resume_status = 'won'");
        let broken = launch(app, folder.path(), &["check"]);
        let told = text(&broken.stderr);
        assert!(broken.status.code() == Some(1) && told.contains("error: history: IO-000001: an approval restores nothing by its history, won by the order\n"), "{broken:?}");
        assert_eq!(told.lines().count(), said.lines().find_map(|line| line.strip_suffix(" orders")?.trim().parse::<usize>().ok()).unwrap());
    }
}

#[test]
fn the_demo_is_clean() {
    let folder = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite://{}", folder.path().join("demo.db").display());
    let run = |arguments: &[&str]| {
        let settings = [("DATABASE_URL", url.as_str()), ("LOG_LEVEL", "error")];
        std::process::Command::new(env!("CARGO_BIN_EXE_intent-orders")).args(arguments).envs(settings).current_dir(folder.path()).output().unwrap()
    };
    // What is not there is not made.
    let nothing = run(&["check"]);
    assert!(nothing.status.code() == Some(1) && text(&nothing.stderr).contains("there is no file"), "{nothing:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(run(&["demo"]).status.success());
    let clean = run(&["check"]);
    assert!(clean.status.success(), "{clean:?}");
    assert!(text(&clean.stdout).contains("       300 orders\n"), "{clean:?}");
}

//! What the database layer promises: a unit of work is done as a whole or not at all, and nobody overwrites anybody unseen.
use std::time::Duration;

use actix_web::rt::System;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use intent_orders::platform::db::schema::settings::dsl;
use intent_orders::platform::db::{AnyConnection, DatabaseUrl, Db, connection, migrate};
use intent_orders::platform::problem::{Code, Problem};
use intent_orders::platform::watch::statements::{self, Trace};
use serde_json::json;

use crate::harness::{Database, Kind};

fn add(tx: &mut AnyConnection, n: i64) -> Result<i64, Problem> {
    diesel::update(dsl::settings.find("review")).set(dsl::version.eq(dsl::version + n)).execute(tx)?;
    Ok(dsl::settings.find("review").select(dsl::version).first(tx)?)
}

both! {
    fn a_unit_that_fails_or_panics_undoes_only_itself(app: &TestApp) {
        let db = app.state.db.clone();
        System::new().block_on(async move {
            let good = db.write(|tx| add(tx, 1));
            let failing = db.write(|tx| add(tx, 10).and_then(|_| Err::<i64, _>(Problem::not_found())));
            let refused = db.write(|tx| {
                add(tx, 100)?;
                let twice = (dsl::name.eq("review"), dsl::value.eq(intent_orders::platform::db::Json(json!({}))), dsl::version.eq(1_i64), dsl::updated_at.eq(crate::harness::BEGIN));
                diesel::insert_into(dsl::settings).values(twice).execute(tx)?;
                Ok(0)
            });
            let panicking = db.write(|tx| add(tx, 1000).map(|n| if n > 0 { panic!("a bug") } else { n }));
            let last = db.write(|tx| add(tx, 2));
            let (good, failing, refused, panicking, last) = tokio::join!(good, failing, refused, panicking, last);
            let codes = [failing, refused, panicking].map(|answer| answer.map_err(|problem| problem.code()));
            assert_eq!(codes, [Err(Code::NotFound), Err(Code::Duplicate), Err(Code::Internal)]);
            assert!(good.is_ok() && last.is_ok());
            assert_eq!(db.read(|c| Ok(dsl::settings.find("review").select(dsl::version).first::<i64>(c)?)).await.unwrap(), 4);
        });
    }

    fn of_many_writers_with_one_version_one_wins(app: &TestApp) {
        let customer = crate::orders::stock(app);
        let created = crate::orders::entered(app, &customer);
        let path = format!("/api/v1/orders/{}", created.id());
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..16)
                .map(|i| {
                    let (rep, path, etag) = (app.as_(&app.cast.rep), &path, created.etag());
                    scope.spawn(move || rep.patch(path, json!({"title": format!("Title {i}")}), etag).status)
                })
                .collect();
            tries.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!((statuses.iter().filter(|s| **s == 200).count(), statuses.iter().filter(|s| **s == 412).count()), (1, 15), "{statuses:?}");
        assert_eq!(app.as_(&app.cast.rep).get(&path).body["version"], 2);
    }

    fn many_entries_at_once_get_numbers_of_their_own(app: &TestApp) {
        let customer = crate::orders::stock(app);
        let numbers: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
            let entries: Vec<_> = (0..16).map(|_| scope.spawn(|| crate::orders::entered(app, &customer).body["number"].as_str().unwrap().to_owned())).collect();
            entries.into_iter().map(|e| e.join().unwrap()).collect()
        });
        assert_eq!(numbers.len(), 16);
    }
}

/// Servers have views of extensions in each new database, as those that count statements.
#[test]
fn tables_of_something_else_are_left_alone_and_views_are_none() {
    let begin = |holds: &str| {
        let database = Database::empty(Kind::Postgres)?;
        let mut conn = connection::open(&database.url).unwrap();
        conn.batch_execute(holds).unwrap();
        Some(migrate::run(&mut conn).map(|run| run.len()))
    };
    let Some(beside_a_view) = begin("create view statements as select 1 as calls") else { return };
    assert!(beside_a_view.as_ref().is_ok_and(|migrations| *migrations > 10), "{beside_a_view:?}");
    let beside_a_table = begin("create table theirs (id bigint)").unwrap();
    assert!(beside_a_table.as_ref().is_err_and(|why| why.contains("holds tables of something else")), "{beside_a_table:?}");
}

/// What a server or an address sets stands where it serves the program better still.
#[test]
fn questions_have_memory_and_trust_in_it_on_postgres() {
    let Some(database) = Database::create(Kind::Postgres) else { return };
    let DatabaseUrl::Postgres(url) = &database.url else { unreachable!("made on a server") };
    let settings = |options: &str| {
        let mut conn = connection::open(&DatabaseUrl::Postgres(format!("{url}&options={options}"))).unwrap();
        let setting = |name: &str| diesel::dsl::sql::<diesel::sql_types::Text>(&format!("current_setting('{name}')"));
        diesel::select((setting("work_mem"), setting("random_page_cost"))).first::<(String, String)>(&mut conn).unwrap()
    };
    let both = |memory: &str, cost: &str| (memory.to_owned(), cost.to_owned());
    assert_eq!(settings("-c%20work_mem%3D4MB%20-c%20random_page_cost%3D4"), both("32MB", "2"));
    assert_eq!(settings("-c%20work_mem%3D64MB%20-c%20random_page_cost%3D1.1"), both("64MB", "1.1"));
}

/// Who waits for little is not kept waiting by the helpers of a question; the connection itself stays as it was.
#[test]
fn a_question_among_others_has_no_helpers_on_postgres() {
    let Some(database) = Database::create(Kind::Postgres) else { return };
    let db = Db::open(&database.url, 4).unwrap().0;
    let helpers = |c: &mut AnyConnection| {
        let setting = diesel::dsl::sql::<diesel::sql_types::Text>("current_setting('max_parallel_workers_per_gather')");
        Ok(diesel::select(setting).first::<String>(c)?)
    };
    let of_another = || statements::of_request(Trace::new(Duration::MAX, None), db.look(helpers));
    System::new().block_on(async {
        let usual = db.read(helpers).await.unwrap();
        assert_ne!(usual, "0");
        assert_eq!(db.question(helpers).await.unwrap(), usual);
        assert_eq!(of_another().await.unwrap(), usual);
        assert_eq!(db.question(helpers).await.unwrap(), "0");
        assert_eq!(db.read(helpers).await.unwrap(), usual);
    });
}

//! The floor of the database: the same use cases in a tight loop, on the service's own connections, without a web layer, a token, rights to look up, or
//! an answer to keep.
use std::sync::Arc;
use std::time::Duration;

use intent_orders::identity::users;
use intent_orders::identity::{Act, Caller};
use intent_orders::orders::dto::input::OrderInput;
use intent_orders::orders::service;
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
use intent_orders::platform::db::kept::STAMP;
use intent_orders::platform::db::sql::Sql;
use intent_orders::platform::db::{AnyConnection, Db};
use intent_orders::platform::problem::{Locale, Problem};
use intent_orders::platform::state::State;
use intent_orders::platform::watch::statements::{self, Trace};
use intent_orders::platform::web::Decoded;
use intent_orders::platform::web::body;
use serde_json::Value;

use super::server::cpu_of;

/// What one of each costs this process.
pub struct Floors {
    pub read: Duration,
    /// Among many in one transaction.
    pub create: Duration,
    /// With a transaction of its own.
    pub create_alone: Duration,
}

#[derive(diesel::QueryableByName)]
struct Stamp {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// Somebody who acts, by their address.
fn somebody(db: &Db, email: &'static str) -> Arc<Act> {
    let caller = db.read_here(|c| {
        let id = users::store::by_email(c, email)?.ok_or_else(Problem::not_found)?;
        users::store::caller(c, id)?.and_then(Caller::of).ok_or_else(Problem::not_found)
    });
    Arc::new(Act { caller: caller.unwrap(), ..Act::system(Clock::system().now()) })
}

/// Measures over a database that is filled and that nobody else uses: reads of the orders with these ids by one, entries of these bodies by another.
pub fn measure(config: Config, reader: &'static str, writer: &'static str, ids: Vec<String>, bodies: &[Value]) -> Floors {
    let db = State::open(config, Clock::system()).unwrap().0.db;
    let stamp = db.read_here(|c| Ok(Sql::new(format!("select {STAMP} as value")).load::<Stamp>(c)?[0].value)).unwrap();
    let (reader, writer) = (somebody(&db, reader), somebody(&db, writer));
    let inputs: Arc<Vec<Decoded<OrderInput>>> = Arc::new(bodies.iter().map(|body| body::decode(body).unwrap()).collect());
    let trace = Trace::new(Duration::MAX, Some(db.kept()));
    let work = async move {
        statements::goes_by(stamp);
        let (reads, creates) = (ids.len(), inputs.len());
        let mut passed = vec![cpu_of("self")];
        for id in ids {
            let act = reader.clone();
            db.peek(move |c| service::read(c, &act, &id, false, Locale::default())).await.unwrap();
        }
        passed.push(cpu_of("self"));
        create(&db, &writer, &inputs, 0..creates / 2).await;
        passed.push(cpu_of("self"));
        for one in creates / 2..creates {
            create(&db, &writer, &inputs, one..one + 1).await;
        }
        passed.push(cpu_of("self"));
        let each = |part: usize, times: usize| (passed[part + 1] - passed[part]) / u32::try_from(times).unwrap();
        Floors { read: each(0, reads), create: each(1, creates / 2), create_alone: each(2, creates - creates / 2) }
    };
    actix_web::rt::System::new().block_on(statements::of_request(trace, work))
}

/// Enters orders in one transaction, and reads each as it would be answered.
async fn create(db: &Db, act: &Arc<Act>, inputs: &Arc<Vec<Decoded<OrderInput>>>, which: std::ops::Range<usize>) {
    let (act, inputs) = (act.clone(), inputs.clone());
    let enter = move |tx: &mut AnyConnection| {
        for input in &inputs[which.clone()] {
            let row = service::create(tx, &act, input.clone())?;
            service::view(tx, &act, row.id, Locale::default())?;
        }
        Ok(())
    };
    db.write(enter).await.unwrap();
}

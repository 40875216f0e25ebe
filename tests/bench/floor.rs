//! The floor of the database: the same use cases in a tight loop, on the service's own connections, without a web layer, a token, rights to look up, or
//! an answer to keep; and within it what its statements take as Diesel runs them, from being sent to being read.
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
    pub read: Floor,
    /// Among many in one transaction.
    pub create: Floor,
    /// With a transaction of its own.
    pub create_alone: Floor,
}

/// What a use case costs.
pub struct Floor {
    pub cpu: Duration,
    /// How many statements it runs.
    pub statements: f64,
    /// How long these take together, without what is made of their rows.
    pub bare: Duration,
}

impl std::fmt::Display for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} µs ({:.1} statements, bare {} µs)", self.cpu.as_micros(), self.statements, self.bare.as_micros())
    }
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
    let seen = trace.clone();
    let work = async move {
        statements::goes_by(stamp);
        let (reads, creates) = (ids.len(), inputs.len());
        let mark = || (cpu_of("self"), seen.statements(), seen.micros());
        let mut passed = vec![mark()];
        for id in ids {
            let act = reader.clone();
            db.peek(move |c| service::read(c, &act, &id, false, Locale::default())).await.unwrap();
        }
        passed.push(mark());
        create(&db, &writer, &inputs, 0..creates / 2).await;
        passed.push(mark());
        for one in creates / 2..creates {
            create(&db, &writer, &inputs, one..one + 1).await;
        }
        passed.push(mark());
        let each = |part: usize, times: usize| {
            let ((cpu, statements, micros), (cpu_then, statements_then, micros_then)) = (passed[part], passed[part + 1]);
            let bare = Duration::from_micros((micros_then - micros) / times as u64);
            Floor { cpu: (cpu_then - cpu) / u32::try_from(times).unwrap(), statements: f64::from(statements_then - statements) / times as f64, bare }
        };
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

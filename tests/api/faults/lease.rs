//! A job whose holder is thought gone is taken over by one other, and the holder, when it comes back, changes nothing.
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Barrier, Mutex};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use intent_orders::platform::clock::new_id;
use intent_orders::platform::db::{AnyConnection, Id, Json};
use intent_orders::platform::jobs::{self, Ended, JobState, LEASE_SECONDS, Lease, NewJob, Work};
use intent_orders::platform::problem::Problem;
use intent_orders::platform::state::State;
use serde_json::json;

/// How many units there are, and before which one the holder falls asleep.
const UNITS: i64 = 6;
const ASLEEP: i64 = 3;

/// Work whose units leave a mark each.
struct Marks {
    by: &'static str,
    /// Says that it falls asleep, and is woken.
    asleep: Option<Mutex<(Sender<()>, Receiver<()>)>>,
}

#[derive(QueryableByName, Debug, PartialEq, Eq)]
struct Mark {
    #[diesel(sql_type = BigInt)]
    unit: i64,
    #[diesel(sql_type = Text)]
    by_whom: String,
}

impl Work for Marks {
    fn kind(&self) -> &'static str {
        "marks"
    }

    fn run(&self, state: &State, lease: &mut Lease, _: &AtomicBool) -> Result<Ended, Problem> {
        let job = lease.job;
        for unit in state.db.read_here(move |c| jobs::find(c, job))?.done..UNITS {
            if let Some(asleep) = self.asleep.as_ref().filter(|_| unit == ASLEEP) {
                let asleep = asleep.lock().unwrap();
                asleep.0.send(()).unwrap();
                asleep.1.recv().unwrap();
            }
            let (by, old, now) = (self.by, lease.clone(), state.clock.now());
            *lease = state.db.write_here(move |tx| {
                diesel::sql_query("insert into marks values ($1, $2)").bind::<BigInt, _>(unit).bind::<Text, _>(by).execute(tx)?;
                jobs::heartbeat(tx, &old, unit + 1, Some(UNITS), now)
            })?;
            // All of them together take longer than a lease that nobody renews.
            state.clock.advance_seconds(u32::try_from(LEASE_SECONDS - 5).unwrap());
        }
        Ok(Ended::Done(Json(json!({"by": self.by}))))
    }
}

fn claim(state: &State) -> Option<Lease> {
    let now = state.clock.now();
    let claimed = state.db.write_here(move |tx| jobs::claim(tx, &["marks"], now)).unwrap();
    claimed.map(|(lease, _)| lease)
}

/// Eight claims at the same moment, of two instances.
fn at_once(states: [&State; 2]) -> Vec<Lease> {
    let start = Barrier::new(8);
    std::thread::scope(|scope| {
        let claims: Vec<_> = (0..8)
            .map(|n| {
                let (start, state) = (&start, states[n % 2]);
                scope.spawn(move || {
                    start.wait();
                    claim(state)
                })
            })
            .collect();
        claims.into_iter().filter_map(|claim| claim.join().unwrap()).collect()
    })
}

both! {
    fn a_job_whose_holder_sleeps_is_taken_over_once(app: &TestApp) {
        let other = app.instance(&[]);
        let (id, now) = (new_id(), app.state.clock.now());
        app.state.db.write_here(move |tx: &mut AnyConnection| {
            tx.batch_execute("create table marks (unit bigint not null, by_whom text not null)")?;
            jobs::insert(tx, &NewJob { id, kind: "marks", total: None, created_by: None, now }, false)
        })
        .unwrap();
        let stop = AtomicBool::new(false);
        let ((asleep, is_asleep), (wake, woken)) = (channel(), channel());
        let holder = Marks { by: "the first", asleep: Some(Mutex::new((asleep, woken))) };
        std::thread::scope(|scope| {
            let (state, stop, mut lease) = (&app.state, &stop, claim(&app.state).unwrap());
            let first = scope.spawn(move || jobs::conclude(state, &holder, &mut lease, stop));
            // Gone when this fails, so that the first does not sleep for ever.
            let wake = wake;
            is_asleep.recv().unwrap();
            assert!(claim(&other.state).is_none(), "it is still the first's");
            app.advance(LEASE_SECONDS + 1);
            // Of many who see at once that the lease has ended, one gets it.
            let mut leases = at_once([&app.state, &other.state]);
            assert_eq!(leases.len(), 1, "{leases:?}");
            jobs::conclude(&other.state, &Marks { by: "the second", asleep: None }, &mut leases[0], stop);
            wake.send(()).unwrap();
            first.join().unwrap();
        });
        let marks = app.state.db.read_here(|c| Ok(diesel::sql_query("select unit, by_whom from marks order by unit").load::<Mark>(c)?)).unwrap();
        let expected: Vec<Mark> = (0..UNITS).map(|unit| Mark { unit, by_whom: if unit < ASLEEP { "the first" } else { "the second" }.into() }).collect();
        assert_eq!(marks, expected);
        let job = ended(&app.state, id);
        assert_eq!((job.0.as_str(), job.1), (JobState::Done.as_str(), Some(json!({"by": "the second"}))));
    }
}

fn ended(state: &State, id: Id) -> (String, Option<serde_json::Value>) {
    let job = state.db.read_here(move |c| jobs::find(c, id)).unwrap();
    (job.state, job.result.map(|Json(result)| result))
}

//! Starts the program in the test's own process, on a database of its own, with a clock that stands still until it is moved.
mod cast;
mod client;
pub mod contract;
mod database;
mod program;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use intent_orders::identity::{Role, tokens};
use intent_orders::platform::clock::Clock;
use intent_orders::platform::config::Config;
use intent_orders::platform::db::{DatabaseUrl, Id, UtcTime};
use intent_orders::platform::jobs::Runner;
use intent_orders::platform::state::State;
use intent_orders::standards::entity::Entity;
use intent_orders::{app, facts, standards};

pub use cast::{Cast, PASSWORD, User, password_hash};
pub use client::{Answer, Client};
pub use database::{Database, Kind};
pub use program::{Program, wait};

/// The moment at which every test begins: 2026-11-23T08:00:00Z, a Monday afternoon in Shanghai.
pub const BEGIN: UtcTime = UtcTime(1_795_420_800_000_000);

/// Each test twice, once on each database: `both! { fn name(app: &TestApp) { … } }` makes `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($app:ident: &TestApp) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn run($app: &$crate::harness::TestApp) $body
            #[test]
            $(#[$meta])*
            fn sqlite() {
                $crate::harness::TestApp::with($crate::harness::Kind::Sqlite, run);
            }
            #[test]
            $(#[$meta])*
            fn postgres() {
                $crate::harness::TestApp::with($crate::harness::Kind::Postgres, run);
            }
        }
    )*};
}

/// The running program.
pub struct TestApp {
    pub state: State,
    /// Who is there from the beginning.
    pub cast: &'static Cast,
    base: String,
    handle: ServerHandle,
    server: Option<JoinHandle<()>>,
    /// Does the jobs.
    runner: Mutex<Option<Runner>>,
    /// Dropped last: the database outlives the server. None where it is another program's.
    _database: Option<Database>,
}

impl TestApp {
    /// Runs a test on a database of a kind; says loudly that it does not where there is no server for it.
    pub fn with(kind: Kind, test: fn(&Self)) {
        if let Some(app) = Self::on(kind) {
            test(&app);
            app.require_facts();
        }
    }

    /// Whatever a test did, the facts say what the orders say.
    pub fn require_facts(&self) {
        // Orders in packs, too, which the program makes of thousands.
        let now = self.state.clock.now();
        while self.state.db.write_here(move |tx| facts::packs::keep(tx, 1, 3, now)).unwrap() {}
        let drift = self.state.db.read_here(|c| {
            let choices = standards::service::current(c, Entity::Orders.as_str())?.choices();
            facts::drift(c, choices, 5)
        });
        assert_eq!(drift.unwrap(), []);
    }

    /// The program on a database of a kind; none where there is no server for it.
    pub fn on(kind: Kind) -> Option<Self> {
        Database::create(kind).map(Self::start)
    }

    /// Does no more jobs: those are for a program that goes by another clock, and either would take the other's leases for nobody's.
    pub fn leave_jobs(&self) {
        drop(self.runner.lock().unwrap().take());
    }

    /// The same without jobs: for tests whose jobs another program does, by a clock of its own.
    pub fn without_jobs(kind: Kind) -> Option<Self> {
        Database::create(kind).map(Self::idle)
    }

    fn start(database: Database) -> Self {
        let app = Self::idle(database);
        *app.runner.lock().unwrap() = Some(app::start_jobs(&app.state).unwrap());
        app
    }

    /// The program on a database; it does no jobs, which are for those whom a test starts beside it.
    pub fn idle(database: Database) -> Self {
        let mut app = Self::serve(open(&database.url, Clock::held_at(BEGIN), &[], |_| {}));
        app._database = Some(database);
        app
    }

    /// Another instance of the program on the same database, with the same clock and some settings of its own; it does no jobs.
    pub fn instance(&self, settings: &[(&str, &str)]) -> Self {
        Self::serve(open(&self.state.config.database_url, self.state.clock.clone(), settings, |_| {}))
    }

    /// The same, with what no setting decides.
    pub fn beside(&self, tune: impl FnOnce(&mut Config)) -> Self {
        Self::serve(open(&self.state.config.database_url, self.state.clock.clone(), &[], tune))
    }

    fn serve(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (send, receive) = mpsc::channel();
        let served = state.clone();
        let server = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::serve(served, listener).unwrap();
                send.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = receive.recv().expect("the server starts");
        Self { state, cast: Cast::get(), base, handle, server: Some(server), runner: Mutex::default(), _database: None }
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Moves the time on.
    pub fn advance(&self, seconds: i64) {
        self.state.clock.advance_seconds(seconds.try_into().expect("time passes forward"));
    }
    /// Sets the clock forward or back; no time passes.
    pub fn set_clock(&self, seconds: i64) {
        self.state.clock.set_by_seconds(seconds);
    }

    /// Asks as a user, with a token made this moment.
    pub fn as_(&self, user: &User) -> Client<'_> {
        self.with_token(&self.token(user))
    }
    /// Asks with a token as it stands.
    pub fn with_token(&self, token: &str) -> Client<'_> {
        self.nobody().with("authorization", &format!("Bearer {token}"))
    }
    /// Asks without a token.
    pub fn nobody(&self) -> Client<'_> {
        Client::new(&self.base)
    }
    /// A token of a user's session, made this moment.
    pub fn token(&self, user: &User) -> String {
        tokens::issue(&self.state.token_keys, user.id, user.id, self.state.clock.now()).unwrap()
    }

    /// Adds a user who cannot log in by password.
    pub fn user(&self, name: &str, role: Role, team: Option<Id>) -> User {
        let user = User::new(name, role, team);
        self.add(&user, None, true);
        user
    }
    /// Adds a user whose password is [`PASSWORD`].
    pub fn user_with_password(&self, name: &str, role: Role, active: bool) -> User {
        let user = User::new(name, role, None);
        self.add(&user, Some(cast::password_hash()), active);
        user
    }
    fn add(&self, user: &User, hash: Option<String>, active: bool) {
        let user = user.clone();
        let insert = move |tx: &mut _| {
            cast::insert_user(tx, &user, hash.clone(), active);
            Ok(())
        };
        self.state.db.write_here(insert).unwrap();
    }
    /// Adds a team.
    pub fn team(&self, name: &str, lead: Option<Id>) -> Id {
        let (id, name) = (intent_orders::platform::clock::new_id(), name.to_owned());
        let insert = move |tx: &mut _| {
            cast::insert_team(tx, id, &name, lead);
            Ok(())
        };
        self.state.db.write_here(insert).unwrap();
        id
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.leave_jobs();
        // The command is sent when it is made; nobody needs to wait for its answer.
        drop(self.handle.stop(false));
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// The state of a program on a database, with settings fit for tests and those of one test.
fn open(url: &DatabaseUrl, clock: Clock, settings: &[(&str, &str)], tune: impl FnOnce(&mut Config)) -> State {
    let secret = "s".repeat(32);
    let fit = [("RATE_LIMIT", "off"), ("LOGIN_RATE_LIMIT", "off"), ("SECRET", secret.as_str())];
    let values: BTreeMap<_, _> = fit.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut config = Config::from_values(&values).unwrap();
    config.database_url = url.clone();
    config.public_url = "https://orders.example.com".into();
    config.pool = 4;
    config.workers = 1;
    tune(&mut config);
    State::open(config, clock).unwrap().0
}

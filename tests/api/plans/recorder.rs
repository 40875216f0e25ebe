//! Hears every statement that the program sends to a database, with its values: Diesel tells what it is about to run, so nothing is written twice.
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use intent_orders::platform::watch::statements;

/// What was heard of the databases that are listened to, by their address.
static HEARD: Mutex<BTreeMap<String, Vec<String>>> = Mutex::new(BTreeMap::new());

fn heard() -> MutexGuard<'static, BTreeMap<String, Vec<String>>> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection's ear.
struct Ear {
    address: String,
}

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event
            && let Some(statements) = heard().get_mut(&self.address)
        {
            statements.push(query.to_string());
        }
    }
}

/// Listens to all connections to a database that are opened from now on.
pub fn listen(address: &str) {
    heard().entry(address.to_owned()).or_default();
    statements::listen_besides(|address| Box::new(Ear { address: address.to_owned() }));
}

/// What was heard since the last time.
pub fn take(address: &str) -> Vec<String> {
    heard().get_mut(address).map(std::mem::take).unwrap_or_default()
}

//! Logging: one JSON object a line, to standard error. Secrets and personal values never come here.
use std::io::Write;

use log::kv::{Key, Value, VisitSource};
use serde_json::{Map, json};

use super::clock::Clock;
use super::watch::access;

/// Starts logging at a level; a second call changes nothing.
pub fn start(level: log::LevelFilter) {
    let clock = Clock::system();
    let _ = env_logger::Builder::new()
        .filter_level(level)
        // Start-up chatter of the web server says nothing that our own lines do not.
        .filter_module("actix_server", log::LevelFilter::Warn)
        .format(move |out, record| {
            // The line of a request is an object as it comes: it is written with each of them.
            if record.target() == access::TARGET {
                return writeln!(out, "{}", record.args());
            }
            let mut line = Map::new();
            line.insert("time".into(), json!(clock.now().to_string()));
            line.insert("level".into(), json!(record.level().as_str().to_ascii_lowercase()));
            line.insert("target".into(), json!(record.target()));
            line.insert("message".into(), json!(record.args().to_string()));
            let _ = record.key_values().visit(&mut Fields(&mut line));
            writeln!(out, "{}", serde_json::Value::Object(line))
        })
        .try_init();
}

struct Fields<'a>(&'a mut Map<String, serde_json::Value>);
impl<'kvs> VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        let value = value.to_u64().map_or_else(|| json!(value.to_string()), |n| json!(n));
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}

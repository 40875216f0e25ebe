//! The event log over HTTP: the feed and its rights, the trail of one record, and what races do to them.
mod feed;
mod races;
mod trail;

use intent_orders::platform::web::Query;
use serde_json::Value;

use crate::harness::{Answer, Client};

/// Walks the feed from a place to its end: all events, and where the end is.
pub fn walk(client: &Client<'_>, filter: &str, mut after: Option<String>) -> (Vec<Value>, String) {
    let mut events = Vec::new();
    loop {
        let place = after.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
        let page = client.get(&format!("/api/v1/events?{filter}{place}")).expect(200);
        events.extend(page.body["data"].as_array().unwrap().iter().cloned());
        let next = page.body["page"]["next_cursor"].as_str().unwrap().to_owned();
        if page.body["page"]["has_more"] == false {
            return (events, next);
        }
        assert_eq!(link(&page), Some(next.clone()));
        after = Some(next);
    }
}

/// The `after` of the address in `Link`.
fn link(page: &Answer) -> Option<String> {
    let address = page.header("link").strip_prefix('<')?.split_once('>')?.0.to_owned();
    let (_, query) = address.split_once('?')?;
    Query::parse("", query).ok()?.get("after").map(str::to_owned)
}

/// The types of events, in their order.
pub fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

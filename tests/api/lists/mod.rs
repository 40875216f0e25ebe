//! What every list promises, asked of orders: a world of them, conditions made at random, and their meaning told a second time.
mod agree;
mod conditions;
mod meaning;
pub mod random;
mod world;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::{Answer, Client};

/// Text as it stands in an address.
pub fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// All pages of a list of orders, walked to the end.
pub fn walk(client: &Client<'_>, query: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/orders?{query}&limit={limit}{cursor}")).expect(200).body;
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["page"]["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

/// How many there are, counted by the server.
pub fn total(client: &Client<'_>, url: &str) -> i64 {
    client.get(&format!("{url}&include_total=true&limit=1")).expect(200).body["page"]["total"].as_i64().unwrap()
}

/// What the imported orders are called, in every database alike.
pub fn reference(order: &Value) -> String {
    order["external_ref"]["id"].as_str().unwrap_or_else(|| panic!("no reference: {order}")).to_owned()
}

/// The orders that meet a condition in JSON.
pub fn meeting(client: &Client<'_>, condition: &Value) -> BTreeSet<String> {
    walk(client, &format!("filter={}", encoded(&condition.to_string())), 200).iter().map(reference).collect()
}

/// The same rows as a table, header and all.
pub fn csv_rows(answer: &Answer) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

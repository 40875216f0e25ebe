//! What a condition means, told a second time and in another way: two-valued, over the orders as they are answered.
use std::cmp::Ordering;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime};
use intent_orders::platform::db::UtcTime;
use serde_json::{Value, json};

use super::world::World;

/// A stretch of values: from its beginning to, and without, its end; a point has no end.
struct Stretch {
    from: String,
    until: Option<String>,
}

/// The world at a moment, as seen from Shanghai.
pub struct Meaning<'w> {
    pub world: &'w World,
    pub now: UtcTime,
}

impl Meaning<'_> {
    /// Puts the records of this world where a condition names one.
    pub fn named(&self, condition: &Value) -> Value {
        match condition {
            Value::String(text) => text
                .strip_prefix('@')
                .and_then(|name| name.split_once(':'))
                .map_or_else(|| condition.clone(), |(kind, number)| self.record(kind, number.parse().unwrap())),
            Value::Array(items) => items.iter().map(|item| self.named(item)).collect(),
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), self.named(value))).collect::<serde_json::Map<_, _>>().into(),
            other => other.clone(),
        }
    }
    fn record(&self, kind: &str, number: usize) -> Value {
        match kind {
            "owner" => json!(self.world.owners[number].0.to_string()),
            "team" => json!(self.world.owners[number].1.unwrap().to_string()),
            "customer" => self.world.customers[number]["id"].clone(),
            _ => self.world.products[number]["id"].clone(),
        }
    }

    /// Whether an order meets a condition.
    pub fn holds(&self, order: &Value, condition: &Value) -> bool {
        let (kind, inner) = ["all", "any", "not", "field"].into_iter().find_map(|kind| Some((kind, condition.get(kind)?))).unwrap();
        let parts = || inner.as_array().unwrap().iter();
        match kind {
            "all" => parts().all(|part| self.holds(order, part)),
            "any" => parts().any(|part| self.holds(order, part)),
            "not" => !self.holds(order, inner),
            _ => self.test(order, inner.as_str().unwrap(), condition["op"].as_str().unwrap(), &condition["value"]),
        }
    }

    fn test(&self, order: &Value, field: &str, op: &str, value: &Value) -> bool {
        if field == "q" {
            return value.as_str().unwrap().split(' ').all(|word| self.finds(order, word));
        }
        let (values, missing) = self.values(order, field);
        if op == "null" {
            return missing == value.as_bool().unwrap();
        }
        if op == "ne" {
            return !self.test(order, field, "in", value);
        }
        if let Some(other) = value.get("field").and_then(Value::as_str) {
            let (others, _) = self.values(order, other);
            return values.first().zip(others.first()).is_some_and(|(a, b)| meets(a.cmp(b), op));
        }
        let one = std::slice::from_ref(value);
        let stretches: Vec<Stretch> = value.as_array().map_or(one, |values| values).iter().map(|v| self.stretch(field, v.as_str().unwrap())).collect();
        // The end of a stretch is the first value behind it.
        let behind = |value: &String, stretch: &Stretch| stretch.until.as_ref().map_or(*value > stretch.from, |until| value >= until);
        values.iter().any(|value| match op {
            "gt" => behind(value, &stretches[0]),
            "gte" => *value >= stretches[0].from,
            "lt" => *value < stretches[0].from,
            "lte" => !behind(value, &stretches[0]),
            "between" => *value >= stretches[0].from && !behind(value, &stretches[1]),
            _ => stretches.iter().any(|stretch| *value >= stretch.from && !behind(value, stretch)),
        })
    }

    /// The values of a field, in a form that sorts as they do, and whether one is missing.
    fn values(&self, order: &Value, field: &str) -> (Vec<String>, bool) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let plain = |value: Option<String>| (value.iter().cloned().collect(), value.is_none());
        let closed = || !order["closed_on"].is_null();
        let lines = || order["lines"].as_array().unwrap().iter();
        let several = |values: Vec<Option<String>>| (values.iter().flatten().cloned().collect(), values.iter().any(Option::is_none));
        match field {
            "owner" => plain(text(&order["owner"]["id"])),
            "team" => plain(text(&order["team"]["id"])),
            "closed_owner" => plain(text(&order["owner"]["id"]).filter(|_| closed())),
            "closed_team" => plain(text(&order["team"]["id"]).filter(|_| closed())),
            "customer" => plain(text(&order["customer"]["id"])),
            "product" => several(lines().map(|line| text(&line["product"]["id"])).collect()),
            "category" => several(lines().map(|line| text(&find(&self.world.products, &line["product"]["id"])["category"])).collect()),
            "tags" => {
                let tags: Vec<String> = order["tags"].as_array().unwrap().iter().filter_map(text).collect();
                (tags.clone(), tags.is_empty())
            }
            "amount" => plain(text(&order["amount"]).map(|amount| number(&amount))),
            _ if field.starts_with("custom.") => match &order["custom"][&field["custom.".len()..]] {
                Value::Array(marks) => (marks.iter().filter_map(text).collect(), false),
                Value::Number(seats) => plain(Some(number(&seats.to_string()))),
                Value::Object(keeper) => plain(text(&keeper["id"])),
                value => plain(text(value)),
            },
            _ => match field.strip_prefix("customer.") {
                Some(of) => plain(text(&find(&self.world.customers, &order["customer"]["id"])[of])),
                None => plain(text(&order[field])),
            },
        }
    }

    fn stretch(&self, field: &str, text: &str) -> Stretch {
        let point = |from: String| Stretch { from, until: None };
        if ["amount", "custom.seats"].contains(&field) {
            return point(number(text));
        }
        if field.ends_with("_at") {
            if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
                return point(moment(time.naive_utc()));
            }
            let (from, until) = self.days(text);
            let begins = |day: NaiveDate| moment(day.and_hms_opt(0, 0, 0).unwrap() - chrono::TimeDelta::hours(8));
            return Stretch { from: begins(from), until: Some(begins(until)) };
        }
        if ["closed_on", "expected_close_date", "custom.due"].contains(&field) {
            let (from, until) = self.days(text);
            return Stretch { from: from.to_string(), until: Some(until.to_string()) };
        }
        point(text.to_owned())
    }

    /// A day or a period: its first day, and the first day behind it.
    fn days(&self, text: &str) -> (NaiveDate, NaiveDate) {
        let today = (self.now.to_chrono() + chrono::TimeDelta::hours(8)).date_naive();
        let day = |day: NaiveDate| (day, day + Days::new(1));
        let from = |month: u32, months: u32| {
            let first = NaiveDate::from_ymd_opt(today.year(), month, 1).unwrap();
            (first, first + Months::new(months))
        };
        let back = |(first, _): (NaiveDate, NaiveDate), months: u32| (first - Months::new(months), first);
        match text {
            "today" => day(today),
            "this_month" => from(today.month(), 1),
            "last_month" => back(from(today.month(), 1), 1),
            "next_month" => (from(today.month(), 1).1, from(today.month(), 2).1),
            "last_quarter" => back(from(today.month0() / 3 * 3 + 1, 3), 3),
            "this_year" => from(1, 12),
            _ => match text.strip_prefix('-').and_then(|t| t.strip_suffix('d')) {
                Some(days) => day(today - Days::new(days.parse().unwrap())),
                None => day(text.parse().unwrap()),
            },
        }
    }

    /// Whether a word stands in an order or in what everybody may read of its customer: Han anywhere, others at the beginning of a word.
    fn finds(&self, order: &Value, word: &str) -> bool {
        let customer = find(&self.world.customers, &order["customer"]["id"]);
        let lines = order["lines"].as_array().unwrap().iter().map(|line| &line["description"]);
        let tags = order["tags"].as_array().unwrap().iter();
        let own = [&order["number"], &order["title"], &order["note"], &order["external_ref"]["id"]];
        let texts = own.into_iter().chain([&customer["name"], &customer["industry"], &customer["region"]]).chain(lines).chain(tags);
        let mut texts = texts.filter_map(Value::as_str).map(|text| text.to_lowercase().replace('ë', "e").replace("ｇｔｘ", "gtx"));
        let word = word.to_lowercase();
        if !word.is_ascii() {
            return texts.any(|text| text.contains(&word));
        }
        // A reference such as ref-1 is two words, each of which has to begin one.
        let parts: Vec<&str> = word.split('-').collect();
        let words: Vec<String> = texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_owned).collect::<Vec<_>>()).collect();
        parts.iter().all(|part| words.iter().any(|w| w.starts_with(part)))
    }
}

fn meets(order: Ordering, op: &str) -> bool {
    match op {
        "gt" => order.is_gt(),
        "gte" => order.is_ge(),
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        _ => order.is_eq(),
    }
}

fn find<'v>(all: &'v [Value], id: &Value) -> &'v Value {
    all.iter().find(|record| record["id"] == *id).unwrap()
}

/// Amounts as texts of one length.
fn number(text: &str) -> String {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole:0>15}.{part:0<4}")
}

fn moment(time: NaiveDateTime) -> String {
    time.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

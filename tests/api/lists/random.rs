//! Conditions made at random from a seed, the same ones every time.
use serde_json::{Value, json};

use super::world::STATUSES;

/// A generator of numbers (SplitMix64).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    pub fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

/// What a field is asked about: its name, whether it has an order, whether it may be missing, and values. What begins with `@` is a record of the world.
pub struct Asked {
    pub name: &'static str,
    pub ordered: bool,
    pub optional: bool,
    pub values: &'static [&'static str],
}

const TIMES: &[&str] =
    &["2026-03-05", "2026-10-15T12:00:00Z", "-30d", "this_month", "last_quarter", "this_year", "today", "2026-11-23T08:00:00Z", "2026-10-01T00:00:00+08:00"];
const DATES: &[&str] = &["2026-10-15", "2026-11-10", "-7d", "today", "this_month", "last_month", "next_month", "this_year"];
const OWNERS: &[&str] = &["@owner:0", "@owner:1", "@owner:2", "@owner:3", "@owner:4"];
const TEAMS: &[&str] = &["@team:0", "@team:3"];

/// All fields of orders but `q`.
pub const FIELDS: [Asked; 30] = [
    of("status", &STATUSES),
    of("stage", &["intent", "negotiation", "contract", "nowhere"]),
    of("owner", OWNERS),
    perhaps("team", TEAMS),
    perhaps("customer", &["@customer:0", "@customer:1", "@customer:2", "@customer:3", "@customer:4", "@customer:5"]),
    perhaps("product", &["@product:0", "@product:1", "@product:2", "@product:3", "@product:4"]),
    perhaps("category", &["GTX", "MG", "仪表, 水电", "nothing"]),
    perhaps("intent_level", &["high", "medium", "low"]),
    perhaps("source", &["web", "referral", "trade_fair", "other"]),
    perhaps("tags", &["refit", "大客户", "a,b", "Zoë", "zoë"]),
    of("currency", &["CNY", "USD", "JPY", "EUR"]),
    ordered("amount", false, &["100", "55.00", "1000", "95", "167.5", "0"]),
    ordered("expected_close_date", true, DATES),
    ordered("created_at", false, TIMES),
    ordered("updated_at", false, TIMES),
    ordered("first_submitted_at", true, TIMES),
    ordered("submitted_at", true, TIMES),
    ordered("closed_on", true, DATES),
    ordered("closed_at", true, TIMES),
    perhaps("closed_owner", OWNERS),
    perhaps("closed_team", TEAMS),
    perhaps("reason", &["price", "budget", "duplicate", "other"]),
    perhaps("customer.industry", &["telecom", "retail", "machines, tools"]),
    perhaps("customer.region", &["华东", "华北", "EMEA"]),
    perhaps("customer.value_tier", &["key", "regular", "potential"]),
    perhaps("custom.grade", &["a", "b", "c"]),
    ordered("custom.seats", true, &["0", "7", "14", "21", "7.5"]),
    ordered("custom.due", true, DATES),
    perhaps("custom.marks", &["x", "y", "z"]),
    perhaps("custom.keeper", OWNERS),
];
/// Fields that can be held against each other, and whether they have an order.
pub const PAIRS: [(&str, &str, bool); 7] = [
    ("updated_at", "submitted_at", true),
    ("created_at", "first_submitted_at", true),
    ("closed_at", "submitted_at", true),
    ("closed_on", "expected_close_date", true),
    ("owner", "closed_owner", false),
    ("closed_team", "team", false),
    ("source", "intent_level", false),
];
const WORDS: [&str; 12] = ["华为", "为", "refit", "zoe", "gtx", "IO", "安装", "加急", "telecom", "ref-1", "框架 spring", "华东 refit"];

const fn of(name: &'static str, values: &'static [&'static str]) -> Asked {
    Asked { name, ordered: false, optional: false, values }
}
const fn perhaps(name: &'static str, values: &'static [&'static str]) -> Asked {
    Asked { name, ordered: false, optional: true, values }
}
const fn ordered(name: &'static str, optional: bool, values: &'static [&'static str]) -> Asked {
    Asked { name, ordered: true, optional, values }
}

/// A condition of at most so many levels.
pub fn condition(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth <= 1 { 5 } else { 10 }) {
        0..=3 => test(random),
        4 => special(random),
        5 | 6 => json!({"not": condition(random, depth - 1)}),
        n => {
            let parts: Vec<Value> = (0..random.below(4)).map(|_| condition(random, depth - 1)).collect();
            if n == 7 { json!({ "all": parts }) } else { json!({ "any": parts }) }
        }
    }
}

fn test(random: &mut Random) -> Value {
    let field = random.one_of(&FIELDS);
    let ops: &[&str] = if field.ordered { &["in", "eq", "ne", "gt", "gte", "lt", "lte", "between", "null"] } else { &["in", "eq", "ne", "in", "null"] };
    let op = *random.one_of(ops);
    let value = match op {
        "null" if !field.optional => return test(random),
        "null" => json!(random.chance(50)),
        "between" => json!([random.one_of(field.values), random.one_of(field.values)]),
        "in" | "ne" if random.chance(60) => (0..=random.below(3)).map(|_| *random.one_of(field.values)).collect(),
        _ => json!(random.one_of(field.values)),
    };
    json!({"field": field.name, "op": op, "value": value})
}

fn special(random: &mut Random) -> Value {
    if random.chance(50) {
        return json!({"field": "q", "op": "eq", "value": random.one_of(&WORDS)});
    }
    let (a, b, ordered) = *random.one_of(&PAIRS);
    let op = *random.one_of(if ordered { &["eq", "ne", "gt", "gte", "lt", "lte"][..] } else { &["eq", "ne"] });
    let (a, b) = if random.chance(50) { (a, b) } else { (b, a) };
    json!({"field": a, "op": op, "value": {"field": b}})
}

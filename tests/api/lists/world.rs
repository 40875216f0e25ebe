//! Orders of many kinds: nearly everything is there, and nearly everything is missing somewhere. The same world comes out on every database.
use intent_orders::identity::Act;
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::db::Id;
use intent_orders::platform::web::body::decode;
use serde_json::{Value, json};

use super::random::Random;
use super::walk;
use crate::harness::TestApp;
use crate::standards::{choices, define, field};

pub const STATUSES: [&str; 9] = ["draft", "in_review", "returned", "pending", "processed", "won", "lost", "cancelled", "expired"];
const TITLES: [&str; 7] = ["Spring refit", "华为园区改造", "Zoë's café, Übersee", "=1+1", "年度 框架 协议 2027", "ＧＴＸ rollout", "华 为"];
const NOTES: [&str; 3] = ["Refit after the fair.", "客户要求加急，\n下周回访", "plain"];
const TAGS: [&str; 4] = ["refit", "大客户", "a,b", "Zoë"];

/// The world as the API answers it.
pub struct World {
    pub customers: Vec<Value>,
    pub products: Vec<Value>,
    pub orders: Vec<Value>,
    /// Owners and their teams.
    pub owners: Vec<(Id, Option<Id>)>,
}

/// Puts a world into an empty database; its orders come in through the service, as those of a file do.
pub fn build(app: &TestApp, orders: usize, seed: u64) -> World {
    let admin = app.as_(&app.cast.admin);
    let fields = json!([
        field("grade", json!({"type": "enum", "values": choices(&["a", "b", "c"])})),
        field("seats", json!({"type": "integer"})),
        field("due", json!({"type": "date"})),
        field("marks", json!({"type": "multi_enum", "values": choices(&["z", "y", "x"])})),
        field("keeper", json!({"type": "user"})),
    ]);
    define(app, "orders", fields);
    let products: Vec<Value> =
        [("GTX Pro", Some("GTX")), ("GTX Basic", Some("GTX")), ("MG 特别版", Some("MG")), ("智能电表", Some("仪表, 水电")), ("Loose cable", None)]
            .iter()
            .map(|(name, category)| admin.post("/api/v1/products", json!({"sku": name, "name": name, "category": category})).expect(201).body)
            .collect();
    let customers: Vec<Value> = [
        ("上海华为技术有限公司", Some("telecom"), Some("华东"), Some("key")),
        ("北京智能科技", Some("telecom"), Some("华北"), None),
        ("Lakeside Precision Ltd", Some("machines, tools"), None, Some("regular")),
        ("Zoë Retail", Some("retail"), Some("EMEA"), Some("potential")),
        ("Nobody in particular", None, None, None),
        ("为民超市", Some("retail"), Some("华东"), Some("regular")),
    ]
    .iter()
    .map(|(name, industry, region, tier)| {
        admin.post("/api/v1/customers", json!({"name": name, "industry": industry, "region": region, "value_tier": tier})).expect(201).body
    })
    .collect();
    let cast = app.cast;
    let owners = [&cast.rep, &cast.mate, &cast.lead, &cast.stranger, &cast.admin];
    let mut random = Random::new(seed);
    for first in (0..orders).step_by(50) {
        let rows: Vec<Value> =
            (first..orders.min(first + 50)).map(|n| row(&mut random, n, &customers, &products, &owners.map(|owner| owner.email()))).collect();
        let act = Act::system(app.state.clock.now());
        let unit = move |tx: &mut _| rows.iter().try_for_each(|row| service::import(tx, &act, decode::<OrderImport>(row)?, "a fingerprint").map(drop));
        app.state.db.write_here(unit).unwrap();
        // Not all of them are of one moment.
        app.advance(7 * 3600);
    }
    // Some are put away: nobody may meet them. By now a token is needed that is of this hour.
    let admin = app.as_(&app.cast.admin);
    for order in walk(&admin, "sort=number", 200).iter().step_by(23) {
        admin.delete(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap()), "*").expect(204);
    }
    let orders = walk(&admin, "sort=number", 200);
    World { customers, products, orders, owners: owners.iter().map(|owner| (owner.id, owner.team)).collect() }
}

fn row(random: &mut Random, n: usize, customers: &[Value], products: &[Value], owners: &[String]) -> Value {
    let status = *random.one_of(&STATUSES);
    let (month, day) = (random.below(11) + 1, random.below(22) + 1);
    let created =
        if random.chance(20) { format!("2025-{month:02}-{day:02}") } else { format!("2026-{:02}-{day:02}T{:02}:30:00Z", month.min(9), random.below(24)) };
    let lines: Vec<Value> = (0..=random.below(3))
        .map(|_| {
            let rate = if random.chance(20) { Some("0.05") } else { None };
            json!({"product": random.one_of(products)["id"], "quantity": random.below(3) + 1, "unit_price": random.one_of(&["100", "55", "1000", "12"]), "discount_rate": rate,
                "description": if random.chance(20) { Some("含安装 with installation") } else { None }})
        })
        .collect();
    let tags: Vec<&str> = TAGS.iter().copied().filter(|_| random.chance(30)).collect();
    let mut row = json!({"external_ref": {"system": "t", "id": format!("ref-{n}")}, "customer_id": random.one_of(customers)["id"], "owner_email": random.one_of(owners),
        "status": status, "stage": random.one_of(&["intent", "negotiation", "contract"]), "created_at": created, "currency": random.one_of(&["CNY", "CNY", "USD", "JPY"]), "tags": tags, "lines": lines});
    row["custom"] = custom(n, owners);
    if random.chance(80) {
        row["title"] = json!(random.one_of(&TITLES));
    }
    if random.chance(40) {
        row["note"] = json!(random.one_of(&NOTES));
    }
    if random.chance(70) {
        row["intent_level"] = json!(random.one_of(&["high", "medium", "low"]));
    }
    if random.chance(70) {
        row["source"] = json!(random.one_of(&["web", "referral", "trade_fair"]));
    }
    if random.chance(70) {
        row["expected_close_date"] = json!(format!("2026-{:02}-{:02}", random.below(3) + 10, random.below(28) + 1));
    }
    if status != "draft" && random.chance(60) {
        row["submitted_at"] = json!(format!("2026-10-{:02}T{:02}:00:00Z", random.below(31) + 1, random.below(24)));
    }
    if ["won", "lost", "cancelled", "expired"].contains(&status) {
        row["closed_on"] = json!(format!("2026-{:02}-{:02}", random.below(2) + 10, random.below(22) + 1));
    }
    if status == "lost" && random.chance(70) {
        row["reason"] = json!(random.one_of(&["price", "budget"]));
    }
    if status == "cancelled" && random.chance(70) {
        row["reason"] = json!("duplicate");
    }
    row
}

/// What an order holds of the fields that the company defines; of each some hold nothing.
fn custom(n: usize, owners: &[String]) -> Value {
    let some = |there: bool, value: Value| if there { value } else { Value::Null };
    let marks: Vec<&str> = [("x", 2), ("y", 3), ("z", 5)].into_iter().filter(|(_, of)| n.is_multiple_of(*of)).map(|(mark, _)| mark).collect();
    json!({
        "grade": some(n % 4 < 3, json!(["a", "b", "c"][n % 3])),
        "seats": some(!n.is_multiple_of(5), json!(n * 7 % 28)),
        "due": some(!n.is_multiple_of(3), json!(format!("2026-{:02}-{:02}", n % 3 + 10, n % 28 + 1))),
        "marks": marks,
        "keeper": some(n % 6 < 4, json!(owners[n % owners.len()])),
    })
}

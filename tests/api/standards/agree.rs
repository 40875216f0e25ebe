//! What is tried and what is done are the same: for entries and standards made at random, every call refuses exactly what the trial said it would.
use intent_orders::identity::{Act, Caller, Role};
use intent_orders::orders::dto::input::OrderImport;
use intent_orders::orders::service;
use intent_orders::platform::db::work;
use intent_orders::platform::web::body::decode;
use serde_json::{Map, Value, json};

use super::{define, field};
use crate::harness::Answer;
use crate::lists::random::Random;
use crate::orders::{act, entered, sound, stock};

const FIELDS: [&str; 10] = ["title", "customer_id", "currency", "expected_close_date", "valid_until", "intent_level", "source", "note", "tags", "lines"];

/// A rule of any kind, at any moment, for any stage.
fn rule(r: &mut Random, n: usize) -> Value {
    let mut rule = match r.below(14) {
        0 => json!({"kind": "required", "fields": [r.one_of(&["title", "note", "source", "valid_until", "tags", "custom.budget", "lines[].description"])]}),
        1 => json!({"kind": "length", "max": 3 + r.below(5), "fields": [r.one_of(&["title", "note", "lines[].description"])]}),
        2 => {
            json!({"kind": "range", "min": r.below(3).to_string(), "exclusive_min": r.chance(50), "fields": [r.one_of(&["lines[].quantity", "custom.budget", "amount"])]})
        }
        3 => json!({"kind": "scale", "max": r.below(2), "fields": ["lines[].unit_price"]}),
        4 => json!({"kind": "one_of", "values": ["high", "web", "a"], "fields": [r.one_of(&["intent_level", "source", "tags"])]}),
        5 => json!({"kind": "date_window", "min_days": 0, "max_days": 100 + r.below(60), "fields": [r.one_of(&["expected_close_date", "valid_until"])]}),
        6 => json!({"kind": "known_product", "fields": ["lines[].product"]}),
        7 => json!({"kind": "pattern", "pattern": "^[A-Z春]", "fields": [r.one_of(&["title", "note"])]}),
        8 => json!({"kind": "price_band", "within": "0.1", "fields": ["lines[].unit_price"]}),
        9 => json!({"kind": "discount_limit", "max": "0.5", "roles": {"rep": "0.1"}, "fields": ["lines[].discount_rate"]}),
        10 => json!({"kind": "unique", "fields": r.one_of(&[&["title", "customer_id"][..], &["customer_id", "lines[].product", "owner"], &["custom.budget"]])}),
        11 if r.chance(50) => {
            json!({"kind": "compare", "fields": ["valid_until"], "condition": {"field": "valid_until", "op": "gte", "value": {"field": "expected_close_date"}}})
        }
        11 => json!({"kind": "compare", "fields": ["lines[].discount_rate"], "condition": {"any": [
            {"field": "intent_level", "op": "eq", "value": "high"}, {"field": "lines[].discount_rate", "op": "lte", "value": "0.1"}]}}),
        12 => json!({"kind": "count", "min": 1, "max": 1 + r.below(2), "fields": [r.one_of(&["tags", "lines"])]}),
        _ if r.chance(50) => json!({"kind": "sum", "max_field": "custom.budget", "fields": ["lines[].amount"]}),
        _ => json!({"kind": "sum", "max": "9000", "fields": ["lines[].amount"]}),
    };
    rule["id"] = json!(format!("r{n}"));
    rule["on"] = json!(r.one_of(&["save", "save", "save", "submit", "enter_stage", "win"]));
    rule["severity"] = json!(r.one_of(&["error", "error", "warning"]));
    if r.chance(20) {
        rule["stages"] = json!([r.one_of(&["intent", "negotiation", "contract"])]);
    }
    if r.chance(35) {
        rule["when"] = match r.below(7) {
            0 => json!({"field": "intent_level", "op": "ne", "value": "high"}),
            1 => json!({"field": "status", "op": "eq", "value": r.one_of(&["draft", "pending"])}),
            2 => json!({"field": "stage", "op": "eq", "value": r.one_of(&["intent", "contract"])}),
            3 => json!({"field": "customer.industry", "op": "eq", "value": "telecom"}),
            4 => json!({"field": "role", "op": "eq", "value": "rep"}),
            5 => json!({"field": "category", "op": "eq", "value": "MG"}),
            _ => json!({"field": "amount", "op": "gt", "value": "5000"}),
        };
    }
    rule
}

/// An entry in which everything may be right, wrong, absent or unreadable.
fn entry(r: &mut Random, customer: &str) -> Value {
    let mut entry = Map::new();
    let mut put = |name: &str, percent: usize, value: Value, r: &mut Random| {
        if r.chance(percent) {
            entry.insert(name.into(), if r.chance(4) { json!({"no": "value"}) } else { value });
        }
    };
    let customer = if r.chance(92) { customer } else { "0192d3a4-0000-7000-8000-000000000000" };
    put("customer_id", 95, json!(customer), r);
    let title = *r.one_of(&["Spring", "refit", "春季改造", "A very long title", "Twin"]);
    put("title", 85, json!(title), r);
    let day = *r.one_of(&["2027-03-31", "2026-11-23", "2026-11-22", "2028-01-01", "soon"]);
    put("expected_close_date", 80, json!(day), r);
    let day = *r.one_of(&["2027-03-31", "2026-12-24", "2026-11-01"]);
    put("valid_until", 50, json!(day), r);
    let level = *r.one_of(&["high", "medium", "low"]);
    put("intent_level", 70, json!(level), r);
    let source = *r.one_of(&["web", "trade_fair", "referral"]);
    put("source", 60, json!(source), r);
    let note = *r.one_of(&["n", "Note", "a note of more than five characters"]);
    put("note", 60, json!(note), r);
    let tags = r.one_of(&[&["a"][..], &["a", "b"], &["x"], &[]]).to_vec();
    put("tags", 60, json!(tags), r);
    put("currency", 30, json!("CNY"), r);
    let budget = r.one_of(&["1", "5000", "20000", "-3", "x"]).to_owned();
    put("custom", 60, if r.chance(85) { json!({"budget": budget}) } else { json!({"unknown": 1}) }, r);
    let line = |r: &mut Random| {
        let mut line = json!({"product": r.one_of(&["GTX Pro", "MG", "GTXPro", "GTX Prp"]), "quantity": r.one_of(&["1", "2", "0", "1.5"])});
        let more = [
            ("unit_price", *r.one_of(&["4821", "4000.55", "55", "9"])),
            ("discount_rate", *r.one_of(&["0.05", "0.3", "2"])),
            ("description", *r.one_of(&["d", "a description"])),
        ];
        for (name, value) in more {
            if r.chance(45) {
                line[name] = json!(value);
            }
        }
        if r.chance(5) {
            line.as_object_mut().unwrap().remove("product");
        }
        line
    };
    let lines: Vec<Value> = (0..r.below(4)).map(|_| line(r)).collect();
    put("lines", 92, json!(lines), r);
    Value::Object(entry)
}

type Told = Vec<(String, String, String)>;

fn sorted(mut told: Told) -> Told {
    told.sort();
    told
}
fn of(fault: &Value) -> (String, String, String) {
    let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
    (text("pointer"), text("code"), text("rule"))
}
/// What a trial says that a call refuses, or warns of.
fn said(trial: &Value, list: &str, call: &str) -> Told {
    let named = |violation: &&Value| violation[list].as_array().unwrap().iter().any(|name| name == call);
    sorted(trial["violations"].as_array().unwrap().iter().filter(named).map(of).collect())
}
/// What a call refused.
fn refused(answer: &Answer) -> Told {
    assert!([200, 422].contains(&answer.status), "{answer}");
    sorted(answer.body["errors"].as_array().into_iter().flatten().map(of).collect())
}

/// The same fields as a change of an order: what the entry lacks is cleared.
fn as_patch(entry: &Value) -> Value {
    let mut patch = entry.clone();
    for name in FIELDS {
        if patch.get(name).is_none() {
            patch[name] = if name == "currency" { json!("CNY") } else { Value::Null };
        }
    }
    if patch.get("custom").is_none() {
        patch["custom"] = json!({});
    }
    if patch["custom"].get("budget").is_none() {
        patch["custom"]["budget"] = Value::Null;
    }
    patch
}

both! {
    fn every_call_refuses_what_the_trial_said_it_would(app: &TestApp) {
        let customer = stock(app);
        define(app, "orders", json!([field("budget", json!({"type": "decimal"}))]));
        let default = app.as_(&app.cast.admin).get("/api/v1/standards/orders").expect(200).body["rules"].clone();
        let (rep, admin) = (app.as_(&app.cast.rep), app.as_(&app.cast.admin));
        let other = rep.post("/api/v1/customers", json!({"name": "Another"})).expect(201);
        let base = entered(app, other.id()).id().to_owned();
        let mut rival = sound(&customer);
        rival["title"] = json!("Twin");
        app.as_(&app.cast.mate).post("/api/v1/orders", rival).expect(201);
        let import_act = Act {
            caller: Caller { user: Some(app.cast.rep.id), name: "rep".into(), role: Role::Rep, team: app.cast.rep.team, leads: Vec::new(), zone: None, scopes: None },
            ..Act::system(app.state.clock.now())
        };
        let r = &mut Random::new(2027);
        let (mut created, mut submitted, mut refusals) = (0, 0, 0);
        for case in 0..60 {
            let count = 1 + r.below(6);
            let rules: Vec<Value> = default.as_array().unwrap().iter().filter(|_| r.chance(70)).cloned().collect();
            let rules: Vec<Value> = rules.into_iter().chain((0..count).map(|n| rule(r, n))).collect();
            // What contradicts itself is not published; another will be.
            let published = admin.put("/api/v1/standards/orders", json!({"rules": rules}), "*");
            if published.status == 422 {
                continue;
            }
            let entry = entry(r, &customer);
            let context = || format!("case {case}: {entry} under {}", json!(rules));
            let trial = rep.post("/api/v1/standards/orders/validate", json!({"entries": [entry]})).expect(200).body["data"][0].clone();
            let refuses = |call: &str| said(&trial, "refuses", call);

            let create = rep.post("/api/v1/orders?validate_only=true", entry.clone());
            assert_eq!(refused(&create), refuses("create"), "create, {}", context());
            assert_eq!(trial["accepted"], create.status == 200, "{}", context());
            let batch = rep.post("/api/v1/orders/batch?atomic=false&validate_only=true", json!({"items": [entry]})).expect(207);
            let row = &batch.body["data"][0];
            assert_eq!(sorted(row["problem"]["errors"].as_array().into_iter().flatten().map(of).collect()), refuses("create"), "batch, {}", context());
            let update = rep.patch(&format!("/api/v1/orders/{base}?validate_only=true"), as_patch(&entry), "*");
            assert_eq!(refused(&update), refuses("update"), "update, {}", context());
            let (import, import_act) = (entry.clone(), import_act.clone());
            let imported = app.state.db.write_here(move |tx| work::rehearse(tx, |tx| service::import(tx, &import_act, decode::<OrderImport>(&import)?, "f").map(|_| ())));
            let faults = imported.err().map(|problem| problem.faults().to_vec()).unwrap_or_default();
            let faults = faults.iter().map(|f| (f.pointer.clone(), f.code.as_str().to_owned(), f.rule.clone().unwrap_or_default())).collect();
            assert_eq!(sorted(faults), refuses("import"), "import, {}", context());
            refusals += usize::from(create.status == 422);
            if create.status == 422 {
                continue;
            }
            let warned = create.body["warnings"].as_array().unwrap().iter().map(of).collect();
            assert_eq!(sorted(warned), said(&trial, "warns", "create"), "warnings, {}", context());

            created += 1;
            let id = rep.post("/api/v1/orders", entry.clone()).expect(201).id().to_owned();
            let submit = act(app, &app.cast.rep, &id, "submit?validate_only=true", json!({}));
            assert_eq!(refused(&submit), refuses("submit"), "submit, {}", context());
            let missing = trial["missing"].as_array().unwrap().iter().find(|m| m["call"] == "submit").unwrap();
            let gaps = submit.body["errors"].as_array().into_iter().flatten().filter(|f| f["code"] == "required" || f["code"] == "too_few");
            assert_eq!(missing["pointers"].as_array().unwrap().len(), gaps.count(), "{}", context());
            if submit.status == 422 {
                continue;
            }
            submitted += 1;
            act(app, &app.cast.rep, &id, "submit", json!({})).expect(200);
            act(app, &app.cast.reviewer, &id, "approve", json!({})).expect(200);
            for stage in ["negotiation", "contract"] {
                let moved = act(app, &app.cast.rep, &id, "move?validate_only=true", json!({"stage": stage}));
                assert_eq!(refused(&moved), refuses(&format!("move:{stage}")), "move to {stage}, {}", context());
            }
            let won = act(app, &app.cast.rep, &id, "win?validate_only=true", json!({}));
            assert_eq!(refused(&won), refuses("win"), "win, {}", context());
        }
        assert!(created >= 8 && submitted >= 4 && refusals >= 15, "{created} created, {submitted} submitted, {refusals} refused");
    }
}

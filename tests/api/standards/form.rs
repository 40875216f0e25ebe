//! Forms: what is built from one the create takes, what breaks a limit of one it refuses, and people read it in their language.
use serde_json::{Value, json};

use super::{add, choices, define, field, publish, rule};
use crate::harness::Client;
use crate::orders::stock;

/// Makes an entry of a schema: all of it, or only what must be there.
struct Filler<'a> {
    customer: &'a str,
    whole: bool,
}

impl Filler<'_> {
    fn value(&self, schema: &Value) -> Value {
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        let widget = schema["x-ui"]["widget"].as_str().unwrap_or_default();
        let types = [&schema["type"], &schema["type"][0]].into_iter().filter_map(Value::as_str).collect::<Vec<_>>();
        match (types.as_slice(), widget) {
            (["object"], _) => self.object(schema),
            (["array"], _) => json!(vec![self.value(&schema["items"]); schema["minItems"].as_u64().unwrap_or_default().max(1) as usize]),
            (["boolean"], _) => json!(true),
            (_, "customer") => json!(self.customer),
            (_, "product") => json!("GTX Pro"),
            (_, "currency") => json!("CNY"),
            (_, "email") => json!("li.na@example.com"),
            (_, "date") => json!("2027-03-31"),
            (_, "number" | "money" | "rate") => {
                let bound = |name: &str| schema[name].as_f64();
                let least = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|least| least + 1.0)).unwrap_or_default().max(0.0);
                json!(least.to_string())
            }
            _ => json!("好".repeat(schema["minLength"].as_u64().unwrap_or(1) as usize)),
        }
    }
    fn object(&self, schema: &Value) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let wanted = |name: &str| self.whole || required.contains(&json!(name));
        schema["properties"].as_object().unwrap().iter().filter(|(name, _)| wanted(name)).map(|(name, schema)| (name.clone(), self.value(schema))).collect()
    }
}

/// Every way to break a limit of a schema: where, and what to put there; nothing stands for leaving it out.
fn breaks(schema: &Value, at: &str, all: &mut Vec<(String, Option<Value>)>) {
    let mut put = |value: Value| all.push((at.to_owned(), Some(value)));
    let is = |name: &str| schema["type"] == name || schema["type"][0] == name;
    let number = |name: &str, by: i64| schema[name].as_number().map(|bound| json!((bound.to_string().parse::<f64>().unwrap() + by as f64).to_string()));
    if is("string") {
        schema["maxLength"].as_u64().into_iter().for_each(|most| put(json!("x".repeat(most as usize + 1))));
        schema["minLength"].as_u64().into_iter().for_each(|least| put(json!("x".repeat(least as usize - 1))));
        // A text of any kind takes everything but control characters.
        let any = schema["pattern"].as_str().is_some_and(|pattern| pattern.contains("u0000"));
        ["enum", "pattern", "format"].iter().filter(|name| schema.get(**name).is_some()).for_each(|_| put(json!(if any { "a\u{0}b" } else { "?!" })));
        put(json!(true));
    }
    for (name, by) in [("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMaximum", 0)] {
        number(name, by).into_iter().for_each(&mut put);
    }
    if is("array") {
        put(json!({}));
        schema["minItems"].as_u64().into_iter().for_each(|_| put(json!([])));
        breaks(&schema["items"], &format!("{at}/0"), all);
    }
    if is("object") {
        all.push((format!("{at}/nonsense"), Some(json!(1))));
        for name in schema["required"].as_array().into_iter().flatten() {
            all.push((format!("{at}/{}", name.as_str().unwrap()), None));
        }
        for (name, property) in schema["properties"].as_object().unwrap() {
            breaks(property, &format!("{at}/{name}"), all);
        }
    }
}

fn changed(entry: &Value, at: &str, value: Option<Value>) -> Value {
    let mut entry = entry.clone();
    let (parent, name) = at.rsplit_once('/').unwrap();
    let parent = entry.pointer_mut(parent).unwrap_or_else(|| panic!("no parent of {at}"));
    match (parent, value) {
        (Value::Object(fields), Some(value)) => drop(fields.insert(name.to_owned(), value)),
        (Value::Object(fields), None) => drop(fields.remove(name)),
        (Value::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (other, _) => panic!("{at} stands in {other}"),
    }
    entry
}

/// Holds a form against the create that it is for; answers how many limits were broken.
fn hold(client: &Client<'_>, entity: &str, customer: &str) -> usize {
    let form = client.get(&format!("/api/v1/standards/{entity}/form")).expect(200);
    let schema = &form.body["schema"];
    let create = |entry: &Value| client.post(&format!("/api/v1/{entity}?validate_only=true"), entry.clone());
    create(&Filler { customer, whole: false }.object(schema)).expect(200);
    let whole = Filler { customer, whole: true }.object(schema);
    create(&whole).expect(200);
    let mut all = Vec::new();
    breaks(schema, "", &mut all);
    for (at, value) in &all {
        let refused = create(&changed(&whole, at, value.clone())).problem(422, "invalid");
        assert!(refused.faults().iter().any(|(pointer, _)| pointer == at || pointer.starts_with(&format!("{at}/"))), "{at} {value:?}: {refused}");
    }
    // More than a list takes.
    for (name, property) in schema["properties"].as_object().unwrap() {
        if let Some(most) = property["maxItems"].as_u64() {
            let item = whole[name][0].clone();
            create(&changed(&whole, &format!("/{name}"), Some(json!(vec![item; most as usize + 1])))).problem(422, "invalid");
        }
    }
    all.len()
}

both! {
    fn what_is_built_from_a_form_is_taken_and_what_breaks_it_is_refused(app: &TestApp) {
        let customer = stock(app);
        let admin = app.as_(&app.cast.admin);
        let by_default = hold(&admin, "orders", &customer);
        assert!(by_default > 40, "{by_default}");
        assert!(hold(&admin, "customers", &customer) > 40);
        assert!(hold(&admin, "products", &customer) > 20);
        add(app, [
            rule("title_short", json!({"kind": "length", "min": 3, "max": 20, "fields": ["title"]})),
            rule("few_lines", json!({"kind": "count", "min": 1, "max": 5, "fields": ["lines"]})),
            rule("level", json!({"kind": "one_of", "values": ["medium", "low"], "fields": ["intent_level"]})),
            rule("quantity", json!({"kind": "range", "min": "2", "max": "10", "exclusive_max": true, "fields": ["lines[].quantity"]})),
            rule("whole", json!({"kind": "scale", "max": 0, "fields": ["lines[].quantity"]})),
            rule("discount", json!({"kind": "discount_limit", "max": "0.5", "roles": {"admin": "0.25"}, "fields": ["lines[].discount_rate"]})),
            rule("described", json!({"kind": "pattern", "pattern": "^好", "fields": ["note"]})),
        ]);
        let narrowed = hold(&admin, "orders", &customer);
        // The pattern of the note takes the place of the one that every text has.
        assert!(narrowed > by_default + 2, "{narrowed}, {by_default} before");
        define(app, "orders", json!([
            field("budget", json!({"type": "decimal", "min": "0", "scale": 2})),
            field("count", json!({"type": "integer", "min": 1, "max": 9})),
            field("kind", json!({"type": "enum", "values": choices(&["a", "b!"])})),
            field("kinds", json!({"type": "multi_enum", "values": choices(&["a", "b"])})),
            field("signed", json!({"type": "boolean"})),
            field("code", json!({"type": "text", "min_length": 2, "max_length": 4, "pattern": "^好"})),
            field("since", json!({"type": "date"})),
        ]));
        add(app, [rule("budget", json!({"kind": "required", "fields": ["custom.budget"]}))]);
        assert!(hold(&admin, "orders", &customer) > narrowed + 20);
        publish(app, "customers", json!([
            rule("industry", json!({"kind": "required", "fields": ["industry", "contacts", "contacts[].phone"]})),
            rule("people", json!({"kind": "count", "min": 2, "max": 3, "fields": ["contacts"]})),
        ]));
        assert!(hold(&admin, "customers", &customer) > 42);
    }

    fn a_form_speaks_the_callers_language_and_tells_the_rules(app: &TestApp) {
        stock(app);
        let rep = app.as_(&app.cast.rep);
        let form = rep.get("/api/v1/standards/orders/form").expect(200);
        let schema = &form.body["schema"];
        assert_eq!((&form.body["standard_version"], &schema["$schema"]), (&json!(1), &json!("https://json-schema.org/draft/2020-12/schema")));
        assert_eq!((&schema["required"], &schema["additionalProperties"]), (&json!(["customer_id", "lines"]), &json!(false)));
        let title = &schema["properties"]["title"];
        assert_eq!((&title["title"], &title["maxLength"], &title["x-ui"]["order"], &title["x-ui"]["widget"]), (&json!("Title"), &json!(200), &json!(0), &json!("text")));
        assert_eq!((&title["x-ui"]["rules"][0]["rule"], &title["x-ui"]["rules"][0]["on"]), (&json!("title_length"), &json!("save")));
        let lines = &schema["properties"]["lines"];
        assert_eq!((&lines["minItems"], &lines["maxItems"], &lines["items"]["required"]), (&json!(1), &json!(200), &json!(["product", "quantity"])));
        assert_eq!(lines["items"]["properties"]["quantity"]["exclusiveMinimum"], json!(0));
        assert_eq!(schema["properties"]["source"]["x-ui"]["labels"]["web"], json!("Web"));
        assert!(schema["properties"]["expected_close_date"]["description"].as_str().unwrap().contains("no expected close date"));
        let sections: Vec<_> = schema["x-ui"]["sections"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap()).collect();
        assert_eq!(sections, ["basics", "lines", "terms", "more"]);
        let chinese = rep.with("accept-language", "zh-CN").get("/api/v1/standards/orders/form").expect(200).body;
        let title = &chinese["schema"]["properties"]["title"];
        assert_eq!(title["title"], "标题");
        assert!(title["description"].as_str().unwrap().starts_with("标题过长"));
        rep.with("if-none-match", form.etag()).get("/api/v1/standards/orders/form").expect(304);
        rep.get("/api/v1/standards/users/form").problem(404, "not_found");
    }

    fn custom_fields_are_shown_to_those_who_may_set_them(app: &TestApp) {
        let of_kind = |key: &str, kind: &str, more: Value| {
            let mut field = json!({"key": key, "type": kind, "labels": {"en": format!("The {key}"), "zh-CN": format!("字段 {key}")}});
            more.as_object().unwrap().iter().for_each(|(name, value)| field[name] = value.clone());
            field
        };
        let choices = json!([{"value": "a", "labels": {"en": "A", "zh-CN": "甲"}}, {"value": "b", "labels": {"en": "B", "zh-CN": "乙"}, "retired": true}]);
        let fields = json!([
            of_kind("budget", "decimal", json!({"min": "0", "scale": 2, "help": {"en": "In the currency.", "zh-CN": "以币种计。"}})),
            of_kind("kind", "enum", json!({"values": choices, "default": "a"})),
            of_kind("secret", "boolean", json!({"visible_to": ["admin"]})),
            of_kind("old", "text", json!({"retired": true})),
        ]);
        let rules = json!([rule("budget", json!({"kind": "required", "fields": ["custom.budget"]})), rule("kind", json!({"kind": "required", "fields": ["custom.kind"], "severity": "warning"}))]);
        let admin = app.as_(&app.cast.admin);
        admin.put("/api/v1/standards/products", json!({"rules": rules, "fields": fields}), "*").expect(200);
        let of = |client: &Client<'_>| client.get("/api/v1/standards/products/form").expect(200).body["schema"]["properties"]["custom"].clone();
        let custom = of(&app.as_(&app.cast.rep).with("accept-language", "zh-CN"));
        assert_eq!((&custom["required"], custom["properties"].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>()), (&json!(["budget"]), vec!["budget", "kind"]));
        let budget = &custom["properties"]["budget"];
        assert_eq!((&budget["title"], &budget["minimum"], &budget["description"]), (&json!("字段 budget"), &json!(0), &json!("以币种计。")));
        let kind = &custom["properties"]["kind"];
        assert_eq!((&kind["enum"], &kind["x-ui"]["labels"]["a"], &kind["default"]), (&json!(["a"]), &json!("甲"), &json!("a")));
        assert!(of(&admin)["properties"].get("secret").is_some());
    }
}

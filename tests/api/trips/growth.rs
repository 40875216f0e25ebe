//! Every operation that the table of conventions states, asked for few rows and for many: it runs as many statements for either, so that what is read for
//! each row by itself is found by the name of its operation. A new operation is counted by itself.
use intent_orders::identity::Role;
use intent_orders::platform::db::DatabaseUrl;
use serde_json::{Value, json};

use super::statements;
use crate::conventions::proof::Kind;
use crate::conventions::table::{self, Op, Resource};
use crate::conventions::world::{Target, World, document};
use crate::imports::import;
use crate::orders::{entered, imported};
use crate::reviews::{policy, put_policies};

/// The entry of an operation in the document.
fn described(resource: &Resource, op: &Op) -> &'static Value {
    &document()["paths"][resource.path][op.method.to_lowercase()]
}
fn name<'d>(resource: &Resource, op: &Op) -> &'d str {
    described(resource, op)["operationId"].as_str().unwrap()
}
fn with(path: &str, query: &str) -> String {
    if query.is_empty() { path.to_owned() } else { format!("{path}{}{query}", if path.contains('?') { '&' } else { '?' }) }
}

/// How many statements an answer took, after the same was asked before; and the answer's length, which tells that there was more to answer.
fn read(w: &World<'_>, resource: &Resource, op: &Op, path: &str) -> (u64, usize) {
    // Of figures who sees all is told more.
    let client = if path.starts_with("/api/v1/analytics/") { w.admin() } else { w.by(op) };
    let ask = || client.get(path).expect(200).text.len();
    for _ in 0..2 {
        ask();
    }
    let before = statements(w.app, name(resource, op));
    let length = ask();
    (statements(w.app, name(resource, op)) - before, length)
}

/// An order that went through as many rounds as there are, each with so many remarks, and has as many lines, contacts, delays and changes.
fn lived(w: &World<'_>, many: usize) -> String {
    w.lines.set(Some(many));
    let path = w.order("processed");
    w.lines.set(None);
    let (rep, reviewer) = (w.rep(), w.app.as_(&w.app.cast.reviewer));
    for i in 0..many.min(5) {
        rep.patch(&path, json!({"note": format!("Note {i}")}), "*").expect(200);
        rep.post(&format!("{path}/follow-ups"), json!({"at": "2026-11-20T09:00:00Z", "channel": "phone", "content": "rang"})).expect(201);
        rep.post(&format!("{path}/delays"), json!({"side": "supply", "reason": "logistics"})).expect(201);
    }
    // Another product is a critical change, upon which there are rounds.
    let mut lines = vec![json!({"product": "MG", "quantity": 500}); many];
    lines[0]["quantity"] = json!(900);
    rep.patch(&path, json!({"lines": lines}), "*").expect(200);
    for _ in 0..many.min(4) {
        let remarks = vec![json!({"pointer": "/title", "message": "Say which plant"}); many.min(10)];
        reviewer.action(&format!("{path}/return"), json!({"remarks": remarks}), "*").expect(200);
        let order = rep.get(&path).expect(200).body;
        for remark in order["remarks"].as_array().unwrap().iter().filter(|remark| remark["state"] == "open") {
            rep.action(&format!("{path}/remarks/{}/resolve", remark["id"].as_str().unwrap()), Value::Null, "*").expect(200);
        }
        rep.action(&format!("{path}/submit"), Value::Null, "*").expect(200);
    }
    path
}

/// Where what is read hangs on one record: a record with so many of its parts; none where a record has no parts, or the table's will do.
fn with_parts(w: &World<'_>, resource: &Resource, many: usize) -> Option<String> {
    let part = resource.path.strip_prefix("/api/v1/orders/{id}");
    if let Some(part) = part {
        return Some(lived(w, many) + part);
    }
    match resource.path {
        "/api/v1/customers/{id}" => {
            let contacts: Vec<Value> = (0..many).map(|i| json!({"name": format!("Li Na {i}")})).collect();
            Some(w.enter(&w.rep(), "/api/v1/customers", json!({"name": format!("Parts {}", w.next()), "contacts": contacts, "tags": ["one"]})))
        }
        "/api/v1/products/{id}" => {
            let n = w.next();
            let aliases: Vec<String> = (0..many).map(|i| format!("Alias {n} {i}")).collect();
            Some(w.enter(&w.admin(), "/api/v1/products", json!({"sku": format!("PART-{n}"), "name": format!("Part {n}"), "aliases": aliases})))
        }
        "/api/v1/teams/{id}" => {
            let team = w.enter(&w.admin(), "/api/v1/teams", json!({"name": format!("Team of {many} {}", w.next())}));
            for _ in 0..many {
                w.admin().patch(&w.user(), json!({"team_id": team.rsplit('/').next()}), "*").expect(200);
            }
            Some(team)
        }
        "/api/v1/imports/{id}" | "/api/v1/imports/{id}/errors" => {
            let rows = (0..many).map(|i| format!("E-{i},Name {i},lots,CNY\n"));
            let file: String = std::iter::once("sku,name,list_price,currency\n".to_owned()).chain(rows).collect();
            let import = import(w.app, "", file, &json!({"entity": "products"}));
            Some(resource.path.replace("{id}", import.id()))
        }
        _ => None,
    }
}

/// Somebody more of the team, with a customer of their own who bought month by month, and with orders of each status, in other sources.
fn crowd(w: &World<'_>) {
    let n = w.next();
    let user = w.app.user(&format!("crowd.{n}"), Role::Rep, Some(w.app.cast.team_a));
    let name = format!("Crowd {n}");
    w.app.as_(&user).post("/api/v1/customers", json!({"name": name, "industry": format!("industry {n}"), "region": format!("region {n}")})).expect(201);
    let bought = ["2026-01-05", "2026-02-05", "2026-03-05", "2026-11-20"];
    // Some bought no more.
    for on in &bought[..if n.is_multiple_of(2) { 4 } else { 3 }] {
        imported(w.app, &user, "won", json!({"customer_name": name, "closed_on": on}));
    }
    let source = ["web", "referral", "cold_call", "partner"][n as usize % 4];
    for status in ["draft", "in_review", "returned", "pending", "processed", "lost"] {
        let mut more = if status == "lost" { json!({"reason": "price", "closed_on": "2026-11-01"}) } else { json!({"expected_close_date": "2026-11-02"}) };
        more["customer_name"] = json!(name);
        more["source"] = json!(source);
        imported(w.app, &user, status, more);
    }
    w.admin().put(&format!("/api/v1/targets/users/{}/2026-11", user.id), json!({"amount": "1000", "currency": "CNY"}), None).expect(200);
}

/// The statements for few and for many.
fn asked(w: &World<'_>, resource: &Resource, op: &Op) -> ((u64, usize), (u64, usize)) {
    let paged = described(resource, op)["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == "limit");
    if let Some(list) = &resource.list {
        let path = (list.fill)(w);
        let few = read(w, resource, op, &with(&path, if paged { "limit=2" } else { "" }));
        (0..3).for_each(|_| drop((list.fill)(w)));
        return (few, read(w, resource, op, &with(&path, if paged { "limit=200" } else { "" })));
    }
    if let Some(few) = with_parts(w, resource, 2) {
        let many = with_parts(w, resource, 20).unwrap_or_default();
        return (read(w, resource, op, &few), read(w, resource, op, &many));
    }
    let path = resource.target(w, op).path;
    // One is there from the beginning: of somebody alone less is told.
    crowd(w);
    let few = read(w, resource, op, &path);
    for _ in 0..3 {
        resource.target(w, op);
        crowd(w);
    }
    (few, read(w, resource, op, &path))
}

/// Acts on an order with so many lines, and answers how many statements that took.
fn acted(w: &World<'_>, resource: &Resource, op: &Op, lines: usize, items: usize) -> u64 {
    w.lines.set(Some(lines));
    let mut taken = 0;
    // The first ones prepare statements and fill what is kept in memory.
    for _ in 0..3 {
        let target: Target = resource.target(w, op);
        let body = op.body.map(|body| of_items(w, body, items));
        let before = statements(w.app, name(resource, op));
        let answer = w.send(&w.by(op), op, &target.path, &target.etag, body.as_ref());
        assert!((200..300).contains(&answer.status), "{answer}");
        taken = statements(w.app, name(resource, op)) - before;
    }
    w.lines.set(None);
    taken
}

/// A body; of a batch with so many items.
fn of_items(w: &World<'_>, body: fn(&World<'_>) -> Value, items: usize) -> Value {
    let mut all = body(w);
    if let Some(some) = all.get_mut("items").and_then(Value::as_array_mut) {
        while some.len() < items {
            some.extend(body(w)["items"].as_array().unwrap().clone());
        }
        some.truncate(items);
    }
    all
}

both! {
    fn what_is_read_takes_as_many_statements_for_many_as_for_few(app: &TestApp) {
        let world = World::new(app);
        let (mut told, mut grown, mut counted) = (Vec::new(), Vec::new(), 0);
        for resource in table::all().iter().filter(|resource| resource.kind != Kind::Service) {
            for op in resource.ops.iter().filter(|op| op.method == "GET") {
                let (few, many) = asked(&world, resource, op);
                counted += 1;
                told.push(format!("{}: {few:?}, {many:?}", name(resource, op)));
                assert!(few.0 > 0, "{}: no statement was counted", name(resource, op));
                // What only some rows of a list have, as teams a lead, may take a statement of its own.
                if many.0 > few.0 + u64::from(resource.list.is_some()) {
                    grown.push(told.last().unwrap().clone());
                }
            }
        }
        println!("statements and bytes\n{}", told.join("\n"));
        assert!(counted > 60, "{counted} operations");
        assert!(grown.is_empty(), "more statements for more rows:\n{}", grown.join("\n"));
    }

    fn what_is_done_to_an_order_takes_as_many_statements_for_many_lines_as_for_few(app: &TestApp) {
        let world = World::new(app);
        // Where no way is between, a line is written by a statement that is kept prepared.
        let written = if matches!(app.state.config.database_url, DatabaseUrl::Sqlite(_)) { 38 } else { 0 };
        let (mut told, mut grown, mut counted) = (Vec::new(), Vec::new(), 0);
        for resource in table::all().iter().filter(|resource| resource.path.starts_with("/api/v1/orders") || resource.path == "/api/v1/reviews/batch") {
            for op in resource.ops.iter().filter(|op| op.method != "GET") {
                let items = if resource.path.ends_with("/batch") { 1 } else { 0 };
                let [few, many] = [2, 40].map(|lines| acted(&world, resource, op, lines, items));
                let of_items = if items == 0 { [0; 2] } else { [3, 9].map(|items| acted(&world, resource, op, 2, items)) };
                counted += 1;
                told.push(format!("{}: {few}, {many}; of items {of_items:?}", name(resource, op)));
                assert!(few > 0, "{}: no statement was counted", name(resource, op));
                let writes = ["orders_create", "orders_create_batch"].contains(&name(resource, op));
                // Each item of a batch costs what the others do.
                let each = (of_items[0].saturating_sub(few)) / 2;
                if many != few + if writes { written } else { 0 } || items > 0 && of_items[1] > few + 8 * each {
                    grown.push(told.last().unwrap().clone());
                }
            }
        }
        println!("statements\n{}", told.join("\n"));
        assert!(counted >= 25, "{counted} operations");
        assert!(grown.is_empty(), "more statements for more lines:\n{}", grown.join("\n"));
    }

    fn whose_turn_it_is_takes_as_many_statements_among_many_as_among_two(app: &TestApp) {
        let world = World::new(app);
        let submitted = |persons: usize| {
            let users: Vec<_> = (0..persons).map(|_| app.user(&format!("reviewer.{}", world.next()), Role::Reviewer, None).id).collect();
            put_policies(app, json!([policy("turns", Value::Null, json!([{"by": "round_robin", "users": users}]))])).expect(200);
            let submit = || {
                let order = entered(app, &world.customer);
                let before = statements(app, "orders_submit");
                let assigned = world.rep().action(&format!("/api/v1/orders/{}/submit", order.id()), Value::Null, "*").expect(200);
                assert_eq!(assigned.body["status"], "in_review");
                statements(app, "orders_submit") - before
            };
            // Before that everybody has a turn.
            for _ in 0..persons {
                submit();
            }
            submit()
        };
        let [few, many] = [2, 10].map(submitted);
        println!("submit with turns among 2: {few}, among 10: {many}");
        assert_eq!(many, few);
    }
}

//! What a rep may not see is absent everywhere: whatever can be asked is answered the same, to the letter, before others have entered things and after.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::conventions::table;
use crate::conventions::world::{World, document};
use crate::harness::{TestApp, User};
use crate::orders::{act, sound};

/// A word that stands in all that is hidden, and nowhere else.
const SECRET: &str = "Zirconium";

/// A customer of the stranger: its name is everybody's, the rest is not.
fn customer(app: &TestApp) -> String {
    let body = json!({"name": "Acme", "note": format!("{SECRET} note"), "preferences": {"text": format!("{SECRET} mornings")}, "tags": [],
        "contacts": [{"name": format!("{SECRET} Wang"), "phone": "13800009999", "email": "zirconium@example.com"}]});
    app.as_(&app.cast.stranger).post("/api/v1/customers", body).expect(201).id().to_owned()
}

/// Orders of the stranger in every stretch of their life, and all that goes with them. Answers their ids.
fn enter_hidden(w: &World<'_>, customer: &str) -> Vec<String> {
    let (app, cast) = (w.app, w.app.cast);
    let stranger = app.as_(&cast.stranger);
    let mut ids = Vec::new();
    for end in ["draft", "in_review", "returned", "pending", "won", "lost", "archived"] {
        let mut entry = sound(if end == "pending" { customer } else { &w.customer });
        entry["title"] = json!(format!("{SECRET} {end}"));
        entry["note"] = json!(format!("{SECRET} note"));
        entry["tags"] = json!(["zirconium"]);
        entry["external_ref"] = json!({"system": "zirconium", "id": end});
        entry["lines"][0]["description"] = json!(format!("{SECRET} line"));
        let id = stranger.post("/api/v1/orders", entry).expect(201).id().to_owned();
        let step = |user: &User, action: &str, body: Value| drop(act(app, user, &id, action, body).expect(200));
        if !["draft", "archived"].contains(&end) {
            step(&cast.stranger, "submit", Value::Null);
        }
        match end {
            "returned" => step(&cast.reviewer, "return", json!({"remarks": [{"pointer": "/title", "message": format!("{SECRET} remark")}]})),
            "pending" | "won" | "lost" => step(&cast.reviewer, "approve", json!({"note": format!("{SECRET} approved")})),
            "archived" => drop(stranger.delete(&format!("/api/v1/orders/{id}"), "*").expect(204)),
            _ => {}
        }
        let follow_up = json!({"at": "2026-11-22T09:00:00Z", "channel": "phone", "content": format!("{SECRET} call"), "result": SECRET});
        match end {
            "pending" => drop(stranger.post(&format!("/api/v1/orders/{id}/follow-ups"), follow_up).expect(201)),
            "won" => step(&cast.stranger, "win", json!({"note": SECRET})),
            "lost" => step(&cast.stranger, "lose", json!({"reason": "price", "note": SECRET})),
            _ => {}
        }
        ids.push(id);
    }
    let view = json!({"entity": "orders", "name": format!("{SECRET} view"), "sharing": "private"});
    ids.push(stranger.post("/api/v1/views", view).expect(201).id().to_owned());
    let key = json!({"name": format!("{SECRET} key"), "scopes": ["orders.read"]});
    ids.push(stranger.post("/api/v1/api-keys", key).expect(201).id().to_owned());
    ids
}

/// All that can be asked without an id: each list with each of its filters, counted, searched, sorted, as a table; analyses by each dimension.
fn questions() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for resource in table::all() {
        let described = &document()["paths"][resource.path]["get"];
        if described.is_null() || resource.path.contains('{') || !resource.path.starts_with("/api/v1/") {
            continue;
        }
        let parameters = || described["parameters"].as_array().into_iter().flatten();
        let names = |name: &str| parameters().any(|p| p["name"] == name);
        all.push((resource.path.to_owned(), ""));
        let mut queries: Vec<String> = resource.list.iter().flat_map(|list| list.filters).map(|(_, good, _)| (*good).to_owned()).collect();
        queries
            .extend(["include_total=true", "include_archived=true"].iter().filter(|q| names(q.split('=').next().unwrap_or_default())).map(|q| (*q).to_owned()));
        if names("q") {
            queries.extend(["q=zirconium", "q=Zirc", "q=%E4%B8%8A%E6%B5%B7"].map(str::to_owned));
        }
        if names("sort") {
            queries.extend(["created_at", "-created_at", "-amount", "title", "number"].map(|key| format!("sort={key}")));
        }
        if names("group_by") {
            let dimensions =
                ["owner", "team", "customer", "product", "category", "status", "stage", "month", "reason", "source", "tags", "currency", "customer.region"];
            queries.extend(dimensions.map(|dimension| format!("group_by={dimension}")));
        }
        all.extend(queries.iter().map(|query| (format!("{}?{query}", resource.path), "")));
        all.extend([(resource.path.to_owned(), "text/csv"), (resource.path.to_owned(), "application/x-ndjson")]);
    }
    for entity in ["orders", "customers"] {
        for rest in ["compliance", "compliance/records", "form"] {
            all.push((format!("/api/v1/standards/{entity}/{rest}"), ""));
        }
    }
    all
}

/// What a user is answered to each question; without what names the moment or the place in the feed.
fn answers(app: &TestApp, user: &User, customer: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let of_customer = [format!("/api/v1/customers/{customer}"), format!("/api/v1/customers/{customer}/events"), format!("/api/v1/orders?customer={customer}")];
    for (path, accept) in questions().into_iter().chain(of_customer.into_iter().map(|path| (path, ""))) {
        let client = app.as_(user).with("x-request-id", "same");
        let client = if accept.is_empty() { client } else { client.with("accept", accept) };
        let answer = client.get(&path);
        let mut body = answer.body.clone();
        if let Some(page) = body["page"].as_object_mut() {
            page.remove("next_cursor");
        }
        all.insert(format!("{path} {accept}"), if body.is_null() { format!("{} {}", answer.status, answer.text) } else { format!("{} {body}", answer.status) });
    }
    all
}

/// Addresses of which the administrator's answers must differ, or the check above could not fail.
const TELLING: &[&str] = &[
    "/api/v1/orders",
    "/api/v1/orders?q=zirconium",
    "/api/v1/orders?include_total=true",
    "/api/v1/events",
    "/api/v1/reviews",
    "/api/v1/analytics/conversion",
    "/api/v1/analytics/revenue",
    "/api/v1/analytics/review",
    "/api/v1/analytics/summary",
    "/api/v1/analytics/customers",
    "/api/v1/analytics/sources",
    "/api/v1/analytics/people",
    "/api/v1/analytics/funnel",
    "/api/v1/standards/orders/compliance",
];

both! {
    fn what_others_enter_changes_no_answer(app: &TestApp) {
        let world = World::new(app);
        let customer = customer(app);
        for status in ["draft", "pending", "won", "lost"] {
            world.order(status);
        }
        let cast = app.cast;
        let readers = [&cast.rep, &cast.mate, &cast.lead];
        let before: Vec<_> = readers.iter().map(|user| answers(app, user, &customer)).collect();
        let admin = answers(app, &cast.admin, &customer);
        let hidden = enter_hidden(&world, &customer);
        let mut faults = Vec::new();
        for (user, before) in readers.iter().zip(&before) {
            for (asked, after) in answers(app, user, &customer) {
                if before.get(&asked) != Some(&after) {
                    faults.push(format!("{}: {asked} differs:\n  {}\n  {after}", user.name, before[&asked]));
                }
                // Whoever asks for a word is told the word.
                let told = if asked.contains("q=zirconium") { after.replace("%22zirconium%22", "") } else { after.clone() }.to_lowercase();
                if told.contains("zirconium") || told.contains("13800009999") || hidden.iter().any(|id| told.contains(id)) {
                    faults.push(format!("{}: {asked} tells of what is hidden:\n  {after}", user.name));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        let after = answers(app, &cast.admin, &customer);
        let same: Vec<_> = TELLING.iter().filter(|path| admin[&format!("{path} ")] == after[&format!("{path} ")]).collect();
        assert!(same.is_empty(), "nothing was entered that shows at {same:?}");
        assert!(after.len() > 100 && after.values().filter(|answer| answer.starts_with("200")).count() > 100);
    }

    fn each_address_of_what_is_hidden_is_empty(app: &TestApp) {
        let world = World::new(app);
        let customer = customer(app);
        let hidden = enter_hidden(&world, &customer);
        let rep = app.as_(&app.cast.rep);
        let mut asked = 0;
        for (path, item) in document()["paths"].as_object().unwrap() {
            if item.get("get").is_none() || path.matches('{').count() != 1 || !path.contains("{id}") {
                continue;
            }
            for id in &hidden {
                let answer = rep.get(&path.replace("{id}", id));
                // Jobs and imports are an administrator's.
                assert!([403, 404].contains(&answer.status) && !answer.text.contains(SECRET), "{answer}");
                asked += 1;
            }
        }
        assert!(asked > 100, "{asked}");
        for query in ["group_by=owner&owner=", "owner="] {
            let grouped = ["conversion", "revenue", "review", "reasons", "delays", "time"];
            let others = ["stuck", "customers", "sources", "churn"].iter().filter(|_| !query.contains("group_by"));
            for analysis in grouped.iter().chain(others) {
                let answer = rep.get(&format!("/api/v1/analytics/{analysis}?{query}{}", app.cast.stranger.id));
                assert!(answer.status == 403 || answer.body["data"].as_array().is_some_and(|rows| rows.iter().all(|row| row["orders"].as_i64().unwrap_or_default() == 0)), "{answer}");
            }
        }
    }

    fn drilldowns_lead_to_what_one_may_see(app: &TestApp) {
        let world = World::new(app);
        let customer = customer(app);
        world.order("won");
        enter_hidden(&world, &customer);
        let mut followed = 0;
        for user in [&app.cast.rep, &app.cast.lead] {
            for question in ["conversion?group_by=team", "conversion?group_by=owner", "revenue?group_by=product", "conversion"] {
                let analysis = app.as_(user).get(&format!("/api/v1/analytics/{question}")).expect(200);
                for row in analysis.body["data"].as_array().unwrap() {
                    let many = row["drilldowns"].as_object().into_iter().flatten().map(|(_, path)| path);
                    for path in [&row["drilldown"]].into_iter().chain(many).filter_map(Value::as_str) {
                        let list = app.as_(user).get(path).expect(200);
                        assert!(!list.text.contains(SECRET), "{list}");
                        followed += 1;
                    }
                }
            }
        }
        assert!(followed > 5, "{followed}");
    }
}

//! Saved views: whose they are, what is wrong with one is told at once, and what a list, a table and an analysis make of them.
use intent_orders::identity::Role;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, User};
use crate::lists::csv_rows;
use crate::orders::{imported, stock};

const VIEWS: &str = "/api/v1/views";

fn won() -> Value {
    json!({"field": "status", "op": "eq", "value": "won"})
}

fn saved(app: &TestApp, user: &User, sharing: &str) -> Answer {
    app.as_(user)
        .post(VIEWS, json!({"entity": "orders", "name": "Won", "sharing": sharing, "condition": won(), "sort": "-amount", "columns": ["number", "title"]}))
}

fn path(view: &Answer) -> String {
    format!("{VIEWS}/{}", view.id())
}

/// Who may use a view: to all others it is not there, whatever they do with it.
fn is_for(app: &TestApp, view: &Answer, users: &[&User]) {
    for user in app.cast.all() {
        let client = app.as_(user);
        let listed = client.get(VIEWS).expect(200).body["data"].as_array().unwrap().iter().any(|v| v["id"] == view.body["id"]);
        let asked = |of: &str| client.get(&format!("/api/v1/{of}?view={}", view.id()));
        if users.iter().any(|other| other.id == user.id) {
            assert_eq!(client.get(&path(view)).expect(200).body["name"], view.body["name"], "{}", user.name);
            assert!(listed, "{}", user.name);
            asked("orders").expect(200);
            asked("analytics/conversion").expect(200);
        } else {
            assert!(!listed, "{}", user.name);
            client.get(&path(view)).problem(404, "not_found");
            client.patch(&path(view), json!({"name": "Mine"}), "*").problem(404, "not_found");
            client.delete(&path(view), "*").problem(404, "not_found");
            asked("orders").problem(400, "bad_parameter");
            asked("analytics/conversion").problem(400, "bad_parameter");
        }
    }
}

both! {
    fn a_view_is_for_its_owner_the_team_or_everybody(app: &TestApp) {
        let cast = app.cast;
        let private = saved(app, &cast.rep, "private").expect(201);
        assert_eq!((private.header("location"), private.body["sharing"].as_str()), (path(&private).as_str(), Some("private")));
        is_for(app, &private, &[&cast.rep]);
        is_for(app, &saved(app, &cast.rep, "team").expect(201), &[&cast.rep, &cast.mate, &cast.lead]);
        // A lead sees the views of the team led, wherever they are themselves.
        is_for(app, &saved(app, &cast.stranger, "team").expect(201), &[&cast.stranger, &cast.reviewing_lead]);
        is_for(app, &saved(app, &cast.admin, "organisation").expect(201), &cast.all());
        // Unless it is said, nobody else is meant.
        let unsaid = app.as_(&cast.mate).post(VIEWS, json!({"entity": "customers", "name": "All"})).expect(201);
        assert_eq!((&unsaid.body["sharing"], &unsaid.body["condition"], &unsaid.body["columns"]), (&json!("private"), &Value::Null, &Value::Null));
        for user in [&cast.rep, &cast.lead, &cast.reviewer] {
            saved(app, user, "organisation").problem(403, "role");
        }
        app.as_(&cast.rep).patch(&path(&private), json!({"sharing": "organisation"}), "*").problem(403, "role");
        // Who has no team shares with none.
        assert_eq!(saved(app, &cast.admin, "team").problem(422, "invalid").faults(), [("/sharing", "unknown_reference")]);
    }

    fn a_view_is_changed_by_its_owner_and_an_administrator(app: &TestApp) {
        let cast = app.cast;
        let view = saved(app, &cast.rep, "team").expect(201);
        app.as_(&cast.mate).patch(&path(&view), json!({"name": "Mine"}), "*").problem(403, "not_owner");
        app.as_(&cast.lead).delete(&path(&view), "*").problem(403, "not_owner");
        let rep = app.as_(&cast.rep);
        rep.patch(&path(&view), json!({"name": "X"}), None).problem(428, "if_match_required");
        let renamed = rep.patch(&path(&view), json!({"name": "Won, big", "sort": null, "columns": null}), view.etag()).expect(200);
        assert_eq!((&renamed.body["name"], &renamed.body["sort"], &renamed.body["columns"], &renamed.body["condition"], &renamed.body["version"]), (&json!("Won, big"), &Value::Null, &Value::Null, &won(), &json!(2)));
        rep.patch(&path(&view), json!({"name": "X"}), view.etag()).problem(412, "stale");
        // The same again changes nothing.
        assert_eq!(rep.patch(&path(&view), json!({"name": "Won, big"}), renamed.etag()).expect(200).body["version"], 2);
        assert_eq!(rep.patch(&path(&view), json!({"entity": "customers"}), "*").problem(422, "invalid").faults(), [("/entity", "read_only")]);
        assert_eq!(rep.patch(&path(&view), json!({"condition": null, "sharing": null}), "*").expect(200).body["sharing"], "private");
        is_for(app, &view_of(app, &cast.rep, &view), &[&cast.rep]);
        let shared = saved(app, &cast.admin, "organisation").expect(201);
        app.as_(&cast.rep).delete(&path(&shared), "*").problem(403, "not_owner");
        let admin = app.user("another.admin", Role::Admin, None);
        app.as_(&admin).patch(&path(&shared), json!({"name": "For all"}), "*").expect(200);
        app.as_(&admin).delete(&path(&shared), "*").expect(204);
    }

    fn everything_that_is_wrong_is_told_at_once(app: &TestApp) {
        let wrong = json!({"entity": "orders", "name": "", "sharing": "all", "sort": "-amuont", "columns": ["number", "titel", "customer.name"],
            "condition": {"all": [{"field": "statsu", "op": "eq", "value": "won"}, {"field": "amount", "op": "gt", "value": "much"}, won()]}});
        let answer = app.as_(&app.cast.rep).post(VIEWS, wrong).problem(422, "invalid");
        assert_eq!(
            answer.faults(),
            [("/columns/1", "not_one_of"), ("/condition/all/0/field", "not_one_of"), ("/condition/all/1/value", "not_a_decimal"), ("/name", "too_short"), ("/sharing", "not_one_of"), ("/sort", "not_one_of")]
        );
        let suggested = |pointer: &str| answer.body["errors"].as_array().unwrap().iter().find(|fault| fault["pointer"] == pointer).unwrap()["suggestion"].clone();
        assert_eq!((suggested("/columns/1"), suggested("/condition/all/0/field"), suggested("/sort")), (json!("title"), json!("status"), json!("amount")));
        let unknown = app.as_(&app.cast.rep).post(VIEWS, json!({"entity": "order", "name": "X", "colour": 1})).problem(422, "invalid");
        assert_eq!(unknown.faults(), [("/colour", "unknown_field"), ("/entity", "not_one_of")]);
        let deep = (0..5).fold(won(), |inner, _| json!({"not": inner}));
        assert_eq!(app.as_(&app.cast.rep).post(VIEWS, json!({"entity": "orders", "name": "X", "condition": deep})).problem(422, "invalid").faults(), [("/condition/not/not/not/not/not", "too_deep")]);
        let view = saved(app, &app.cast.rep, "private").expect(201);
        let patched = app.as_(&app.cast.rep).patch(&path(&view), json!({"condition": {"field": "status", "op": "gt", "value": "won"}, "sort": "owner"}), "*");
        assert_eq!(patched.problem(422, "invalid").faults(), [("/condition/op", "not_one_of"), ("/sort", "not_one_of")]);
    }

    fn a_view_holds_beside_what_else_is_asked(app: &TestApp) {
        stock(app);
        let rep = &app.cast.rep;
        for (title, status, price, more) in [("Small", "won", 10, json!({"closed_on": "2026-03-31"})), ("Large", "won", 900, json!({"closed_on": "2026-04-30", "source": "web"})), ("Open", "pending", 500, json!({}))] {
            let mut more = more;
            (more["title"], more["lines"]) = (json!(title), json!([{"product": "MG", "quantity": 1, "unit_price": price}]));
            imported(app, rep, status, more);
        }
        let view = saved(app, rep, "private").expect(201);
        let client = app.as_(rep);
        let titles = |query: &str| client.get(&format!("/api/v1/orders?view={}{query}", view.id())).expect(200).body["data"].as_array().unwrap().iter().map(|o| o["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(titles(""), ["Large", "Small"]);
        assert_eq!(titles("&sort=amount"), ["Small", "Large"]);
        assert_eq!(titles("&source=web"), ["Large"]);
        assert_eq!(titles("&status=pending"), [""; 0]);
        let table = |query: &str| csv_rows(&client.with("accept", "text/csv").get(&format!("/api/v1/orders?view={}{query}", view.id())).expect(200));
        assert_eq!(table("")[0], ["number", "title"]);
        assert_eq!(table("").iter().skip(1).map(|row| row[1].as_str()).collect::<Vec<_>>(), ["Large", "Small"]);
        assert_eq!(table("&columns=status,amount&sort=amount"), [["status", "amount"], ["won", "10.00"], ["won", "900.00"]]);
        let rows = |query: &str| client.get(&format!("/api/v1/analytics/revenue?view={}{query}", view.id())).expect(200).body["data"].as_array().unwrap().iter().map(|row| row["won_amount"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(rows(""), ["910.00"]);
        assert_eq!(rows("&source=web"), ["900.00"]);
        // A view of one list is none of another.
        client.get(&format!("/api/v1/customers?view={}", view.id())).problem(400, "bad_parameter");
        client.get("/api/v1/orders?view=x").problem(400, "bad_parameter");
        // A walk belongs to the view as it was.
        let page = client.get(&format!("/api/v1/orders?view={}&limit=1", view.id())).expect(200);
        let on = format!("/api/v1/orders?view={}&limit=1&cursor={}", view.id(), page.body["page"]["next_cursor"].as_str().unwrap());
        assert_eq!(client.get(&on).expect(200).body["data"][0]["title"], "Small");
        client.patch(&path(&view), json!({"condition": {"not": won()}}), "*").expect(200);
        client.get(&on).problem(400, "bad_cursor");
        client.delete(&path(&view), None).problem(428, "if_match_required");
        client.delete(&path(&view), "*").expect(204);
        client.get(&path(&view)).problem(404, "not_found");
        client.delete(&path(&view), "*").problem(404, "not_found");
        client.get(&on).problem(400, "bad_parameter");
        client.get(&format!("/api/v1/analytics/revenue?view={}", view.id())).problem(400, "bad_parameter");
    }

    fn a_team_keeps_its_views_when_their_owner_leaves_it(app: &TestApp) {
        let cast = app.cast;
        let view = saved(app, &cast.rep, "team").expect(201);
        let moved = |team: Value| app.as_(&cast.admin).patch(&format!("/api/v1/users/{}", cast.rep.id), json!({ "team_id": team }), "*").expect(200);
        moved(json!(cast.team_b));
        is_for(app, &view, &[&cast.rep, &cast.mate, &cast.lead]);
        // A change of something else leaves it there; shared anew it is with the team that the owner is in now.
        let client = app.as_(&cast.rep);
        let renamed = client.patch(&path(&view), json!({"name": "Still theirs"}), "*").expect(200);
        assert_eq!(renamed.body["team"]["id"], json!(cast.team_a));
        let shared = client.patch(&path(&view), json!({"sharing": "team"}), "*").expect(200);
        assert_eq!(shared.body["team"]["id"], json!(cast.team_b));
        is_for(app, &shared, &[&cast.rep, &cast.stranger, &cast.reviewing_lead]);
        moved(json!(cast.team_a));
        moved(Value::Null);
        is_for(app, &shared, &[&cast.rep, &cast.stranger, &cast.reviewing_lead]);
        assert_eq!(client.patch(&path(&view), json!({"sharing": "team"}), "*").problem(422, "invalid").faults(), [("/sharing", "unknown_reference")]);
    }

    fn a_view_follows_the_eyes_of_who_uses_it(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        imported(app, &cast.rep, "won", json!({"closed_on": "2026-03-31"}));
        imported(app, &cast.stranger, "won", json!({"closed_on": "2026-03-31"}));
        let view = saved(app, &cast.admin, "organisation").expect(201);
        for (user, orders) in [(&cast.admin, 2), (&cast.reviewer, 2), (&cast.rep, 1), (&cast.mate, 1), (&cast.stranger, 1)] {
            let list = app.as_(user).get(&format!("/api/v1/orders?include_total=true&view={}", view.id())).expect(200);
            assert_eq!(list.body["page"]["total"], orders, "{}", user.name);
            assert_eq!(app.as_(user).get(&format!("/api/v1/analytics/conversion?view={}", view.id())).expect(200).body["data"][0]["orders"], orders, "{}", user.name);
        }
    }

    fn views_are_a_list_like_any_other(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        for (entity, name) in [("orders", "C"), ("customers", "A"), ("products", "B")] {
            rep.post(VIEWS, json!({"entity": entity, "name": name})).expect(201);
        }
        let names = |query: &str| rep.get(&format!("{VIEWS}?{query}")).expect(200).body["data"].as_array().unwrap().iter().map(|v| v["name"].as_str().unwrap().to_owned()).collect::<String>();
        assert_eq!((names(""), names("sort=-name"), names("entity=orders,products"), names("sharing=team")), ("ABC".into(), "CBA".into(), "BC".into(), String::new()));
        let page = rep.get(&format!("{VIEWS}?limit=2&include_total=true")).expect(200).body["page"].clone();
        assert_eq!((page["total"].as_i64(), names(&format!("limit=2&cursor={}", page["next_cursor"].as_str().unwrap()))), (Some(3), "C".into()));
        let table = csv_rows(&rep.with("accept", "text/csv").get(&format!("{VIEWS}?columns=entity,name")).expect(200));
        assert_eq!(table, [["entity", "name"], ["customers", "A"], ["products", "B"], ["orders", "C"]]);
    }
}

/// A view as its owner reads it.
fn view_of(app: &TestApp, owner: &User, view: &Answer) -> Answer {
    app.as_(owner).get(&path(view)).expect(200)
}

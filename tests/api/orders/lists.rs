//! The list of orders: whose they are, filters, sorts, walks.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{imported, stock};
use crate::harness::{TestApp, User};

fn ids(body: &Value) -> Vec<String> {
    body["data"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap().to_owned()).collect()
}

fn walk(app: &TestApp, user: &User, query: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.as_(user).get(&format!("/api/v1/orders?limit=2{query}{cursor}")).expect(200);
        all.extend(ids(&page.body));
        let Some(next) = page.body["page"]["next_cursor"].as_str() else {
            assert!(page.header("link").is_empty());
            return all;
        };
        assert!(page.header("link").ends_with("; rel=\"next\"") && page.body["page"]["has_more"] == true);
        cursor = format!("&cursor={next}");
    }
}

both! {
    fn each_sees_what_is_theirs(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        let (ours, theirs) = (imported(app, &cast.rep, "pending", json!({})), imported(app, &cast.stranger, "won", json!({})));
        let seen = |user: &User| ids(&app.as_(user).get("/api/v1/orders").expect(200).body).into_iter().collect::<BTreeSet<_>>();
        let set = |ids: &[&String]| ids.iter().map(|id| (*id).clone()).collect::<BTreeSet<_>>();
        for user in [&cast.rep, &cast.mate, &cast.lead] {
            assert_eq!(seen(user), set(&[&ours]), "{}", user.name);
        }
        assert_eq!(seen(&cast.stranger), set(&[&theirs]));
        for user in [&cast.admin, &cast.reviewer, &cast.reviewing_lead] {
            assert_eq!(seen(user), set(&[&ours, &theirs]), "{}", user.name);
        }
        for path in ["", "/history", "/actions", "/follow-ups"] {
            app.as_(&cast.stranger).get(&format!("/api/v1/orders/{ours}{path}")).problem(404, "not_found");
        }
        assert_eq!(app.as_(&cast.stranger).get("/api/v1/orders?include_total=true").body["page"]["total"], 1);
        // A user without a team shares no team with others that have none.
        let (lone, other) = (app.user("lone", intent_orders::identity::Role::Rep, None), app.user("other", intent_orders::identity::Role::Rep, None));
        let id = imported(app, &lone, "draft", json!({}));
        assert_eq!((seen(&lone), seen(&other)), (set(&[&id]), set(&[])));
    }

    fn a_page_that_is_at_hand_is_the_one_that_is_looked_for(app: &TestApp) {
        stock(app);
        let cast = app.cast;
        let owners = [&cast.rep, &cast.lead, &cast.stranger];
        let all: Vec<String> = (0..24)
            .map(|i| imported(app, owners[i % 3], ["draft", "draft", "pending"][i % 5 % 3], json!({"created_at": format!("2026-01-{:02}", i / 2 + 1)})))
            .collect();
        // Some between others, some in a row, the newest among them.
        let archived: Vec<&String> = all.iter().enumerate().filter(|(i, _)| i % 5 == 1 || (10..16).contains(i) || *i > 21).map(|(_, id)| id).collect();
        for id in &archived {
            app.as_(&cast.admin).delete(&format!("/api/v1/orders/{id}"), "*").expect(204);
        }
        for user in [&cast.admin, &cast.rep, &cast.lead, &cast.stranger] {
            for query in ["", "&status=draft", "&status=pending&sort=created_at", "&sort=-created_at", &format!("&owner={}", cast.lead.id)] {
                let at_hand = walk(app, user, query);
                // With a total everything is looked at.
                assert_eq!(at_hand, walk(app, user, &format!("{query}&include_total=true")), "{} {query}", user.name);
                assert!(!at_hand.is_empty() || query.contains("owner"), "{} {query}", user.name);
                assert!(at_hand.iter().all(|id| !archived.contains(&id)));
            }
        }
        let ever = walk(app, &cast.admin, "&include_archived=true");
        assert_eq!((ever.len(), ever.into_iter().collect::<BTreeSet<_>>()), (all.len(), all.into_iter().collect()));
    }

    fn walks_meet_every_order_once_under_every_sort(app: &TestApp) {
        stock(app);
        let rep = &app.cast.rep;
        let mut all = BTreeSet::new();
        for i in 0..7 {
            let mut more = json!({"created_at": format!("2026-01-0{}", i / 2 + 1), "lines": [{"product": "MG", "quantity": i / 3 + 1}]});
            if i % 3 == 0 {
                more["expected_close_date"] = Value::Null;
            }
            if i % 2 == 0 {
                more["title"] = Value::Null;
            }
            all.insert(imported(app, rep, "pending", more));
        }
        for sort in ["created_at", "updated_at", "amount", "expected_close_date", "number", "title"] {
            let (up, down) = (walk(app, rep, &format!("&sort={sort}")), walk(app, rep, &format!("&sort=-{sort}")));
            for walked in [&up, &down] {
                assert_eq!((walked.len(), walked.iter().cloned().collect::<BTreeSet<_>>()), (7, all.clone()), "{sort}");
            }
            let last = app.as_(rep).get(&format!("/api/v1/orders/{}", down[6])).body;
            assert!(!["expected_close_date", "title"].contains(&sort) || last[sort].is_null(), "missing values come last either way round");
        }
        // A row that comes in between shows up at most once and pushes nobody out.
        let page = app.as_(rep).get("/api/v1/orders?limit=3&sort=number").expect(200).body;
        imported(app, rep, "pending", json!({}));
        let rest = app.as_(rep).get(&format!("/api/v1/orders?limit=200&sort=number&cursor={}", page["page"]["next_cursor"].as_str().unwrap())).expect(200).body;
        assert_eq!((ids(&page).len(), ids(&rest).len()), (3, 5));
    }

    fn a_cursor_belongs_to_its_caller_sort_and_filter(app: &TestApp) {
        stock(app);
        for _ in 0..3 {
            imported(app, &app.cast.rep, "pending", json!({}));
        }
        let cursor = app.as_(&app.cast.rep).get("/api/v1/orders?limit=1&sort=amount").expect(200).body["page"]["next_cursor"].as_str().unwrap().to_owned();
        app.as_(&app.cast.rep).get(&format!("/api/v1/orders?limit=2&sort=amount&cursor={cursor}")).expect(200);
        for (user, query) in [(&app.cast.mate, "sort=amount"), (&app.cast.rep, "sort=-amount"), (&app.cast.rep, "sort=amount&status=won"), (&app.cast.rep, "")] {
            app.as_(user).get(&format!("/api/v1/orders?{query}&cursor={cursor}")).problem(400, "bad_cursor");
        }
        for wrong in ["x", "AAAA", &format!("{}A", &cursor[..cursor.len() - 3])] {
            app.as_(&app.cast.rep).get(&format!("/api/v1/orders?sort=amount&cursor={wrong}")).problem(400, "bad_cursor");
        }
    }

    fn filters_are_typed_and_exact(app: &TestApp) {
        let customer = stock(app);
        let rep = &app.cast.rep;
        let (a, b) = (imported(app, rep, "won", json!({"closed_on": "2026-03-31", "tags": ["refit", "a,b"], "intent_level": "high", "source": "web"})), imported(app, rep, "lost", json!({"closed_on": "2026-04-01", "reason": "price", "currency": "USD"})));
        let product = app.as_(rep).get(&format!("/api/v1/orders/{a}")).body["lines"][0]["product"]["id"].as_str().unwrap().to_owned();
        for (query, expected) in [
            ("status=won,lost", vec![&a, &b]), ("status=won", vec![&a]), ("status[ne]=won", vec![&b]), ("closed_on[gte]=2026-04-01", vec![&b]), ("closed_on[between]=2026-03-01,2026-03-31", vec![&a]),
            ("closed_on[lt]=2026-04-01", vec![&a]), ("tags=refit", vec![&a]), ("tags[null]=true", vec![&b]), ("reason=price", vec![&b]), ("reason[null]=true", vec![&a]), ("intent_level[null]=true", vec![&b]),
            ("intent_level=high", vec![&a]), ("source[ne]=web", vec![&b]), ("currency=USD", vec![&b]), ("amount[gte]=100&amount[lte]=100.0000", vec![&a, &b]), ("amount[gt]=100", vec![]),
            ("customer.industry=telecom&status=won", vec![&a]), ("customer.industry[null]=true", vec![]), ("customer.value_tier[null]=true&status=lost", vec![&b]), ("category=GTX", vec![&a, &b]), ("category[null]=true", vec![]),
            (&format!("customer={customer}&product={product}"), vec![&a, &b]), (&format!("closed_owner={}", rep.id), vec![&a, &b]), (&format!("team={}", app.cast.team_b), vec![]), ("stage=negotiation,contract", vec![&a, &b]),
            ("created_at[gte]=2026-01-02T00:00:00%2B08:00", vec![&a, &b]), ("first_submitted_at[null]=true", vec![]), ("customer.region=华东,华北", vec![&a, &b]),
        ] {
            let found: BTreeSet<_> = ids(&app.as_(rep).get(&format!("/api/v1/orders?{query}")).expect(200).body).into_iter().collect();
            assert_eq!(found, expected.into_iter().cloned().collect(), "{query}");
        }
        for wrong in ["status=win", "amount[gte]=x", "amount=1,2,y", "closed_on[gte]=2026-13-01", "owner=x", "status[gt]=won", "status[null]=true", "reason[null]=yes", "closed_on[between]=2026-01-01", "sort=colour", "limit=0", "limit=201", "status=won&status=lost", "amount[gte]=%00"] {
            app.as_(rep).get(&format!("/api/v1/orders?{wrong}")).problem(400, "bad_parameter");
        }
        assert!(app.as_(rep).get("/api/v1/orders?colour=red").problem(400, "unknown_parameter").body["detail"].as_str().unwrap().contains("customer.industry"));
    }
}

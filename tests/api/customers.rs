//! Customers: whose they are, what others see of them, and how they change hands.
use intent_orders::customers::{dto::CustomerImport, service, store};
use intent_orders::identity::Act;
use intent_orders::platform::db::schema::events;
use intent_orders::platform::outcome::Outcome;
use intent_orders::platform::web::body::decode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::harness::User;

const CUSTOMERS: &str = "/api/v1/customers";

fn huawei() -> Value {
    json!({"name": "上海华为技术有限公司", "contacts": [{"name": "Li Na", "phone": "+86 21 5555 0100", "email": "li.na@example.com", "channel": "phone"}, {"name": "Wu"}],
        "industry": "telecom", "region": "Shanghai", "source": "trade_fair", "note": "Quiet people.", "preferences": {"text": "mornings", "categories": ["GTX"]},
        "intent_level": "high", "value_tier": "key", "tags": ["refit", " refit", "fair"], "external_ref": {"system": "shop", "id": "1"}, "custom": {}})
}

fn kinds(app: &crate::harness::TestApp, id: &str) -> Vec<(String, Value)> {
    use diesel::prelude::*;
    let id = intent_orders::platform::db::Id::parse(id).unwrap();
    let rows = app.state.db.read_here(|c| {
        let own = events::table.filter(events::record_id.eq(id)).order(events::id).select((events::kind, events::changes));
        Ok(own.load::<(String, intent_orders::platform::db::Json)>(c)?)
    });
    rows.unwrap().into_iter().map(|(kind, changes)| (kind, changes.0)).collect()
}

/// RFC 7396, as it stands there.
fn merged(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut target = target.as_object().cloned().unwrap_or_default();
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            let value = merged(target.get(name).unwrap_or(&Value::Null), value);
            target.insert(name.clone(), value);
        }
    }
    Value::Object(target)
}

/// What a record says, without what is empty and what every change moves.
fn said(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let fields = fields.iter().filter(|(name, _)| !["version", "updated_at"].contains(&name.as_str())).map(|(name, value)| (name.clone(), said(value)));
    fields.filter(|(_, value)| !(value.is_null() || *value == json!([]) || *value == json!({}))).collect::<Map<_, _>>().into()
}

/// Some fields of an object, each cleared or set.
fn some(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let each = fields.into_iter().map(|(name, value)| {
        prop_oneof![2 => Just(None), 1 => Just(Some(Value::Null)), 3 => value.prop_map(Some)].prop_map(move |value| value.map(|value| (name.to_owned(), value)))
    });
    each.collect::<Vec<_>>().prop_map(|fields| fields.into_iter().flatten().collect::<Map<_, _>>().into()).boxed()
}

fn patches() -> impl Strategy<Value = Vec<Value>> {
    let text = || "[a-z]{1,8}|老客户".prop_map(Value::from).boxed();
    let texts = || prop::collection::btree_set("[a-z]{1,8}", 0..4).prop_map(|set| json!(set.into_iter().collect::<Vec<_>>())).boxed();
    let one_of = |words: &'static [&'static str]| prop::sample::select(words).prop_map(Value::from).boxed();
    let patch = some(vec![
        ("industry", text()),
        ("region", text()),
        ("note", text()),
        ("tags", texts()),
        ("intent_level", one_of(&["high", "medium", "low"])),
        ("value_tier", one_of(&["key", "regular", "potential"])),
        ("preferences", some(vec![("text", text()), ("categories", texts())])),
    ]);
    prop::collection::vec(patch, 1..6)
}

both! {
    fn a_patch_is_a_merge_patch(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let made = rep.post(CUSTOMERS, huawei()).expect(201);
        let path = format!("{CUSTOMERS}/{}", made.id());
        let mut runner = TestRunner::new(Config { cases: 24, max_shrink_iters: 50, failure_persistence: None, ..Config::default() });
        let held = runner.run(&patches(), |patches| {
            let mut shown = rep.get(&path).expect(200).body;
            for patch in patches {
                let after = rep.patch(&path, patch.clone(), "*").expect(200).body;
                prop_assert_eq!(said(&after), said(&merged(&shown, &patch)), "{}", patch);
                prop_assert_eq!(&after, &rep.get(&path).expect(200).body);
                shown = after;
            }
            Ok(())
        });
        held.unwrap();
    }

    fn a_customer_is_masked_for_strangers(app: &TestApp) {
        let made = app.as_(&app.cast.rep).post(CUSTOMERS, huawei()).expect(201);
        assert_eq!((made.body["tags"].clone(), made.body["masked"].clone()), (json!(["refit", "fair"]), json!(false)));
        let path = format!("{CUSTOMERS}/{}", made.id());
        for (user, masked) in [
            (&app.cast.rep, false),
            (&app.cast.mate, false),
            (&app.cast.lead, false),
            (&app.cast.reviewer, false),
            (&app.cast.admin, false),
            (&app.cast.stranger, true),
        ] {
            let one = app.as_(user).get(&path).expect(200).body;
            let listed = app.as_(user).get(CUSTOMERS).expect(200).body["data"][0].clone();
            assert_eq!(one, listed, "{}", user.name);
            assert_eq!(one["masked"], masked, "{}", user.name);
            let hidden = ["contacts", "preferences", "note"].iter().all(|field| one[*field].is_null());
            assert_eq!((hidden, one["industry"].as_str()), (masked, Some("telecom")), "{}", user.name);
        }
    }

    fn changing_is_for_owner_lead_and_admin(app: &TestApp) {
        let made = app.as_(&app.cast.rep).post(CUSTOMERS, huawei()).expect(201);
        let path = format!("{CUSTOMERS}/{}", made.id());
        let patch = |user: &User, body: Value| app.as_(user).patch(&path, body, "*");
        patch(&app.cast.stranger, json!({"note": "x"})).problem(403, "not_owner");
        patch(&app.cast.mate, json!({"note": "x"})).problem(403, "not_owner");
        patch(&app.cast.reviewer, json!({"note": "x"})).problem(403, "role");
        patch(&app.cast.reviewing_lead, json!({"note": "x"})).problem(403, "not_owner");
        patch(&app.cast.lead, json!({"note": "by the lead"})).expect(200);
        patch(&app.cast.admin, json!({"region": null})).expect(200);
        app.as_(&app.cast.rep).patch(&path, json!({"note": "x"}), made.etag()).problem(412, "stale");
        app.as_(&app.cast.stranger).patch(&path, json!({"note": "x"}), None).problem(403, "not_owner");
        app.as_(&app.cast.rep).patch(&path, json!({"note": "x"}), None).problem(428, "if_match_required");
        app.as_(&app.cast.rep).delete(&path, "*").problem(403, "role");
    }

    fn all_faults_are_told_at_once(app: &TestApp) {
        let wrong = json!({"source": "trade fare", "contacts": [{"phone": 5}], "custom": {"budget": 1}, "owner": {}, "value_tier": "keyy"});
        let answer = app.as_(&app.cast.rep).post(CUSTOMERS, wrong).problem(422, "invalid");
        assert_eq!(
            answer.faults(),
            [("/contacts/0/name", "required"), ("/contacts/0/phone", "wrong_type"), ("/custom/budget", "unknown_field"), ("/name", "required"),
                ("/owner", "read_only"), ("/source", "not_one_of"), ("/value_tier", "not_one_of")]
        );
    }

    fn contacts_keep_their_identity(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        let made = rep.post(CUSTOMERS, huawei()).expect(201);
        let path = format!("{CUSTOMERS}/{}", made.id());
        let wu = made.body["contacts"][1]["id"].clone();
        let changed = rep.patch(&path, json!({"contacts": [{"id": wu, "name": "Wu Li"}], "preferences": {"text": null}}), made.etag()).expect(200);
        assert_eq!((&changed.body["contacts"][0]["id"], changed.body["contacts"].as_array().map(Vec::len)), (&wu, Some(1)));
        assert_eq!(changed.body["preferences"], json!({"text": null, "categories": ["GTX"]}));
        let gone = made.body["contacts"][0]["id"].clone();
        assert_eq!(rep.patch(&path, json!({"contacts": [{"id": gone, "name": "x"}]}), "*").problem(422, "invalid").faults(), [("/contacts/0/id", "unknown_reference")]);
        let told = kinds(app, made.id());
        assert_eq!(told.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["customer.created", "customer.updated"]);
        assert_eq!(told[1].1, json!({"contacts": "changed", "preferences": "changed"}));
        assert!(!told.iter().any(|(_, changes)| changes.to_string().contains("Li Na") || changes.to_string().contains("Quiet")));
    }

    fn a_customer_changes_hands(app: &TestApp) {
        let made = app.as_(&app.cast.rep).post(CUSTOMERS, huawei()).expect(201);
        let path = format!("{CUSTOMERS}/{}/transfer", made.id());
        let to = |user: &User| json!({"owner_id": user.id});
        assert_eq!(app.as_(&app.cast.rep).action(&path, to(&app.cast.stranger), made.etag()).problem(422, "invalid").faults(), [("/owner_id", "unknown_reference")]);
        app.as_(&app.cast.mate).action(&path, to(&app.cast.mate), "*").problem(403, "not_owner");
        app.as_(&app.cast.mate).action(&path, json!({}), "*").problem(403, "not_owner");
        assert_eq!(app.as_(&app.cast.rep).action(&path, json!({}), "*").problem(422, "invalid").faults(), [("/owner_id", "required")]);
        let given = app.as_(&app.cast.rep).action(&path, to(&app.cast.mate), made.etag()).expect(200);
        assert_eq!((given.body["owner"]["name"].as_str(), given.body["version"].as_i64()), (Some("mate"), Some(2)));
        app.as_(&app.cast.rep).action(&path, to(&app.cast.rep), "*").problem(403, "not_owner");
        app.as_(&app.cast.lead).action(&path, to(&app.cast.stranger), "*").problem(422, "invalid");
        app.as_(&app.cast.lead).action(&path, to(&app.cast.rep), "*").expect(200);
        app.as_(&app.cast.admin).action(&path, to(&app.cast.stranger), "*").expect(200);
        app.as_(&app.cast.reviewing_lead).action(&path, to(&app.cast.reviewing_lead), "*").expect(200);
        assert_eq!(app.as_(&app.cast.rep).get(&format!("{CUSTOMERS}/{}", made.id())).expect(200).body["masked"], true);
    }

    fn archived_customers_hold_no_reference(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let made = admin.post(CUSTOMERS, huawei()).expect(201);
        assert_eq!(app.as_(&app.cast.rep).post(CUSTOMERS, huawei()).problem(409, "duplicate").faults(), [("/external_ref", "taken")]);
        let path = format!("{CUSTOMERS}/{}", made.id());
        admin.delete(&path, made.etag()).expect(204);
        admin.get(&path).problem(404, "not_found");
        admin.get(&format!("{path}?include_archived=true")).expect(200);
        let second = admin.post(CUSTOMERS, huawei()).expect(201);
        assert_eq!(admin.action(&format!("{path}/restore"), Value::Null, "*").problem(409, "duplicate").faults(), [("/external_ref", "taken")]);
        admin.delete(&format!("{CUSTOMERS}/{}", second.id()), "*").expect(204);
        admin.action(&format!("{path}/restore"), Value::Null, "*").expect(200);
    }

    fn the_list_filters_and_walks(app: &TestApp) {
        let rep = app.as_(&app.cast.rep);
        for i in 0..5 {
            rep.post(CUSTOMERS, json!({"name": format!("Customer {i}"), "tags": [format!("t{}", i % 2)], "industry": if i == 0 { json!("oil") } else { Value::Null }})).expect(201);
            app.advance(1);
        }
        let names = |query: &str| -> Vec<String> {
            let page = rep.get(&format!("{CUSTOMERS}?{query}")).expect(200);
            page.body["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()[9..].to_owned()).collect()
        };
        assert_eq!(names(""), ["4", "3", "2", "1", "0"]);
        assert_eq!(names("sort=name&tags=t1"), ["1", "3"]);
        assert_eq!(names("tags[ne]=t1&sort=name"), ["0", "2", "4"]);
        assert_eq!(names("name=customer%20%203"), ["3"]);
        assert_eq!(names("industry[null]=true&sort=created_at&limit=2"), ["1", "2"]);
        assert_eq!(names(&format!("owner={}&created_at[gte]=2026-11-23T08:00:03Z", app.cast.rep.id)), ["4", "3"]);
        assert!(names("tags[null]=true").is_empty());
        let mut walked = Vec::new();
        let mut query = String::from("sort=-name&limit=2");
        loop {
            let page = rep.get(&format!("{CUSTOMERS}?{query}")).expect(200);
            walked.extend(page.body["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()[9..].to_owned()));
            let Some(cursor) = page.body["page"]["next_cursor"].as_str() else { break };
            query = format!("sort=-name&limit=2&cursor={cursor}");
        }
        assert_eq!(walked, ["4", "3", "2", "1", "0"]);
    }

    fn an_import_does_nothing_twice(app: &TestApp) {
        let import = |body: Value, hash: &str| {
            let (hash, act) = (hash.to_owned(), Act::system(app.state.clock.now()));
            app.state.db.write_here(move |tx| service::import(tx, &act, decode::<CustomerImport>(&body)?, &hash))
        };
        let faults = |body: Value| {
            let problem = import(body, "x").unwrap_err();
            problem.faults().iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect::<Vec<_>>()
        };
        let Outcome::Created(id) = import(json!({"name": "Acme Corporation", "owner_email": "REP@example.com"}), "a").unwrap() else { panic!("not created") };
        assert_eq!(import(json!({"name": "Acme Corporation", "owner_email": "rep@example.com"}), "a").unwrap(), Outcome::Unchanged(id));
        assert_eq!(import(json!({"name": "acme  corporation", "industry": "retail"}), "b").unwrap(), Outcome::Updated(id));
        assert_eq!(faults(json!({"name": "Acme Corporation", "owner_email": "mate@example.com"})), ["/owner_email already_differs"]);
        assert_eq!(faults(json!({"name": "New", "owner_email": "nobody@example.com", "source": "x"})), ["/owner_email unknown_reference", "/source not_one_of"]);
        let Outcome::Created(second) = import(json!({"name": "By nobody"}), "c").unwrap() else { panic!("not created") };
        let owner = app.as_(&app.cast.admin).get(&format!("{CUSTOMERS}/{second}")).expect(200).body["owner"]["name"].clone();
        assert_eq!(owner, "admin");
        app.as_(&app.cast.rep).post(CUSTOMERS, json!({"name": "ACME corporation"})).expect(201);
        assert_eq!(faults(json!({"name": "Acme Corporation", "owner_email": "rep@example.com"})), ["/name ambiguous"]);
        let named = app.state.db.read_here(|c| store::find_by_name(c, "acme corporation")).unwrap();
        assert_eq!(named.len(), 2);
        assert!(app.state.db.read_here(|c| store::active(c, id)).unwrap());
    }
}

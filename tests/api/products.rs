//! The catalogue: what no two products may share, what look-up finds, archive and restore.
use intent_orders::identity::Act;
use intent_orders::platform::outcome::Outcome;
use intent_orders::platform::web::body::decode;
use intent_orders::products::{service, store};
use serde_json::{Value, json};

const PRODUCTS: &str = "/api/v1/products";

fn gtx() -> Value {
    json!({"sku": "GTX-PRO", "name": "GTX Pro", "aliases": ["GTXPro", "增强型"], "category": "GTX", "unit": "pc", "list_price": "4821", "currency": "USD",
        "external_ref": {"system": "shop", "id": "1"}})
}

both! {
    fn a_product_is_read_as_it_was_answered(app: &TestApp) {
        let made = app.as_(&app.cast.admin).post(PRODUCTS, gtx()).expect(201);
        assert_eq!((made.body["list_price"].as_str(), made.body["version"].as_i64()), (Some("4821.00"), Some(1)));
        let path = format!("{PRODUCTS}/{}", made.id());
        assert_eq!(made.header("location"), path);
        let read = app.as_(&app.cast.rep).get(&path).expect(200);
        assert_eq!((&read.text, read.etag()), (&made.text, made.etag()));
        app.as_(&app.cast.rep).post(PRODUCTS, gtx()).problem(403, "role");
        app.as_(&app.cast.rep).get(&format!("{PRODUCTS}/nothing")).problem(404, "not_found");
    }

    fn all_faults_are_told_at_once(app: &TestApp) {
        let wrong = json!({"sku": 5, "aliases": ["ok", ""], "list_price": "-1", "custom": {"weight": 1}, "version": 2});
        let answer = app.as_(&app.cast.admin).post(PRODUCTS, wrong).problem(422, "invalid");
        assert_eq!(answer.faults(), [("/aliases/1", "too_short"), ("/custom/weight", "unknown_field"), ("/list_price", "below_minimum"), ("/name", "required"), ("/sku", "wrong_type"), ("/version", "read_only")]);
        let answer = app.as_(&app.cast.admin).post(PRODUCTS, json!({"name": "x", "list_price": 3})).problem(422, "invalid");
        assert_eq!(answer.faults(), [("/currency", "required"), ("/sku", "required")]);
    }

    fn no_two_products_share_a_name(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let made = admin.post(PRODUCTS, gtx()).expect(201);
        let other = json!({"sku": "gtx-pro", "name": "ＧＴＸ  pro", "aliases": ["fine", "增 强 型"], "external_ref": {"system": "shop", "id": "1"}});
        let answer = admin.post(PRODUCTS, other.clone()).problem(409, "duplicate");
        assert_eq!(answer.faults(), [("/aliases/1", "taken"), ("/external_ref", "taken"), ("/name", "taken"), ("/sku", "taken")]);
        // An archived product holds nothing.
        let path = format!("{PRODUCTS}/{}", made.id());
        admin.delete(&path, None).problem(428, "if_match_required");
        admin.delete(&path, "\"7\"").problem(412, "stale");
        admin.delete(&path, made.etag()).expect(204);
        admin.get(&path).problem(404, "not_found");
        admin.patch(&path, json!({"unit": "box"}), "*").problem(404, "not_found");
        let second = admin.post(PRODUCTS, other).expect(201);
        let answer = admin.action(&format!("{path}/restore"), Value::Null, "*").problem(409, "duplicate");
        assert_eq!(answer.faults().len(), 5);
        let read = admin.get(&format!("{path}?include_archived=true")).expect(200);
        assert_eq!(read.body["version"], 2);
        let second_path = format!("{PRODUCTS}/{}", second.id());
        admin.patch(&second_path, json!({"sku": "B", "name": "B", "aliases": null, "external_ref": null}), second.etag()).expect(200);
        let back = admin.action(&format!("{path}/restore"), Value::Null, read.etag()).expect(200);
        assert_eq!((back.body["version"].as_i64(), back.body["archived_at"].is_null()), (Some(3), true));
        assert_eq!(admin.patch(&second_path, json!({"aliases": ["b", "G T X P R O"]}), "*").problem(409, "duplicate").faults(), [("/aliases/1", "taken")]);
    }

    fn a_change_is_guarded_by_the_version(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let made = admin.post(PRODUCTS, gtx()).expect(201);
        let path = format!("{PRODUCTS}/{}", made.id());
        assert_eq!(admin.patch(&path, json!({}), made.etag()).expect(200).body["version"], 1);
        let changed = admin.patch(&path, json!({"name": "gtx pro", "list_price": null, "currency": null}), made.etag()).expect(200);
        assert_eq!((changed.body["version"].as_i64(), changed.body["name"].as_str(), changed.body["list_price"].is_null()), (Some(2), Some("gtx pro"), true));
        admin.patch(&path, json!({"name": "x"}), made.etag()).problem(412, "stale");
        assert_eq!(admin.patch(&path, json!({"name": null, "nam": "x"}), "*").problem(422, "invalid").faults(), [("/nam", "unknown_field"), ("/name", "required")]);
    }

    fn look_up_folds_case_width_and_runs_but_removes_no_blank(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let mut body = gtx();
        body["aliases"] = json!([]);
        let made = admin.post(PRODUCTS, body).expect(201);
        admin.post(PRODUCTS, json!({"sku": "MG", "name": "MG Special"})).expect(201);
        let gone = admin.post(PRODUCTS, json!({"sku": "OLD", "name": "Old One"})).expect(201);
        admin.delete(&format!("{PRODUCTS}/{}", gone.id()), gone.etag()).expect(204);
        let given: Vec<String> = ["gtx  PRO", "GTXPro", "gtx-pro", made.id(), "Old One", gone.id(), "ｍｇ special"].map(str::to_owned).into();
        let found = app.state.db.read_here(|c| store::resolve(c, &given)).unwrap();
        let told: Vec<_> = found.iter().map(|r| (r.found.as_ref().map(|f| f.name.as_str()), r.nearest.first().map(String::as_str))).collect();
        let pro = (Some("GTX Pro"), None);
        assert_eq!(told[..4], [pro, (None, Some("GTX Pro")), pro, pro]);
        assert_eq!((told[4].0, told[5].0, told[6].0), (None, None, Some("MG Special")));
        assert_eq!(found[0].found.as_ref().map(|f| (f.list_price.map(|p| p.to_string()), f.currency.clone())), Some((Some("4821".into()), Some("USD".into()))));
    }

    fn the_list_walks_and_filters(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        for (i, name) in ["b", "A", "c"].into_iter().enumerate() {
            admin.post(PRODUCTS, json!({"sku": format!("S-{i}"), "name": name, "category": if i == 0 { "x" } else { "y" }})).expect(201);
        }
        let names = |path: &str| -> Vec<String> {
            let page = app.as_(&app.cast.rep).get(path).expect(200);
            page.body["data"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(PRODUCTS), ["A", "b", "c"]);
        assert_eq!(names(&format!("{PRODUCTS}?sort=-created_at&category=y")), ["c", "A"]);
        assert_eq!(names(&format!("{PRODUCTS}?sku=s-0")), ["b"]);
        let first = app.as_(&app.cast.rep).get(&format!("{PRODUCTS}?limit=2&include_total=true")).expect(200);
        assert_eq!((first.body["page"]["total"].as_i64(), first.body["page"]["has_more"].as_bool()), (Some(3), Some(true)));
        let cursor = first.body["page"]["next_cursor"].as_str().unwrap();
        assert_eq!(names(&format!("{PRODUCTS}?limit=2&cursor={cursor}")), ["c"]);
        assert!(first.header("link").contains("rel=\"next\""));
        app.as_(&app.cast.rep).get(&format!("{PRODUCTS}?colour=red")).problem(400, "unknown_parameter");
    }

    fn an_import_does_nothing_twice(app: &TestApp) {
        let import = |body: Value, hash: &str| {
            let (hash, act) = (hash.to_owned(), Act::system(app.state.clock.now()));
            app.state.db.write_here(move |tx| service::import(tx, &act, decode(&body)?, &hash))
        };
        let Outcome::Created(id) = import(gtx(), "a").unwrap() else { panic!("not created") };
        assert_eq!(import(gtx(), "a").unwrap(), Outcome::Unchanged(id));
        assert_eq!(import(gtx(), "b").unwrap(), Outcome::Unchanged(id));
        assert_eq!(import(json!({"sku": "gtx-pro", "name": "GTX Pro 2"}), "c").unwrap(), Outcome::Updated(id));
        let other = json!({"sku": "GTX-PRO", "name": "X", "external_ref": {"system": "shop", "id": "2"}});
        assert_eq!(import(other, "d").unwrap_err().code().as_str(), "duplicate");
    }
}

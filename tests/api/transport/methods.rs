//! HEAD wherever GET is, OPTIONS everywhere.
use std::collections::BTreeSet;

use intent_orders::app;
use reqwest::header::{DATE, HeaderMap};

fn paths() -> Vec<(String, BTreeSet<String>)> {
    let document = app::document("http://127.0.0.1:8080");
    let paths = document["paths"].as_object().unwrap();
    let place = |path: &str| path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/");
    paths.iter().map(|(path, item)| (place(path), item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect())).collect()
}

fn telling(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(DATE);
    headers.remove("x-request-id");
    headers
}

both! {
    fn head_answers_as_get_without_the_body(app: &TestApp) {
        let admin = app.as_(&app.cast.admin).with("if-none-match", "\"other\"");
        let gets: Vec<_> = paths().into_iter().filter(|(_, methods)| methods.contains("GET")).map(|(path, _)| path).collect();
        assert!(gets.len() > 20);
        // What counts requests is another answer at each of them.
        let gets: Vec<_> = gets.into_iter().filter(|path| !["/metrics", "/api/v1/system/performance"].contains(&path.as_str())).collect();
        let pages = ["/openapi.json", "/docs", "/docs/", "/docs/swagger-ui.css"].map(str::to_owned);
        for path in gets.iter().chain(&pages) {
            let (get, head) = (admin.get(path), admin.head(path));
            assert_eq!((get.status, telling(&get.headers)), (head.status, telling(&head.headers)), "{path}");
            assert_eq!(head.header("content-length"), get.bytes.len().to_string(), "{path}");
            assert!(head.bytes.is_empty());
        }
        app.nobody().head("/api/v1/orders").expect(401);
        let created = admin.post("/api/v1/products", serde_json::json!({"sku": "A", "name": "A"})).expect(201);
        let path = format!("/api/v1/products/{}", created.id());
        assert_eq!(admin.head(&path).expect(200).etag(), created.etag());
        assert!(app.as_(&app.cast.admin).with("if-none-match", created.etag()).head(&path).expect(304).text.is_empty());
    }

    fn a_head_of_a_stream_has_the_headers_alone(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let form = reqwest::blocking::multipart::Form::new().text("file", "sku,name\n").text("mapping", r#"{"entity": "products"}"#);
        let job = admin.upload("/api/v1/imports", form).expect(202);
        let path = format!("/api/v1/imports/{}/errors", job.id());
        let (get, head) = (admin.get(&path).expect(200), admin.head(&path).expect(200));
        assert_eq!((telling(&get.headers), head.text.as_str()), (telling(&head.headers), ""));
    }

    fn options_tells_what_an_address_answers_to(app: &TestApp) {
        for (path, mut methods) in paths() {
            methods.insert("OPTIONS".into());
            if methods.contains("GET") {
                methods.insert("HEAD".into());
            }
            let answer = app.nobody().raw("OPTIONS", &path, "", "").expect(204);
            assert_eq!(answer.header("allow"), methods.iter().map(String::as_str).collect::<Vec<_>>().join(", "), "{path}");
            assert_eq!((answer.header("content-length"), answer.text.as_str()), ("", ""), "{path}");
            // The same is told to who uses another method.
            assert_eq!(app.nobody().raw("BREW", &path, "", "").problem(405, "method_not_allowed").header("allow"), answer.header("allow"), "{path}");
        }
        for page in ["/openapi.json", "/docs", "/docs/", "/docs/index.html"] {
            assert_eq!(app.nobody().raw("OPTIONS", page, "", "").expect(204).header("allow"), "GET, HEAD, OPTIONS", "{page}");
            assert_eq!(app.nobody().raw("POST", page, "", "").problem(405, "method_not_allowed").header("allow"), "GET, HEAD, OPTIONS", "{page}");
        }
        for nowhere in ["/", "/nothing", "/api/v1", "/api/v1/nothing", "/api/v1/auth/login/"] {
            app.nobody().raw("OPTIONS", nowhere, "", "").problem(404, "not_found");
        }
    }
}

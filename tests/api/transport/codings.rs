//! Answers that are sent smaller, and the tags that tell them apart.
use actix_http::encoding::Decoder;
use actix_web::dev::Payload;
use actix_web::http::header::ContentEncoding;
use actix_web::rt::System;
use actix_web::web::Bytes;
use futures_util::StreamExt as _;
use serde_json::json;

use crate::harness::{Answer, TestApp};

fn decoded(answer: &Answer) -> Vec<u8> {
    let coding: ContentEncoding = answer.header("content-encoding").parse().unwrap();
    let bytes = Bytes::from(answer.bytes.clone());
    System::new().block_on(async move {
        let mut decoder = Decoder::new(Payload::<actix_http::BoxedPayloadStream>::from(bytes), coding);
        let mut all = Vec::new();
        while let Some(piece) = decoder.next().await {
            all.extend_from_slice(&piece.unwrap());
        }
        all
    })
}

fn varies(answer: &Answer) -> bool {
    answer.header("vary").split(',').any(|name| name.trim() == "Accept-Encoding")
}

/// A customer with a note, whose record is long or short; answers its address.
fn customer(app: &TestApp, note: usize) -> String {
    let customer = app.as_(&app.cast.rep).post("/api/v1/customers", json!({"name": format!("Customer {note}"), "note": "n".repeat(note)})).expect(201);
    format!("/api/v1/customers/{}", customer.id())
}

both! {
    fn long_answers_are_coded_as_the_caller_likes(app: &TestApp) {
        let path = customer(app, 1500);
        let rep = app.as_(&app.cast.rep);
        let plain = rep.get(&path).expect(200);
        assert_eq!((plain.header("content-encoding"), varies(&plain)), ("", true), "{plain}");
        for (accept, coding) in [("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("gzip, deflate, br, zstd", "zstd"), ("gzip;q=1, *;q=0.5", "gzip")] {
            let coded = rep.with("accept-encoding", accept).get(&path).expect(200);
            assert_eq!((coded.header("content-encoding"), coded.header("content-length")), (coding, ""), "{coded}");
            assert_eq!(coded.headers.get_all("vary").iter().count(), 1, "{coded}");
            assert_eq!(coded.header("vary"), "Accept, Accept-Language, Authorization, Accept-Encoding");
            assert!(coded.bytes.len() < 700 && decoded(&coded) == plain.bytes, "{accept}");
        }
        for accept in ["deflate", "identity", "identity;q=0", "nonsense", "gzip;q=0"] {
            let answer = rep.with("accept-encoding", accept).get(&path).expect(200);
            assert_eq!((answer.header("content-encoding"), &answer.bytes), ("", &plain.bytes), "{accept}");
        }
    }

    fn short_answers_and_empty_ones_are_left_as_they_are(app: &TestApp) {
        let rep = app.as_(&app.cast.rep).with("accept-encoding", "gzip, br, zstd");
        let path = customer(app, 10);
        for answer in [rep.get(&path).expect(200), rep.get("/livez").expect(200), rep.get("/nothing").expect(404), app.nobody().with("accept-encoding", "gzip").raw("OPTIONS", &path, "", "").expect(204)] {
            assert_eq!(answer.header("content-encoding"), "", "{answer}");
        }
        let document = rep.get("/openapi.json").expect(200);
        assert_eq!(document.header("content-encoding"), "zstd");
        assert!(decoded(&document).starts_with(b"{"));
    }

    fn a_stream_is_always_coded(app: &TestApp) {
        let admin = app.as_(&app.cast.admin);
        let form = reqwest::blocking::multipart::Form::new()
            .part("file", reqwest::blocking::multipart::Part::bytes(b"sku,name\n".as_slice()).file_name("p.csv"))
            .text("mapping", r#"{"entity": "products"}"#);
        let job = admin.upload("/api/v1/imports", form).expect(202);
        let path = format!("/api/v1/imports/{}/errors", job.id());
        let coded = admin.with("accept-encoding", "gzip").get(&path).expect(200);
        assert_eq!((coded.header("content-encoding"), varies(&coded)), ("gzip", true));
        assert_eq!(decoded(&coded), admin.get(&path).expect(200).bytes);
    }

    fn long_problems_are_coded_too(app: &TestApp) {
        let body = json!({"title": 1, "customer_id": 2, "currency": 3, "lines": 4, "tags": 5, "custom": 6, "note": 7, "source": 8, "intent_level": 9, "one_that_is_not": 10});
        let coded = app.as_(&app.cast.rep).with("accept-encoding", "gzip").raw("POST", "/api/v1/orders", "application/json", body.to_string());
        assert_eq!((coded.status, coded.header("content-encoding"), coded.header("content-type")), (422, "gzip", "application/problem+json"));
        assert!(String::from_utf8(decoded(&coded)).unwrap().contains("unknown_field"));
    }

    fn a_tag_says_its_coding_and_is_understood_in_all_of_them(app: &TestApp) {
        let path = customer(app, 1500);
        let rep = app.as_(&app.cast.rep);
        let plain = rep.get(&path).expect(200).etag().to_owned();
        let open = plain.trim_end_matches('"');
        for coding in ["gzip", "br", "zstd"] {
            let coded = rep.with("accept-encoding", coding).get(&path).expect(200).etag().to_owned();
            assert_eq!(coded, format!("{open}-{coding}\""));
            for known in [coded.clone(), format!("W/{coded}"), format!("\"1-x\", {coded}")] {
                let unchanged = rep.with("accept-encoding", coding).with("if-none-match", &known).get(&path).expect(304);
                assert_eq!((unchanged.etag(), varies(&unchanged), unchanged.text.as_str()), (coded.as_str(), true, ""));
            }
            // Whoever asks without a coding has the same record.
            rep.with("if-none-match", &coded).get(&path).expect(304);
        }
        rep.with("if-none-match", &format!("W/{plain}")).get(&path).expect(304);
        for (version, written) in (1..).zip(["gzip", "br", "zstd", "W/"]) {
            let tag = if written == "W/" { format!("W/\"{version}-x\"") } else { format!("\"{version}-x-{written}\"") };
            rep.patch(&path, json!({"note": format!("{written}{}", "n".repeat(1500))}), tag.as_str()).expect(200);
            rep.patch(&path, json!({"note": null}), tag.as_str()).problem(412, "stale");
        }
    }
}

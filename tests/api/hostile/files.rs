//! Files and coded bodies that are small to send and large to hold.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::bodies::resident;
use crate::conventions::table;
use crate::conventions::world::{World, takes_body};
use crate::harness::TestApp;
use crate::imports::{counts, errors, import};

/// A gzip file of zeros: a few bytes of deflate that say "258 times the last one" over and over, a thousandfold of what is sent.
fn bomb(kib: usize) -> Vec<u8> {
    let (mut out, mut held, mut count) = (b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), 0_u8, 0);
    let mut put = |bits: &str| {
        for bit in bits.bytes() {
            held |= (bit - b'0') << count;
            count += 1;
            if count == 8 {
                out.push(held);
                (held, count) = (0, 0);
            }
        }
    };
    // One last block with the fixed code: the byte 0, then runs of length 258 (symbol 285) from distance 1 (symbol 0).
    put("110");
    put("00110000");
    (0..kib * 4).for_each(|_| put("1100010100000"));
    put("0000000");
    put("0000000");
    out
}

fn brought(app: &TestApp, file: Vec<u8>) -> Result<([i64; 4], Vec<String>), String> {
    let mapping = json!({"entity": "products", "fields": {"sku": {"column": "sku"}, "name": {"column": "name"}}}).to_string();
    let form = reqwest::blocking::multipart::Form::new().part("file", reqwest::blocking::multipart::Part::bytes(file.clone()).file_name("p.csv"));
    let answer = app.as_(&app.cast.admin).upload("/api/v1/imports?validate_only=true", form.text("mapping", mapping.clone()));
    if answer.status >= 400 {
        assert!([413, 422].contains(&answer.status), "{answer}");
        return Err(answer.body["errors"][0]["code"].as_str().unwrap_or("too_large").to_owned());
    }
    let mapping: Value = serde_json::from_str(&mapping).unwrap();
    let sent = import(app, "", file, &mapping);
    let told = errors(app, &sent);
    assert!(told.iter().flatten().map(String::len).sum::<usize>() < 32 << 20, "what is refused is told back without an end");
    Ok((
        counts(&sent),
        told.iter()
            .skip(1)
            .take(3)
            .map(|row| row.iter().map(|cell| cell.chars().take(60).collect::<String>()).collect::<Vec<_>>().join("|").chars().take(300).collect())
            .collect(),
    ))
}

both! {
    fn a_table_that_is_a_bomb_is_refused_row_by_row_or_as_a_whole(app: &TestApp) {
        let (began, before) = (Instant::now(), resident());
        let cell = |n: usize| "x".repeat(n);
        // One huge cell, in the header and below it.
        assert_eq!(brought(app, format!("sku,{}\nA,B\n", cell(4 << 20)).into_bytes()), Err("no_header".into()));
        let huge = brought(app, format!("sku,name\nA,{}\nB,Cable\n", cell(4 << 20)).into_bytes());
        assert!(huge.as_ref().is_ok_and(|(counts, _)| counts[0] <= 1 && counts[3] >= 1) || huge.is_err(), "{huge:?}");
        // A million columns.
        assert_eq!(brought(app, [b"sku,name".to_vec(), b",c".repeat(1_000_000), b"\nA,B\n".to_vec()].concat()), Err("no_header".into()));
        let wide = brought(app, [b"sku,name\nA,B".to_vec(), b",".repeat(1_000_000), b"\nC,Cable\n".to_vec()].concat());
        assert!(wide.as_ref().is_ok_and(|(counts, _)| counts[3] >= 1) || wide.is_err(), "{wide:?}");
        // Quotes that are never closed: in the header, in a row, in very many rows.
        assert!(brought(app, b"sku,\"name\nA,B\n".to_vec()).is_err());
        let open = brought(app, format!("sku,name\nD,\"{}", "E,F\n".repeat(500_000)).into_bytes());
        assert!(open.as_ref().is_ok_and(|(counts, _)| counts[0] == 0 && counts[3] >= 1) || open.is_err(), "{open:?}");
        let many = brought(app, format!("sku,name\n{}", "\"\"\"\",\"\"\"\n".repeat(2_000)).into_bytes());
        assert!(many.as_ref().is_ok_and(|(counts, _)| counts[3] > 0) || many.is_err(), "{many:?}");
        let used = resident().saturating_sub(before);
        assert!(used < 700 && began.elapsed() < Duration::from_secs(120), "{used} MiB, {:?}", began.elapsed());
    }

    fn a_coded_body_is_not_unpacked(app: &TestApp) {
        let world = World::new(app);
        let bomb = bomb(500);
        assert!(bomb.len() < 5_000, "{}", bomb.len());
        let (mut faults, mut sent) = (Vec::new(), 0);
        for resource in table::all() {
            for op in resource.ops.iter().filter(|op| takes_body(&resource, op)) {
                let target = resource.target(&world, op);
                for coding in ["gzip", "br", "deflate", "zstd", "gzip, gzip", "x-nonsense"] {
                    let client = world.by(op).with("content-encoding", coding);
                    let answer = world.send_bytes(&client, op, &target.path, &target.etag, op.media_type, bomb.clone());
                    sent += 1;
                    if answer.status != 415 || answer.header("accept-encoding") != "identity" {
                        faults.push(format!("{} {} {coding}: {}", op.method, resource.path, answer.status));
                    }
                }
                // Without a word on its coding it is no JSON, and no form.
                let plain = world.send_bytes(&world.by(op), op, &target.path, &target.etag, op.media_type, bomb.clone());
                if ![400, 422].contains(&plain.status) {
                    faults.push(format!("{} {}: {}", op.method, resource.path, plain.status));
                }
            }
        }
        assert!(faults.is_empty() && sent > 300, "{sent}: {}", faults.join("\n"));
        // One that says that it is not coded is read.
        let body = json!({"name": "Acme"}).to_string();
        app.as_(&app.cast.rep).with("content-encoding", "identity").raw("POST", "/api/v1/customers", "application/json", body).expect(201);
    }
}

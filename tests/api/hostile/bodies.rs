//! Bodies that are no JSON, too much JSON, or JSON of monsters: at every operation that takes one.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::conventions::table::{self, Op, Resource};
use crate::conventions::world::{World, takes_body};
use crate::harness::{Answer, TestApp};

/// Every operation that takes JSON, each with something to act on.
fn each(app: &TestApp, mut test: impl FnMut(&World<'_>, &Resource, &Op, &Value)) {
    let world = World::new(app);
    let mut seen = 0;
    for resource in table::all() {
        for op in &resource.ops {
            if let Some(body) = op.body.filter(|_| takes_body(&resource, op)).map(|body| body(&world)).filter(Value::is_object) {
                test(&world, &resource, op, &body);
                seen += 1;
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(unit).collect()
}

/// The memory of this process, in MiB.
pub fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<usize>().ok()).unwrap_or_default() / 1024
}

/// Bytes that are no JSON text in UTF-8 with one value, made from a sound one.
fn broken(sound: &str) -> Vec<(&'static str, Vec<u8>)> {
    let open = sound.strip_prefix('{').unwrap_or_default();
    let rest = if open.starts_with('}') { open.to_owned() } else { format!(",{open}") };
    let with = |piece: &[u8]| [b"{", piece, rest.as_bytes()].concat();
    vec![
        ("arrays", [b"{\"a\":".to_vec(), vec![b'['; 100_000], vec![b']'; 100_000], b"}".to_vec()].concat()),
        ("arrays without an end", vec![b'['; 100_000]),
        ("objects", "{\"a\":".repeat(100_000).into_bytes()),
        ("one key twice", with(b"\"nonsense\":1,\"nonsense\":2")),
        ("one key twice, in other letters", with(b"\"nonsense\":1,\"\\u006eonsense\":2")),
        ("a byte order mark", format!("\u{feff}{sound}").into_bytes()),
        ("UTF-16, little end first", utf16(sound, false)),
        ("UTF-16, big end first", utf16(sound, true)),
        ("half a pair", with(b"\"nonsense\":\"\\ud800\"")),
        ("the other half", with(b"\"nonsense\":\"\\udc00x\"")),
        ("halves in the wrong order", with(b"\"nonsense\":\"\\udc00\\ud800\"")),
        ("half a pair in a key", with(b"\"\\ud800\":1")),
        ("no UTF-8", with(b"\"nonsense\":\"\xff\xfe\"")),
        ("a slash in too many bytes", with(b"\"nonsense\":\"\xc0\xaf\"")),
        ("half a pair in UTF-8", with(b"\"nonsense\":\"\xed\xa0\x80\"")),
        ("NUL as it is", with(b"\"nonsense\":\"\0\"")),
        ("something behind", format!("{sound}x").into_bytes()),
        ("another value behind", format!("{sound}{sound}").into_bytes()),
        ("NUL behind", format!("{sound}\0").into_bytes()),
        ("no number", with(b"\"nonsense\":NaN")),
        ("a number cut off", with(b"\"nonsense\":1e")),
        ("a leading zero", with(b"\"nonsense\":01")),
        ("a comment", with(b"/**/\"nonsense\":1")),
        ("a comma too many", with(b"\"nonsense\":[1,]")),
        ("blanks alone", b"  ".to_vec()),
    ]
}

/// JSON that is well-formed and stands where something else should.
const MONSTERS: &[&str] = &[
    "1e400",
    "-1e400",
    "1e-400",
    "1e999999999",
    "1e-999999999",
    "1e99999999999999999999",
    "9223372036854775808",
    "-9223372036854775809",
    "18446744073709551616",
    "0.00000000000000000000000000000000000001",
    "-0",
    "\"1e400\"",
    "\"1e999999999\"",
    "\"9223372036854775808\"",
    "\"NaN\"",
    "\"\\u0000\"",
    "\"a\\u0000b\"",
    "\"\\u001b[31m\"",
    "\"\\u202e\"",
    "\"\\r\\nSet-Cookie: a=b\"",
    "\"'; DROP TABLE orders; --\"",
    "\"../../etc/passwd\"",
    "\"{{7*7}}\"",
    "\"\\uffff\"",
    "\"0000-00-00\"",
    "\"9999-12-31\"",
    "\"-262144-01-01\"",
    "\"9999-12-31T23:59:60Z\"",
    "{\"$serde_json::private::Number\":\"x\"}",
    "{\"$serde_json::private::Number\":\"1e400\"}",
    "{}",
    "[[]]",
    "true",
];

/// Every place of a value in a body.
fn places(body: &Value, place: &str, into: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
        places(value, &place, into);
        into.push(place);
    };
    match body {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| inner(key, value)),
        Value::Array(items) => items.iter().take(1).for_each(|value| inner("0", value)),
        _ => {}
    }
}

fn harmless(answer: &Answer, began: Instant) -> Result<(), String> {
    if answer.status >= 500 || began.elapsed() > Duration::from_secs(20) { Err(format!("{answer} after {:?}", began.elapsed())) } else { Ok(()) }
}

both! {
    fn what_is_no_json_is_refused_everywhere(app: &TestApp) {
        let (mut faults, mut memory) = (Vec::new(), Vec::new());
        each(app, |w, resource, op, body| {
            let target = resource.target(w, op);
            let before = w.stored();
            for (name, bytes) in broken(&body.to_string()) {
                let answer = w.send_bytes(&w.by(op), op, &target.path, &target.etag, op.media_type, bytes);
                if (answer.status, answer.body["code"].as_str()) != (400, Some("malformed_json")) {
                    faults.push(format!("{} {}: {name}: {}", op.method, resource.path, answer.status));
                }
            }
            assert_eq!(w.stored(), before, "{}", resource.path);
            memory.push(resident());
        });
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        // Other tests run beside: coarse, and far below what a body that is kept at each operation would take.
        let (first, last) = (memory[memory.len() / 4], memory[memory.len() - 1]);
        assert!(last < first + 700, "from {first} to {last} MiB");
    }

    fn no_value_in_any_place_is_a_fault_of_ours(app: &TestApp) {
        let (mut faults, mut sent) = (Vec::new(), 0);
        each(app, |w, resource, op, body| {
            let target = resource.target(w, op);
            let mut all = Vec::new();
            places(body, "", &mut all);
            // Each value goes to each operation, and each place meets several.
            for (i, monster) in MONSTERS.iter().enumerate() {
                for place in all.iter().skip(i % 3).step_by(if all.len() > 6 { 3 } else { 1 }) {
                    let mut body = body.clone();
                    *body.pointer_mut(place).unwrap() = json!("a mark to replace");
                    let text = body.to_string().replace("\"a mark to replace\"", monster);
                    let began = Instant::now();
                    let answer = w.send_bytes(&w.by(op), op, &target.path, &target.etag, op.media_type, text);
                    sent += 1;
                    if let Err(fault) = harmless(&answer, began) {
                        faults.push(format!("{} {} {place} {monster}: {fault}", op.method, resource.path));
                    }
                    let control = ["\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001b[31m\""].contains(monster);
                    // A trial answers what is wrong with each entry; a batch, with each row.
                    let tells = resource.path.ends_with("/validate") || answer.status == 207;
                    if control && answer.status < 400 && !tells {
                        faults.push(format!("{} {} {place} {monster} was taken: {answer}", op.method, resource.path));
                    }
                }
            }
        });
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(sent > 1000, "{sent}");
    }
}

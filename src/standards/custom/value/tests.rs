//! Each type with what it takes, what it refuses, and its bounds.
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn field(particulars: Json) -> CustomField {
    let mut whole = json!({"key": "k", "labels": {"en": "K", "zh-CN": "键"}, "position": 1});
    whole.as_object_mut().unwrap().extend(particulars.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn choices(values: &[&str]) -> Json {
    values.iter().map(|v| json!({"value": v.trim_end_matches('!'), "labels": {"en": "x", "zh-CN": "项"}, "retired": v.ends_with('!')})).collect()
}

fn told(particulars: &Json, sent: &Json) -> Result<Json, Vec<String>> {
    let (field, mut faults) = (field(particulars.clone()), Faults::default());
    match Typed::read(&field, sent, "/custom/k", &mut faults) {
        Some(typed) => Ok(typed.to_json(&field.kind)),
        None => Err(faults.into_vec().into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect()),
    }
}

#[test]
fn each_type_takes_its_values_and_refuses_others() {
    let text = json!({"type": "text", "min_length": 2, "max_length": 4, "pattern": "^[A-Z]"});
    let integer = json!({"type": "integer", "min": 0, "max": 10});
    let decimal = json!({"type": "decimal", "min": "-1.5", "max": "10", "scale": 2});
    let date = json!({"type": "date", "min": "2026-01-01", "max": "2026-12-31"});
    let one = json!({"type": "enum", "values": choices(&["gold", "silver", "tin!"])});
    let any = json!({"type": "multi_enum", "values": choices(&["a", "b", "c!"])});
    let user = json!({"type": "user"});
    let id = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e";
    for (particulars, sent, expected) in [
        (&text, json!(" AB "), Ok(json!("AB"))),
        (&text, json!("A"), Err("too_short")),
        (&text, json!("A好"), Ok(json!("A好"))),
        (&text, json!("ABCDE"), Err("too_long")),
        (&text, json!("ab"), Err("no_match")),
        (&text, json!(5), Err("wrong_type")),
        (&text, json!("A\u{0}"), Err("control_character")),
        (&json!({"type": "text"}), json!("好".repeat(500)), Ok(json!("好".repeat(500)))),
        (&json!({"type": "text"}), json!("好".repeat(501)), Err("too_long")),
        (&integer, json!(0), Ok(json!(0))),
        (&integer, json!("10"), Ok(json!(10))),
        (&integer, json!(11), Err("above_maximum")),
        (&integer, json!(-1), Err("below_minimum")),
        (&integer, json!("1.5"), Err("too_many_decimals")),
        (&integer, json!(true), Err("wrong_type")),
        (&decimal, json!("1.50"), Ok(json!("1.5"))),
        (&decimal, json!(-1.5), Ok(json!("-1.5"))),
        (&decimal, json!("1.555"), Err("too_many_decimals")),
        (&decimal, json!("10.01"), Err("above_maximum")),
        (&decimal, json!("ten"), Err("not_a_decimal")),
        (&json!({"type": "boolean"}), json!(false), Ok(json!(false))),
        (&json!({"type": "boolean"}), json!("false"), Err("wrong_type")),
        (&date, json!("2026-01-01"), Ok(json!("2026-01-01"))),
        (&date, json!("2025-12-31"), Err("date_too_early")),
        (&date, json!("2027-01-01"), Err("date_too_late")),
        (&date, json!("today"), Err("not_a_date")),
        (&one, json!("gold"), Ok(json!("gold"))),
        (&one, json!("tin"), Err("not_one_of")),
        (&one, json!("Gold"), Err("not_one_of")),
        (&any, json!(["b", "a", "b"]), Ok(json!(["a", "b"]))),
        (&any, json!([]), Ok(json!([]))),
        (&any, json!("a"), Err("wrong_type")),
        (&user, json!(id), Ok(json!(id))),
        (&user, json!({"id": id, "name": "Li Na"}), Ok(json!(id))),
        (&user, json!({"name": "Li Na"}), Err("wrong_type")),
    ] {
        let expected = expected.map_err(|code| vec![format!("/custom/k {code}")]);
        assert_eq!(told(particulars, &sent), expected, "{particulars} {sent}");
    }
    assert_eq!(told(&any, &json!(["a", "c", 5])), Err(vec!["/custom/k/1 not_one_of".to_owned(), "/custom/k/2 wrong_type".to_owned()]));
}

proptest! {
    /// What is stored reads back as what it was made of, whatever the type.
    #[test]
    fn what_is_stored_reads_back(whole in -1_000_000_i64..1_000_000, parts in -100_000_000_i64..100_000_000, text in "[a-z好 ]{1,20}", flag: bool, some in prop::collection::btree_set("[abc]", 1..4)) {
        let any = json!({"type": "multi_enum", "values": choices(&["c", "a", "b"])});
        for (particulars, sent) in [
            (json!({"type": "integer"}), json!(whole)),
            (json!({"type": "decimal"}), json!(Decimal(parts).to_string())),
            (json!({"type": "text"}), json!(format!("x{text}"))),
            (json!({"type": "boolean"}), json!(flag)),
            (any, json!(some)),
        ] {
            let field = field(particulars);
            let typed = Typed::read(&field, &sent, "", &mut Faults::default()).unwrap();
            let stored = typed.to_json(&field.kind);
            prop_assert_eq!(Typed::of(&field.kind, &stored), Some(typed));
        }
    }
}

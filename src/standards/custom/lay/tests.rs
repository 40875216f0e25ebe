//! Whatever is sent, by whomever: what a caller may not touch stays, what is taken reads back as it was sent, and the same again changes nothing.
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::identity::Role;

const KEYS: [&str; 6] = ["open", "read_only", "hidden", "retired", "choice", "person"];
const PERSON: &str = "019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e";

fn standard() -> Standard {
    let field = |key: &str, more: Value| {
        let mut whole = json!({"key": key, "labels": {"en": "K", "zh-CN": "键"}, "position": 1});
        whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        whole
    };
    let choice = |value: &str, retired: bool| json!({"value": value, "labels": {"en": "x", "zh-CN": "项"}, "retired": retired});
    let fields = json!([
        field("open", json!({"type": "integer", "min": 0, "default": 3})),
        field("read_only", json!({"type": "integer", "editable_by": ["admin"]})),
        field("hidden", json!({"type": "integer", "visible_to": ["admin"], "default": 7})),
        field("retired", json!({"type": "integer", "retired": true})),
        field("choice", json!({"type": "multi_enum", "values": [choice("a", false), choice("b", false), choice("old", true)]})),
        field("person", json!({"type": "user"})),
    ]);
    serde_json::from_value(json!({"entity": "orders", "version": 1, "rules": [], "fields": fields})).unwrap()
}

fn caller(role: Role) -> Caller {
    Caller { user: Some(Id(uuid::Uuid::nil())), role, ..Caller::system() }
}

fn laid(role: Role, before: &Value, sent: &Given<CustomInput>, how: How) -> (Laid, Vec<String>) {
    let mut faults = Faults::default();
    let mut find = |_: &FieldKind, name: &str, at: &str| Ok(Id::parse(name).ok_or_else(|| Fault::new(at, FaultCode::UnknownReference)));
    let laid = merge(&caller(role), &standard(), &Json(before.clone()), sent, how, &mut faults, &mut find).unwrap();
    (laid, faults.into_vec().into_iter().map(|f| format!("{} {}", f.pointer, f.code.as_str())).collect())
}

fn given(value: &Value) -> Given<CustomInput> {
    Given::Value(CustomInput(value.as_object().unwrap().clone()))
}

#[test]
fn each_kind_of_field_has_its_way() {
    let before = json!({"open": 1, "read_only": 1, "hidden": 1, "retired": 1, "choice": ["a", "old"], "person": PERSON});
    for (role, how, sent, expected, faults) in [
        (Role::Rep, How::Patch, json!({}), before.clone(), vec![]),
        (Role::Rep, How::Patch, json!({"open": null, "retired": null, "choice": []}), json!({"read_only": 1, "hidden": 1, "person": PERSON}), vec![]),
        (Role::Rep, How::Patch, json!({"read_only": null, "hidden": 2}), before.clone(), vec!["/custom/hidden unknown_field", "/custom/read_only read_only"]),
        (Role::Rep, How::Patch, json!({"read_only": "1", "retired": 1, "choice": ["old", "a"], "person": {"id": PERSON, "name": "x"}}), before.clone(), vec![]),
        (
            Role::Rep,
            How::Patch,
            json!({"retired": 2, "choice": ["old"], "person": "nobody"}),
            before.clone(),
            vec!["/custom/choice/0 not_one_of", "/custom/person unknown_reference", "/custom/retired field_retired"],
        ),
        (
            Role::Admin,
            How::Patch,
            json!({"read_only": 2, "hidden": null}),
            json!({"open": 1, "read_only": 2, "retired": 1, "choice": ["a", "old"], "person": PERSON}),
            vec![],
        ),
        // A replacement clears what the caller sets, but for what nobody has to know any more; defaults come back.
        (Role::Rep, How::Whole, json!({}), json!({"open": 3, "read_only": 1, "hidden": 1, "retired": 1}), vec![]),
        (Role::Admin, How::Whole, json!({}), json!({"open": 3, "hidden": 7, "retired": 1}), vec![]),
    ] {
        let (laid, told) = laid(role, &before, &given(&sent), how);
        assert_eq!((Value::Object(laid.values), told), (expected, faults.into_iter().map(str::to_owned).collect::<Vec<_>>()), "{sent}");
    }
    let (cleared, _) = laid(Role::Rep, &before, &Given::Null, How::Patch);
    assert_eq!(Value::Object(cleared.values), json!({"read_only": 1, "hidden": 1, "retired": 1}));
    let (new, _) = laid(Role::Rep, &json!({}), &Given::Absent, How::New);
    assert_eq!(Value::Object(new.values), json!({"open": 3, "hidden": 7}));
}

fn sent() -> impl Strategy<Value = Value> {
    let number = prop_oneof![Just(json!(null)), (-2_i64..6).prop_map(|n| json!(n)), Just(json!("x")), Just(json!("4"))];
    let some = prop::collection::vec(prop::sample::select(vec!["a", "b", "old", "c"]), 0..3).prop_map(|words| json!(words));
    let person = prop::sample::select(vec![json!(PERSON), json!({"id": PERSON}), json!("nobody"), json!(null)]);
    let value = prop_oneof![4 => number, 2 => some, 1 => person];
    let key = prop::sample::select(KEYS.iter().copied().chain(["other"]).collect::<Vec<_>>());
    prop::collection::btree_map(key, value, 0..5).prop_map(|pairs| json!(pairs))
}

proptest! {
    #[test]
    fn what_is_not_the_callers_stays_and_the_same_again_is_nothing(first in sent(), second in sent(), admin: bool, whole: bool) {
        let (role, how) = (if admin { Role::Admin } else { Role::Rep }, if whole { How::Whole } else { How::Patch });
        let (before, _) = laid(Role::Admin, &json!({"retired": 5, "read_only": 5}), &given(&first), How::New);
        let before = Value::Object(before.values);
        let (after, told) = laid(role, &before, &given(&second), how);
        let after_json = Value::Object(after.values.clone());
        let keys = second.as_object().unwrap();
        for key in KEYS {
            let stays = role == Role::Rep && matches!(key, "hidden" | "read_only") && before.get(key).is_some();
            prop_assert!(!stays || before.get(key) == after_json.get(key), "{key} {before} {second} {after_json}");
            let path = format!("custom.{key}");
            // What was faulted stays as it was, and whatever differs was touched, unless a default filled it in.
            prop_assert!(!after.unreadable.contains(&path) || before.get(key) == after_json.get(key));
            prop_assert!(before.get(key) == after_json.get(key) || after.touched.contains(&path), "{key}");
        }
        prop_assert_eq!(told.iter().any(|t| t == "/custom/other unknown_field"), keys.contains_key("other"));
        if told.is_empty() {
            let (again, told) = laid(role, &after_json, &given(&second), how);
            prop_assert_eq!((Value::Object(again.values), told), (after_json.clone(), Vec::new()));
        }
        // What is answered can be sent again.
        let visible: Map<String, Value> = after.values.iter().filter(|(key, _)| admin || *key != "hidden").map(|(key, value)| (key.clone(), value.clone())).collect();
        let (same, told) = laid(role, &after_json, &given(&Value::Object(visible)), How::Patch);
        prop_assert_eq!((Value::Object(same.values), told), (after_json, Vec::new()));
    }
}

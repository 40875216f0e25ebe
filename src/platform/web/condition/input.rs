//! A condition as it is sent in a body: kept as it is, and held against the fields of its list by whoever keeps it.
use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::decode::{Decode, Faults, wrong_type};

/// A condition in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionInput(pub Value);

impl Decode for ConditionInput {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        if !value.is_object() {
            return wrong_type(value, "an object", at, faults);
        }
        if !storable(value) {
            faults.add(Fault::new(at, FaultCode::ControlCharacter));
            return None;
        }
        Some(Self(value.clone()))
    }
}

/// Whether all texts can be kept by both databases.
fn storable(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(char::is_control),
        Value::Array(items) => items.iter().all(storable),
        Value::Object(fields) => fields.iter().all(|(name, value)| !name.contains(char::is_control) && storable(value)),
        _ => true,
    }
}

impl PartialSchema for ConditionInput {
    fn schema() -> RefOr<Schema> {
        use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
        let of_it = || utoipa::openapi::Ref::from_schema_name("Condition");
        let list = || ArrayBuilder::new().items(of_it()).max_items(Some(super::json::MOST_NODES));
        let text = |most| ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).max_length(Some(most));
        ObjectBuilder::new()
            .description(Some("A condition: exactly one of `all`, `any`, `not`, or a test of a `field`; 5 levels deep and 50 parts at most."))
            .property("all", list())
            .property("any", list())
            .property("not", of_it())
            .property("field", text(100))
            .property("op", text(10).enum_values(Some(super::Op::WORDS.iter().copied())))
            .property("value", ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("A value, an array of them, or `{\"field\": …}`.")))
            .examples([
                json!({"any": [{"field": "status", "op": "in", "value": ["pending", "processed"]}, {"not": {"field": "amount", "op": "lt", "value": "1000"}}]}),
            ])
            .into()
    }
}
impl ToSchema for ConditionInput {
    fn name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }
}

//! What is sent and answered under `custom`, as the document describes it.
use serde_json::{Map, Value};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::platform::problem::{Fault, FaultCode};
use crate::platform::web::decode::wrong_type;
use crate::platform::web::{Decode, Faults};
use crate::standards::definition::MOST_CUSTOM;

/// Values by key as they are sent; what each must be the standard says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomInput(pub Map<String, Value>);

impl Decode for CustomInput {
    fn decode(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Some(object) = value.as_object() else { return wrong_type(value, "an object", at, faults) };
        if object.len() > MOST_CUSTOM {
            faults.add(Fault::new(at, FaultCode::TooMany).param("max", MOST_CUSTOM));
            return None;
        }
        Some(Self(object.clone()))
    }
}
impl PartialSchema for CustomInput {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .description(Some(
                "Values of the custom fields that the standard of these records defines (`GET /standards/…`), by key. In what is sent null clears, and a record is named by its id; in answers it stands as `{\"id\", \"name\"}`, and what is not set is absent.",
            ))
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .max_properties(Some(MOST_CUSTOM))
            .examples([serde_json::json!({"budget": "250000", "channels": ["web", "fair"], "approved": true})])
            .into()
    }
}
impl ToSchema for CustomInput {
    fn name() -> std::borrow::Cow<'static, str> {
        "CustomValues".into()
    }
}

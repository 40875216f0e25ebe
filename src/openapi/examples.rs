//! An example of every body: what may be sent is written by hand in `openapi/examples.json`, what is answered was recorded there by a test that sends it.
use serde_json::Value;

/// By name of schema, or of operation where one schema means several things.
const EXAMPLES: &str = include_str!("../../openapi/examples.json");

/// The examples: `requests` and `answers`.
#[must_use]
pub fn all() -> Value {
    serde_json::from_str(EXAMPLES).unwrap_or_default()
}

/// Puts an example to every JSON body of an operation.
pub fn complete(operation: &mut Value, examples: &Value) {
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    if let Some(body) = operation.get_mut("requestBody") {
        each_media(body, |media| put(media, &examples["requests"], &id));
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        each_media(response, |media| put(media, &examples["answers"], &id));
    }
}

fn each_media(body: &mut Value, mut put: impl FnMut(&mut Value)) {
    let media = body.get_mut("content").and_then(Value::as_object_mut).into_iter().flatten();
    media.filter(|(kind, _)| kind.ends_with("json") && *kind != "application/x-ndjson" || *kind == "multipart/form-data").for_each(|(_, media)| put(media));
}

fn put(media: &mut Value, examples: &Value, operation: &str) {
    let schema = media["schema"]["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
    let known = examples.get(operation).or_else(|| examples.get(schema)).cloned();
    if let Some(example) = known.or_else(|| unborn(examples.get(schema.strip_suffix("Preview")?))) {
        media["example"] = example;
    }
}

/// What would be, from what is.
fn unborn(example: Option<&Value>) -> Option<Value> {
    let mut example = example?.clone();
    for name in ["id", "number"] {
        example.as_object_mut()?.remove(name);
    }
    Some(example)
}

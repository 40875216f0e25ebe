//! What the document says of every operation in words: who may, by the matrix of rights.
use serde_json::{Value, json};

use crate::identity::{Permission, Role, rights};

/// Adds who may to the description of an operation.
pub fn complete(operation: &mut Value) {
    let who = if operation["operationId"] == "service_metrics" {
        "Asks for the token of the setting `METRICS_TOKEN`; where none is set, to be asked from the machine itself.".into()
    } else {
        who(operation["x-permission"].as_str().unwrap_or_default())
    };
    let text = operation["description"].as_str().map_or_else(|| who.clone(), |text| format!("{}\n\n{who}", text.trim()));
    operation["description"] = json!(text);
}

fn who(permission: &str) -> String {
    let Some(permission) = Permission::parse(permission) else {
        return match permission {
            "public" => "Asks for no token.".into(),
            _ => "For everybody who is logged in.".into(),
        };
    };
    let mut who: Vec<&str> = Role::ALL.iter().filter(|role| rights::holds(**role, false, permission)).map(|role| role.as_str()).collect();
    if rights::holds(Role::Rep, true, permission) && !rights::holds(Role::Rep, false, permission) {
        who.push("who leads a team");
    }
    format!("Needs the permission `{}`, which these have: {}.", permission.as_str(), who.join(", "))
}

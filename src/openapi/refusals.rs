//! Which problems an operation can answer, by code: what follows from its shape, and what only it or a few like it know. A code brings its status, so
//! that nothing here says it twice; the tests hold every answer to this.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::identity::{Permission, Role, rights};
use crate::platform::problem::Code;

/// Problems by the operations that alone can answer them.
const OWN: &[(Code, &[&str])] = &[
    (Code::MalformedJson, &["imports_create"]),
    (Code::BadCursor, &["events_list"]),
    (Code::BadCredentials, &["auth_login"]),
    (Code::Role, &["standards_validate", "views_create", "views_update"]),
    (Code::NotOwner, &["customers_put_by_reference", "orders_put_by_reference", "views_update", "views_delete", "targets_put_of_team", "targets_put_of_user"]),
    (Code::OwnOrder, &["orders_approve", "orders_return", "orders_reopen", "orders_claim", "orders_release"]),
    (Code::NotReviewer, &["orders_approve", "orders_return", "orders_claim", "orders_release"]),
    (Code::Claimed, &["orders_approve", "orders_return", "orders_claim", "orders_release"]),
    (Code::UnresolvedRemarks, &["orders_approve"]),
    (Code::NoReviewer, &["orders_submit", "orders_update", "orders_put_by_reference", "orders_transfer", "users_deactivate"]),
    (Code::NotEditable, &["orders_update", "orders_put_by_reference", "orders_delay"]),
    (Code::ReviewRequired, &["orders_win"]),
    (Code::NotDue, &["orders_expire"]),
    (Code::OpenOrders, &["users_deactivate"]),
    (Code::LastAdmin, &["users_deactivate", "users_update"]),
    (Code::InUse, &["settings_put_stages", "settings_put_loss_reasons", "settings_put_cancel_reasons", "settings_put_delay_reasons", "settings_put_sources"]),
    (Code::BaseCurrencyInUse, &["settings_put_organisation"]),
    (Code::JobEnded, &["jobs_cancel"]),
    (
        Code::NothingToMatch,
        &["customers_put_by_reference", "orders_put_by_reference", "products_put_by_reference", "targets_put_of_team", "targets_put_of_user"],
    ),
    (Code::Draining, &["service_ready"]),
    (Code::Busy, &["service_ready"]),
    (Code::Unavailable, &["service_ready"]),
    (Code::NotFound, &["service_problem", "service_metrics"]),
    (Code::MissingToken, &["service_metrics"]),
    (Code::InvalidToken, &["service_metrics"]),
];

/// The records that hold values which no two may have: creates, changes and what takes them back can meet another.
const UNIQUE: &[&str] = &["orders", "customers", "products", "teams", "users"];

/// The codes of an operation, by status.
#[must_use]
pub fn of(path: &str, method: &str, operation: &Value) -> BTreeMap<String, Vec<&'static str>> {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let mut codes: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    let own = OWN.iter().filter(|(_, operations)| operations.contains(&id)).map(|(code, _)| *code);
    let mut all: Vec<Code> = by_shape(path, method, operation).chain(own).collect();
    // In the order of the list of codes.
    all.sort_by_key(|code| Code::ALL.iter().position(|known| known == code));
    all.dedup();
    for code in all {
        codes.entry(code.status().as_str().to_owned()).or_default().push(code.as_str());
    }
    codes
}

/// What follows from parameters, body, right and address.
fn by_shape(path: &str, method: &str, operation: &Value) -> impl Iterator<Item = Code> {
    let parameters = || operation["parameters"].as_array().into_iter().flatten();
    let has = |name: &str| parameters().any(|parameter| parameter["name"] == name);
    let permission = operation["x-permission"].as_str().unwrap_or_default();
    let (public, api) = (permission == "public", path.starts_with("/api/"));
    let contents = operation["requestBody"]["content"].as_object();
    let takes = |kind: &str| contents.is_some_and(|all| all.keys().any(|known| known.ends_with(kind)));
    let limited = !public || operation["x-rate-limit"] == "address";
    let writes = method != "get";
    let room = path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default();
    let of_record = path.contains("/{id}");
    let by_reference = path.contains("/by-external-ref/");
    let made_or_changed =
        matches!(method, "post" | "put" | "patch") && (path.ends_with(room) || path.ends_with("/{id}") || path.ends_with("/restore") || by_reference);
    let scoped = !public && (permission != "authenticated" || writes);
    let refusals: [(bool, &[Code]); 18] = [
        (
            true,
            &[Code::MalformedRequest, Code::UnknownParameter, Code::BadParameter, Code::NotAcceptable, Code::UrlTooLong, Code::HeadersTooLarge, Code::Internal],
        ),
        (has("cursor"), &[Code::BadCursor]),
        (takes("json"), &[Code::MalformedJson]),
        (contents.is_some(), &[Code::RequestTimeout, Code::TooLarge, Code::UnsupportedMediaType, Code::Invalid]),
        (!public, &[Code::MissingToken, Code::InvalidToken]),
        (path.ends_with("/auth/refresh"), &[Code::InvalidToken]),
        (scoped, &[Code::Scope]),
        (!held_by_all(permission), &[Code::Role]),
        // A rep names no other owner.
        (room == "analytics", &[Code::Role]),
        (writes && of_record && matches!(room, "orders" | "customers"), &[Code::NotOwner]),
        (path.contains('{') && api, &[Code::NotFound]),
        (writes && of_record && room == "orders" && !matches!(method, "patch"), &[Code::WrongState]),
        (made_or_changed && UNIQUE.contains(&room), &[Code::Duplicate]),
        (has("Idempotency-Key"), &[Code::KeyReused, Code::RequestInProgress]),
        (has("If-Match"), &[Code::Stale]),
        (has("If-Match") && !by_reference, &[Code::IfMatchRequired]),
        (limited, &[Code::TooManyRequests]),
        (api, &[Code::Busy, Code::Unavailable]),
    ];
    let of_commits: &[Code] = if api && writes { &[Code::OutcomeUnknown] } else { &[] };
    let given = refusals.into_iter().filter(|(gives, _)| *gives).flat_map(|(_, codes)| codes.iter().copied());
    given.chain(of_commits.iter().copied()).collect::<Vec<_>>().into_iter()
}

fn held_by_all(permission: &str) -> bool {
    Permission::parse(permission).is_none_or(|permission| Role::ALL.iter().all(|role| rights::holds(*role, false, permission)))
}

/// States the codes beside the answers, and in words those that the caller has to tell apart.
pub fn state(codes: &BTreeMap<String, Vec<&'static str>>, operation: &mut Value) {
    operation["x-codes"] = json!(codes);
    let told = ["403", "409"].iter().filter_map(|status| {
        let named: Vec<String> = codes.get(*status)?.iter().map(|code| format!("`{code}`")).collect();
        Some(format!("of {status}: {}", named.join(", ")))
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        let text = operation["description"].as_str().map_or_else(String::new, |text| format!("{} ", text.trim()));
        operation["description"] = json!(format!("{text}Codes {}.", told.join("; ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_follow_from_the_shape_and_from_the_operation() {
        let submit = json!({"operationId": "orders_submit", "x-permission": "orders.submit", "requestBody": {"content": {"application/json": {}}},
            "parameters": [{"name": "If-Match", "in": "header"}, {"name": "Idempotency-Key", "in": "header"}, {"name": "validate_only", "in": "query"}]});
        let codes = of("/api/v1/orders/{id}/submit", "post", &submit);
        assert_eq!(codes["403"], ["role", "scope", "not_owner"]);
        assert_eq!(codes["409"], ["wrong_state", "no_reviewer", "request_in_progress"]);
        assert_eq!(codes["412"], ["stale"]);
        assert_eq!(codes["422"], ["invalid", "key_reused"]);
        assert_eq!(codes["428"], ["if_match_required"]);
        let live = of("/livez", "get", &json!({"operationId": "service_live", "x-permission": "public"}));
        assert_eq!(live.keys().collect::<Vec<_>>(), ["400", "406", "414", "431", "500"]);
    }

    #[test]
    fn every_code_is_answered_somewhere_and_every_operation_is_known() {
        let document = crate::app::document("http://127.0.0.1:8080");
        let operations: Vec<&Value> =
            document["paths"].as_object().into_iter().flatten().flat_map(|(_, item)| item.as_object().into_iter().flatten()).map(|(_, o)| o).collect();
        let ids: Vec<&str> = operations.iter().filter_map(|operation| operation["operationId"].as_str()).collect();
        let lost: Vec<_> = OWN.iter().flat_map(|(_, all)| all.iter()).filter(|id| !ids.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        let told = |code: &str| {
            operations
                .iter()
                .any(|o| o["x-codes"].as_object().into_iter().flatten().any(|(_, all)| all.as_array().is_some_and(|all| all.iter().any(|c| c == code))))
        };
        // The one is for methods that no operation has, the other for jobs alone.
        let untold: Vec<_> = Code::ALL.iter().filter(|code| !matches!(code, Code::MethodNotAllowed | Code::LeaseLost) && !told(code.as_str())).collect();
        assert!(untold.is_empty(), "{untold:?}");
    }
}

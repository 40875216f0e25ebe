//! What the server owns nobody sets: every field that any answer has and a body has not, put into every body, is refused by name and changes nothing.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::conventions::table;
use crate::conventions::world::{World, document};

/// The schema behind a reference, or itself.
fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(target) => resolved(document().pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null)),
        None => schema,
    }
}

/// Names of the objects' fields anywhere in a schema, by the name of the field that holds the object; "" for the top.
fn fields(schema: &Value, holder: &str, depth: usize, into: &mut BTreeMap<String, BTreeSet<String>>) {
    let schema = resolved(schema);
    if depth > 6 {
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        into.entry(holder.to_owned()).or_default().insert(name.clone());
        fields(property, name, depth + 1, into);
    }
    if schema["items"].is_object() {
        fields(&schema["items"], holder, depth + 1, into);
    }
    for part in ["allOf", "anyOf", "oneOf"].iter().flat_map(|word| schema[*word].as_array().into_iter().flatten()) {
        fields(part, holder, depth + 1, into);
    }
}

/// The fields of all answers, by holder: what is a record's at the top stands in a list's `data`, too.
fn answered() -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for op in item.as_object().unwrap().values() {
            for (status, response) in op["responses"].as_object().into_iter().flatten() {
                let schema = &response["content"]["application/json"]["schema"];
                if status.starts_with('2') && !schema.is_null() {
                    fields(schema, "", 0, &mut all);
                }
            }
        }
    }
    all
}

/// What an entry of a batch may have: the create says so, and of reviews the decision.
fn entry_fields(batch: &str) -> BTreeSet<String> {
    let create = &document()["paths"][batch.trim_end_matches("/batch")]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let mut all = BTreeMap::new();
    fields(create, "", 0, &mut all);
    let decision = || ["order", "decision", "version", "note", "waive", "remarks"].map(str::to_owned).into();
    all.remove("").unwrap_or_else(decision)
}

/// Puts fields into an object of a body, unless it has them or may have them.
fn fill(object: &mut Map<String, Value>, names: &BTreeSet<String>, allowed: &BTreeSet<String>, place: &str, value: &Value, added: &mut BTreeSet<String>) {
    for name in names {
        if !object.contains_key(name) && !allowed.contains(name) {
            object.insert(name.clone(), value.clone());
            added.insert(format!("{place}/{name}"));
        }
    }
}

both! {
    fn what_the_server_owns_is_refused_in_every_body(app: &TestApp) {
        let world = World::new(app);
        let answers = answered();
        let (mut faults, mut bodies, mut tried) = (Vec::new(), 0, 0);
        for must in ["id", "number", "status", "stage", "owner", "team", "version", "created_at", "updated_at", "probability", "approved_at", "closed_at", "archived_at"] {
            assert!(answers[""].contains(must), "{must}");
        }
        for resource in table::all() {
            for op in &resource.ops {
                let content = &document()["paths"][resource.path][op.method.to_lowercase()]["requestBody"]["content"];
                let Some(schema) = content.as_object().and_then(|all| all.values().next()).map(|media| &media["schema"]) else { continue };
                let Some(body) = op.body.map(|body| body(&world)).filter(Value::is_object) else { continue };
                let mut allowed = BTreeMap::new();
                fields(schema, "", 0, &mut allowed);
                let target = resource.target(&world, op);
                let (stored, seen) = (world.stored(), (!target.path.starts_with("/api/v1/auth")).then(|| world.seen(&target.path)));
                bodies += 1;
                // A batch that has a fault itself is not read further: its entries are tried alone.
                let is_batch = resource.path.ends_with("/batch");
                let passes: &[(bool, bool)] = if is_batch { &[(true, false), (false, true)] } else { &[(true, true)] };
                let values = [json!("x"), json!(null), json!({"id": "x"}), json!(7)];
                for (value, (at_top, inside)) in values.iter().flat_map(|value| passes.iter().map(move |pass| (value, *pass))) {
                    let (mut body, mut added) = (body.clone(), BTreeSet::new());
                    let none = BTreeSet::new();
                    // The top, and the first of each list of objects in it.
                    let top = allowed.get("").unwrap_or(&none);
                    for (name, inner) in body.as_object_mut().unwrap().iter_mut() {
                        let inner = if inner.is_array() { inner.get_mut(0).map(|first| (first, format!("/{name}/0"))) } else { Some((inner, format!("/{name}"))) };
                        // What may be named at will is no place of the server's.
                        let is_open = ["custom", "filter", "condition", "where", "rules", "entries", "params"].contains(&name.as_str());
                        if let Some((Value::Object(object), place)) = inner.filter(|_| inside && !is_open) {
                            let is_entry = name == "items" && is_batch;
                            let allowed = if is_entry { entry_fields(resource.path) } else { allowed.get(name).cloned().unwrap_or_default() };
                            let theirs = if is_entry { &answers[""] } else { answers.get(name).unwrap_or(&none) };
                            fill(object, theirs, &allowed, &place, value, &mut added);
                        }
                    }
                    if at_top {
                        fill(body.as_object_mut().unwrap(), &answers[""], top, "", value, &mut added);
                    }
                    tried += added.len();
                    let answer = world.send(&world.by(op), op, &target.path, &target.etag, Some(&body));
                    let name = format!("{} {} with {value}", op.method, resource.path);
                    if answer.status == 207 {
                        // Each entry for itself.
                        let row = &answer.body["data"][0];
                        if row["status"] != 422 {
                            faults.push(format!("{name}: {row}"));
                        }
                        continue;
                    }
                    if answer.status != 422 {
                        faults.push(format!("{name}: answered {}", answer.status));
                        continue;
                    }
                    let refused: BTreeSet<String> =
                        answer.faults().into_iter().filter(|(_, code)| ["read_only", "unknown_field"].contains(code)).map(|(at, _)| at.to_owned()).collect();
                    let taken: Vec<_> = added.difference(&refused).collect();
                    if !taken.is_empty() {
                        faults.push(format!("{name}: not refused: {taken:?}"));
                    }
                }
                if world.stored() != stored || seen.as_ref().is_some_and(|seen| *seen != world.seen(&target.path)) {
                    faults.push(format!("{} {}: something changed", op.method, resource.path));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(bodies > 50 && tried > 5000, "{bodies} bodies, {tried} fields");
    }
}

//! The JSON form: `{"all": […]}`, `{"any": […]}`, `{"not": …}` or `{"field", "op", "value"}`, in which a value may be `{"field": …}`.
use serde_json::{Map, Value};

use super::url::MOST_VALUES;
use super::value::{self, Literal, Surroundings};
use super::{Condition, Field, Kind, Op, Operand, Test};
use crate::platform::problem::{Fault, FaultCode};
use crate::platform::text::nearest;
use crate::platform::text::terms::Wanted;
use crate::platform::web::decode::{Faults, wrong_type};
use crate::platform::web::values::decode_word;

/// How deep conditions may nest, and how many parts one may have in all.
pub const MOST_DEPTH: usize = 5;
pub const MOST_NODES: usize = 50;

/// Reads a condition; on `None` at least one fault was added.
pub fn read(value: &Value, at: &str, fields: &[Field], surroundings: &Surroundings, faults: &mut Faults) -> Option<Condition> {
    let mut reader = Reader { fields, surroundings, faults, nodes: 0 };
    let condition = reader.node(value, at, 1);
    if reader.nodes > MOST_NODES {
        faults.add(Fault::new(at, FaultCode::TooMany).param("max", MOST_NODES));
        return None;
    }
    condition
}

struct Reader<'a> {
    fields: &'a [Field],
    surroundings: &'a Surroundings,
    faults: &'a mut Faults,
    nodes: usize,
}

impl Reader<'_> {
    fn node(&mut self, value: &Value, at: &str, depth: usize) -> Option<Condition> {
        self.nodes += 1;
        if depth > MOST_DEPTH {
            self.faults.add(Fault::new(at, FaultCode::TooDeep).param("max", MOST_DEPTH));
            return None;
        }
        if self.nodes > MOST_NODES {
            return None;
        }
        let Some(object) = value.as_object() else { return wrong_type(value, "an object", at, self.faults) };
        let kinds: Vec<&str> = ["all", "any", "not", "field"].into_iter().filter(|key| object.contains_key(*key)).collect();
        let [kind] = kinds[..] else {
            self.faults.add(Fault::new(at, FaultCode::Conflicting).param("fields", "all, any, not, field"));
            return None;
        };
        let known: &[&str] = if kind == "field" { &["field", "op", "value"] } else { &[kind] };
        self.refuse_others(object, at, known);
        let below = format!("{at}/{kind}");
        let inner = &object[kind];
        match kind {
            "field" => self.test(object, at).map(Condition::Test),
            "not" => self.node(inner, &below, depth + 1).map(|part| Condition::Not(Box::new(part))),
            _ => {
                let Some(items) = inner.as_array() else { return wrong_type(inner, "an array", &below, self.faults) };
                let parts: Vec<_> = items.iter().enumerate().filter_map(|(i, item)| self.node(item, &format!("{below}/{i}"), depth + 1)).collect();
                (parts.len() == items.len()).then(|| if kind == "all" { Condition::All(parts) } else { Condition::Any(parts) })
            }
        }
    }

    fn refuse_others(&mut self, object: &Map<String, Value>, at: &str, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let place = format!("{at}/{}", crate::platform::web::decode::escape(name));
            self.faults.add(Fault::new(place, FaultCode::UnknownField).param("known", known.join(", ")));
        }
    }

    fn named(&mut self, value: &Value, at: &str) -> Option<Field> {
        let Some(name) = value.as_str() else { return wrong_type(value, "a string", at, self.faults) };
        let found = self.fields.iter().find(|field| field.name == name).copied();
        if found.is_none() {
            let names = || self.fields.iter().map(|field| field.name);
            let fault = Fault::new(at, FaultCode::NotOneOf).param("allowed", names().collect::<Vec<_>>().join(", "));
            self.faults.add(fault.suggest(nearest(name, names(), 1).pop()));
        }
        found
    }

    fn test(&mut self, object: &Map<String, Value>, at: &str) -> Option<Test> {
        let field = self.named(&object["field"], &format!("{at}/field"));
        let ops: Vec<&str> = field.map_or_else(|| Op::WORDS.to_vec(), |field| field.ops().iter().map(|op| op.as_str()).collect());
        let op = match object.get("op") {
            Some(op) => decode_word(op, &format!("{at}/op"), self.faults, &ops).and_then(|word| Op::parse(&word)),
            None => {
                self.faults.add(Fault::new(format!("{at}/op"), FaultCode::Required));
                None
            }
        };
        let Some(value) = object.get("value") else {
            self.faults.add(Fault::new(format!("{at}/value"), FaultCode::Required));
            return None;
        };
        let (field, op) = (field?, op?);
        let operand = self.operand(&field, op, value, &format!("{at}/value"))?;
        Some(Test { field, op, operand })
    }

    fn operand(&mut self, field: &Field, op: Op, value: &Value, at: &str) -> Option<Operand> {
        if op == Op::Null {
            return value.as_bool().map(Operand::Missing).or_else(|| wrong_type(value, "a boolean", at, self.faults));
        }
        if let Some(other) = value.as_object() {
            self.refuse_others(other, at, &["field"]);
            let other = self.named(other.get("field").unwrap_or(&Value::Null), &format!("{at}/field"))?;
            if !(field.is_plain() && other.is_plain() && alike(field.kind, other.kind)) || matches!(op, Op::In | Op::Between) {
                self.faults.add(Fault::new(at, FaultCode::Inconsistent).param("other", field.name));
                return None;
            }
            return Some(Operand::Field(other.name, other.column, other.absent));
        }
        if field.kind == Kind::Search {
            let Some(text) = value.as_str() else { return wrong_type(value, "a string", at, self.faults) };
            let wanted = Wanted::parse(text).map(Operand::Search);
            if wanted.is_none() {
                self.faults.add(Fault::new(at, FaultCode::NothingToSearch));
            }
            return wanted;
        }
        let one = std::slice::from_ref(value);
        let (values, is_list) = match (op, value.as_array()) {
            (Op::In | Op::Ne, Some(values)) => (&values[..], true),
            (Op::Between, Some(values)) if values.len() == 2 => (&values[..], true),
            (Op::Between, _) => return wrong_type(value, "an array of two values", at, self.faults),
            _ => (one, false),
        };
        if values.is_empty() || values.len() > MOST_VALUES {
            let (code, name, bound) = if values.is_empty() { (FaultCode::TooFew, "min", 1) } else { (FaultCode::TooMany, "max", MOST_VALUES) };
            self.faults.add(Fault::new(at, code).param(name, bound));
            return None;
        }
        let read: Vec<_> = (0..).zip(values).filter_map(|(i, v)| self.literal(field, v, &if is_list { format!("{at}/{i}") } else { at.to_owned() })).collect();
        (read.len() == values.len()).then_some(Operand::Literals(read))
    }

    fn literal(&mut self, field: &Field, value: &Value, at: &str) -> Option<Literal> {
        let text = match (field.kind, value) {
            (Kind::Flag, Value::Bool(flag)) => flag.to_string(),
            (Kind::Decimal, Value::Number(number)) => number.to_string(),
            (_, Value::String(text)) => text.clone(),
            (Kind::Flag, _) => return wrong_type(value, "a boolean", at, self.faults),
            (Kind::Decimal, _) => return wrong_type(value, "a decimal string or a number", at, self.faults),
            _ => return wrong_type(value, "a string", at, self.faults),
        };
        if text.contains('\u{0}') {
            self.faults.add(Fault::new(at, FaultCode::ControlCharacter));
            return None;
        }
        let read = value::read(&text, field.kind, self.surroundings);
        read.map_err(|fault| self.faults.add(Fault { pointer: at.to_owned(), ..fault })).ok()
    }
}

/// Whether values of both kinds can be held against each other.
fn alike(a: Kind, b: Kind) -> bool {
    matches!((a, b), (Kind::Text | Kind::Word(_), Kind::Text | Kind::Word(_))) || a == b
}

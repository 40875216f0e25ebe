//! Where a value goes: dotted paths with `[n]`, and the tree that rows are built in. Must not know where values come from.
use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The highest index of an array: an order has at most 200 lines, and nothing else has more of anything.
pub(super) const HIGHEST_INDEX: usize = 199;
/// More steps than any body has, so that the tree is never deep.
const MOST_STEPS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// A target taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path(Vec<Step>);

impl Path {
    /// Reads `lines[0].product`; none for anything else, `lines[]` and `lines[01]` included, so that one place has one spelling.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut steps = Vec::new();
        for part in text.split('.') {
            let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if key.is_empty() || !key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
                return None;
            }
            steps.push(Step::Key(key.to_owned()));
            while !rest.is_empty() {
                let (digits, after) = rest.strip_prefix('[')?.split_once(']')?;
                let index: usize = digits.parse().ok()?;
                if index > HIGHEST_INDEX || index.to_string() != digits {
                    return None;
                }
                steps.push(Step::Index(index));
                rest = after;
            }
            if steps.len() > MOST_STEPS {
                return None;
            }
        }
        Some(Self(steps))
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The path as known targets are written: `lines[].product`.
    pub(super) fn normal(&self) -> String {
        self.0.iter().fold(String::new(), |text, step| match step {
            Step::Key(key) if text.is_empty() => key.clone(),
            Step::Key(key) => text + "." + key,
            Step::Index(_) => text + "[]",
        })
    }

    pub(super) fn pointer(&self) -> String {
        self.0.iter().fold(String::new(), |text, step| match step {
            Step::Key(key) => text + "/" + &escaped(key),
            Step::Index(index) => text + "/" + &index.to_string(),
        })
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A body under construction.
#[derive(Debug, Default)]
pub(super) enum Node {
    #[default]
    Empty,
    Leaf(Value),
    Object(BTreeMap<String, Node>),
    Array(BTreeMap<usize, Node>),
}

impl Node {
    /// Puts a value at its place; where two targets contradict each other, the later one stands.
    pub(super) fn put(&mut self, steps: &[Step], value: Value) {
        match steps {
            [] => *self = Self::Leaf(value),
            [Step::Key(key), rest @ ..] => {
                if !matches!(self, Self::Object(_)) {
                    *self = Self::Object(BTreeMap::new());
                }
                if let Self::Object(members) = self {
                    members.entry(key.clone()).or_default().put(rest, value);
                }
            }
            [Step::Index(index), rest @ ..] => {
                if !matches!(self, Self::Array(_)) {
                    *self = Self::Array(BTreeMap::new());
                }
                if let Self::Array(elements) = self {
                    elements.entry(*index).or_default().put(rest, value);
                }
            }
        }
    }

    pub(super) fn into_object(self) -> Map<String, Value> {
        match self {
            Self::Object(members) => members.into_iter().map(|(key, node)| (key, node.into_value())).collect(),
            _ => Map::new(),
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Empty => Value::Null,
            Self::Leaf(value) => value,
            Self::Array(elements) => Value::Array(elements.into_values().map(Self::into_value).collect()),
            object @ Self::Object(_) => Value::Object(object.into_object()),
        }
    }
}

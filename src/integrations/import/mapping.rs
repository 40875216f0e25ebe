//! Turns the rows of a CSV file into the bodies of our creates, as a mapping in JSON says. Owns the words of a mapping, its faults and how a
//! row is read; must not know a connection, a clock or the rules of any record: what comes out goes through the same services as a request.
mod parse;
mod source;
mod target;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use source::{Source, Steps};
use target::{Node, Path};

/// What a message about a fault is filled with.
pub type Params = Map<String, Value>;

/// The columns that are appended to a refused row; a file that is sent again with them is read as if they were not there.
pub const ERROR_COLUMNS: [&str; 3] = ["error_code", "error_pointer", "error_reason"];

/// How many of a file's columns a fault names.
const MOST_COLUMNS_TOLD: usize = 100;

const PRODUCTS: &[&str] = &["sku", "name", "aliases[]", "category", "unit", "list_price", "currency", "external_ref.system", "external_ref.id"];
const CUSTOMERS: &[&str] = &[
    "name",
    "industry",
    "region",
    "source",
    "intent_level",
    "value_tier",
    "tags[]",
    "contacts[].name",
    "contacts[].phone",
    "contacts[].email",
    "contacts[].title",
    "contacts[].channel",
    "preferences.text",
    "preferences.categories[]",
    "owner_email",
    "external_ref.system",
    "external_ref.id",
];
const USERS: &[&str] = &["name", "email", "role", "team", "lead_name", "lead_email", "time_zone", "locale"];
const ORDERS: &[&str] = &[
    "title",
    "customer_id",
    "customer_name",
    "customer_ref.system",
    "customer_ref.id",
    "currency",
    "expected_close_date",
    "valid_until",
    "intent_level",
    "source",
    "note",
    "tags[]",
    "external_ref.system",
    "external_ref.id",
    "owner_email",
    "status",
    "stage",
    "created_at",
    "submitted_at",
    "approved_at",
    "closed_on",
    "reason",
    "closing_note",
    "lines[].product",
    "lines[].description",
    "lines[].quantity",
    "lines[].unit_price",
    "lines[].discount_rate",
];

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entity {
    Products,
    Customers,
    Users,
    Orders,
}

impl Entity {
    /// All of them, in the order in which files are usually loaded.
    pub const ALL: [Self; 4] = [Self::Products, Self::Customers, Self::Users, Self::Orders];

    /// Its name in mappings and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Customers => "customers",
            Self::Users => "users",
            Self::Orders => "orders",
        }
    }

    /// The entity of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|entity| entity.name() == name)
    }

    /// The targets a mapping may fill, arrays written `[]`.
    #[must_use]
    pub const fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Products => PRODUCTS,
            Self::Customers => CUSTOMERS,
            Self::Users => USERS,
            Self::Orders => ORDERS,
        }
    }
}

/// The targets of the entity of that name, arrays written `[]`.
#[must_use]
pub fn known_targets(entity: &str) -> Option<&'static [&'static str]> {
    Entity::parse(entity).map(Entity::targets)
}

/// The columns appended to refused rows.
#[must_use]
pub const fn error_columns() -> [&'static str; 3] {
    ERROR_COLUMNS
}

/// The bytes after a UTF-8 byte order mark, if there is one.
#[must_use]
pub fn strip_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What is wrong with a mapping, by itself or for one file.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingFault {
    /// Where, as a JSON pointer into the mapping; empty for the file's own header.
    pub pointer: String,
    pub code: &'static str,
    pub params: Params,
}

/// What is wrong with one row before any rule is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RowFault {
    /// The column the text came from; none for the row as a whole.
    pub column: Option<String>,
    /// The target it was meant for (`lines[0].product`); empty for the row as a whole.
    pub target: String,
    pub code: &'static str,
    pub params: Params,
}

impl RowFault {
    /// The target as a JSON pointer (`/lines/0/product`).
    #[must_use]
    pub fn pointer(&self) -> String {
        Path::parse(&self.target).map(|path| path.pointer()).unwrap_or_default()
    }
}

/// How one field is filled; `C` is a column's name in a mapping, its place in a bound one.
#[derive(Clone, Debug)]
struct Field<C> {
    target: String,
    /// Where the mapping says so, for faults found when the header is known.
    pointer: String,
    path: Path,
    source: Source<C>,
    steps: Steps,
}

/// A mapping that is sound by itself.
#[derive(Clone, Debug)]
pub struct Mapping {
    entity: Option<Entity>,
    fields: Vec<Field<String>>,
}

impl Mapping {
    /// Reads a mapping, naming everything that is wrong with it.
    pub fn parse(json: &Value, known_targets: &[&str]) -> Result<Self, Vec<MappingFault>> {
        parse::mapping(json, known_targets)
    }

    /// The mapping of a file whose header names the targets themselves.
    pub fn identity(headers: &StringRecord, known_targets: &[&str]) -> Result<Self, Vec<MappingFault>> {
        parse::identity(&names(headers), known_targets)
    }

    /// The entity it says it is for; none for an identity mapping.
    #[must_use]
    pub const fn entity(&self) -> Option<Entity> {
        self.entity
    }

    /// Finds its columns in a header, naming every one that is not there and every name that is there twice.
    pub fn bind(&self, headers: &StringRecord) -> Result<Bound, Vec<MappingFault>> {
        let names = names(headers);
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut twice: BTreeSet<&str> = BTreeSet::new();
        for (place, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if places.insert(name, place).is_some() && !ERROR_COLUMNS.contains(&name.as_str()) {
                twice.insert(name);
            }
        }
        let mut faults: Vec<_> = twice.into_iter().map(|name| fault("", "duplicate_column", [("column", json!(name))])).collect();
        // A header can be any length; what is told of it in every fault cannot.
        let told = names.get(..MOST_COLUMNS_TOLD).unwrap_or(&names);
        let mut fields = Vec::with_capacity(self.fields.len());
        for field in &self.fields {
            let source = field.source.bind(|column, place_in_source| {
                let found = places.get(column.as_str()).copied();
                if found.is_none() {
                    let near = parse::nearest(column, told.iter().map(String::as_str));
                    let params = [("column", json!(column)), ("columns", json!(told)), ("suggestion", json!(near))];
                    faults.push(fault(&format!("{}{place_in_source}", field.pointer), "unknown_column", params));
                }
                found
            });
            if let Some(source) = source {
                fields.push(Field {
                    target: field.target.clone(),
                    pointer: field.pointer.clone(),
                    path: field.path.clone(),
                    source,
                    steps: field.steps.clone(),
                });
            }
        }
        if faults.is_empty() { Ok(Bound { headers: names, fields }) } else { Err(faults) }
    }
}

/// A mapping whose columns have been found in a file's header.
#[derive(Clone, Debug)]
pub struct Bound {
    headers: Vec<String>,
    fields: Vec<Field<usize>>,
}

impl Bound {
    /// Makes one row the body of a create; what is empty or mapped to null is absent, and array elements that are wholly absent close up.
    pub fn row(&self, record: &StringRecord) -> Result<Map<String, Value>, Vec<RowFault>> {
        if record.len() != self.headers.len() {
            let params = params([("expected", json!(self.headers.len())), ("found", json!(record.len()))]);
            return Err(vec![RowFault { column: None, target: String::new(), code: "wrong_width", params }]);
        }
        let mut tree = Node::default();
        let mut faults = Vec::new();
        for field in &self.fields {
            match field.steps.apply(field.source.read(record)) {
                Ok(None) => {}
                Ok(Some(value)) => tree.put(field.path.steps(), value),
                Err(wrong) => faults.push(RowFault {
                    column: wrong.column.and_then(|place| self.headers.get(place).cloned()),
                    target: field.target.clone(),
                    code: wrong.code,
                    params: wrong.params,
                }),
            }
        }
        if faults.is_empty() { Ok(tree.into_object()) } else { Err(faults) }
    }
}

/// A column's name as it is compared: without the mark at the file's start, without outer blanks, composed.
fn column_name(text: &str) -> String {
    text.trim_start_matches('\u{feff}').trim().nfc().collect()
}

fn names(headers: &StringRecord) -> Vec<String> {
    headers.iter().map(column_name).collect()
}

/// Leaves out what is null, so that a missing suggestion is absent.
fn params<const N: usize>(pairs: [(&str, Value); N]) -> Params {
    pairs.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value)).collect()
}

fn fault<const N: usize>(pointer: &str, code: &'static str, told: [(&str, Value); N]) -> MappingFault {
    MappingFault { pointer: pointer.to_owned(), code, params: params(told) }
}

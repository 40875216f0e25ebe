//! A CSV file with its mapping: checked before it is taken, then read row by row. Pure; must not know a connection.
use std::io::Cursor;
use std::sync::Arc;

use csv::{ByteRecord, Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::mapping::{Bound, ERROR_COLUMNS, Entity, Mapping, strip_bom};
use super::told;
use crate::platform::problem::{Fault, FaultCode, Problem, store};
use crate::platform::redact::Personal;
use crate::platform::secrets;
use crate::platform::web::table::FORMULA_STARTS;
use crate::standards::definition::{CustomField, FieldKind};

/// Most bytes of the first row.
pub const MOST_HEADER: usize = 1 << 20;
/// How many bytes of a row tell it from others: a fingerprint.
const FINGERPRINT_BYTES: usize = 16;

/// A file whose header and mapping go together.
pub struct Source {
    pub entity: Entity,
    bound: Arc<Bound>,
    /// The file is one of ours that was corrected and sent again.
    corrected: bool,
    /// The places of the columns that we added to it.
    ours: Vec<usize>,
    /// The keys of custom fields of yes and no: a cell says `true` or `false` in letters.
    flags: Vec<String>,
}

/// A row, made ready outside any transaction.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The place in the file, counted from 1 without the header.
    pub number: i64,
    /// The cells as they were sent, without columns of ours.
    pub record: Vec<String>,
    /// The body and its fingerprint, or what is wrong with the cells, in the form that is stored.
    pub body: Result<(Value, String), Vec<Value>>,
}

/// A reader of CSV; rows of another width are ours to tell, not the reader's.
fn reader<T: AsRef<[u8]>>(bytes: T) -> Reader<Cursor<T>> {
    let start = bytes.as_ref().len() - strip_bom(bytes.as_ref()).len();
    let mut cursor = Cursor::new(bytes);
    cursor.set_position(start as u64);
    ReaderBuilder::new().flexible(true).has_headers(false).from_reader(cursor)
}

/// The first row of a file, from its beginning.
pub fn header(bytes: &[u8]) -> Result<StringRecord, Fault> {
    let beginning = bytes.get(..MOST_HEADER).unwrap_or(bytes);
    let mut reader = reader(beginning);
    let mut record = ByteRecord::new();
    let found = reader.read_byte_record(&mut record).unwrap_or(false);
    // A row that fills all of the beginning may go on behind it.
    if !found || (bytes.len() > MOST_HEADER && reader.position().byte() as usize >= beginning.len()) {
        return Err(Fault::new("/file", FaultCode::NoHeader).param("max", MOST_HEADER));
    }
    StringRecord::from_byte_record(record).map_err(|_| Fault::new("/file", FaultCode::NotUtf8))
}

/// The bytes of the first row.
#[must_use]
pub fn header_row(bytes: &[u8]) -> Vec<u8> {
    let bytes = strip_bom(bytes);
    let mut reader = reader(bytes);
    let found = reader.read_byte_record(&mut ByteRecord::new()).unwrap_or(false);
    let end = if found { reader.position().byte() as usize } else { 0 };
    bytes.get(..end).unwrap_or(bytes).to_vec()
}

/// A file without a person, its header, too, or not; rows keep their places. None where the file does not tell of the person.
#[must_use]
pub fn rewritten(bytes: &[u8], with_header: bool, values: &Personal) -> Option<Vec<u8>> {
    let (mut reader, mut changed) = (reader(bytes), false);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::with_capacity(bytes.len()));
    let (mut record, mut is_header) = (ByteRecord::new(), true);
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let mut row = record.clone();
        if let Ok(text) = StringRecord::from_byte_record(record.clone()) {
            let mut cells: Vec<String> = text.iter().map(str::to_owned).collect();
            if (with_header || !is_header) && values.empty_cells(&mut cells) {
                changed = true;
                row = ByteRecord::from(cells);
            }
        }
        is_header = false;
        writer.write_byte_record(&row).ok()?;
    }
    changed.then(|| writer.into_inner().ok()).flatten()
}

impl Source {
    /// Holds a file's header against a mapping, `custom` being the fields that the company defines for such records; without `fields` the header names them. All faults at once.
    pub fn open(bytes: &[u8], mapping: &Value, custom: &[CustomField]) -> Result<Self, Vec<Fault>> {
        let told = |faults: Vec<_>| faults.iter().map(|fault| told::mapping_fault(fault, mapping)).collect::<Vec<_>>();
        let entity = mapping["entity"].as_str().and_then(Entity::parse);
        let by_header = entity.is_some() && mapping.as_object().is_some_and(|top| top.len() == 1);
        let header = header(bytes);
        let defined: Vec<String> = custom.iter().map(target_of).collect();
        let targets: Vec<&str> = entity.map_or(&[][..], Entity::targets).iter().copied().chain(defined.iter().map(String::as_str)).collect();
        let targets = &targets[..];
        let parsed = match &header {
            Ok(header) if by_header => Mapping::identity(header, targets),
            Err(_) if by_header => return header.map(drop).map_err(|fault| vec![fault]).and(Err(Vec::new())),
            _ => Mapping::parse(mapping, targets),
        };
        let (header, parsed) = match (header, parsed) {
            (Ok(header), Ok(parsed)) => (header, parsed),
            (header, parsed) => return Err(header.err().into_iter().chain(parsed.err().map(told).into_iter().flatten()).collect()),
        };
        let bound = parsed.bind(&header).map_err(told)?;
        let ours: Vec<usize> = (0..header.len()).filter(|place| header.get(*place).is_some_and(|name| ERROR_COLUMNS.contains(&name.trim()))).collect();
        let corrected = ERROR_COLUMNS.iter().all(|ours| header.iter().any(|name| name.trim() == *ours));
        // An unknown entity was a fault of the mapping.
        let entity = entity.ok_or_else(|| vec![Fault::new("/mapping/entity", FaultCode::Required)])?;
        let flags = custom.iter().filter(|field| field.kind == FieldKind::Boolean).map(|field| field.key.clone()).collect();
        Ok(Self { entity, bound: Arc::new(bound), corrected, ours, flags })
    }

    /// Makes a row ready.
    fn prepare(&self, number: i64, record: ByteRecord) -> Prepared {
        let refused =
            |record: &StringRecord, faults: Vec<Fault>| Prepared { number, record: self.own_cells(record), body: Err(store(&Problem::invalid(faults))) };
        let record = match StringRecord::from_byte_record(record) {
            Ok(record) if self.corrected => record.iter().map(unguard).collect(),
            Ok(record) => record,
            Err(broken) => {
                let readable = broken.into_byte_record().iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
                return refused(&readable, vec![Fault::new("", FaultCode::NotUtf8)]);
            }
        };
        match self.bound.row(&record) {
            Ok(mut body) => {
                self.read_flags(&mut body);
                let body = Value::Object(body);
                let hash = secrets::fingerprint(body.to_string().as_bytes(), FINGERPRINT_BYTES);
                Prepared { number, record: self.own_cells(&record), body: Ok((body, hash)) }
            }
            Err(faults) => refused(&record, faults.iter().map(told::row_fault).collect()),
        }
    }

    fn read_flags(&self, body: &mut Map<String, Value>) {
        let Some(custom) = body.get_mut("custom").and_then(Value::as_object_mut) else { return };
        for (_, value) in custom.iter_mut().filter(|(key, _)| self.flags.contains(key)) {
            match value.as_str() {
                Some("true") => *value = Value::Bool(true),
                Some("false") => *value = Value::Bool(false),
                _ => {}
            }
        }
    }

    fn own_cells(&self, record: &StringRecord) -> Vec<String> {
        record.iter().enumerate().filter(|(place, _)| !self.ours.contains(place)).map(|(_, cell)| cell.replace('\u{0}', "\u{fffd}")).collect()
    }
}

/// The target that fills a custom field; each of several choices has a place.
fn target_of(field: &CustomField) -> String {
    let several = if matches!(field.kind, FieldKind::MultiEnum { .. }) { "[]" } else { "" };
    format!("{}{several}", field.path())
}

/// The names of a file's own columns.
#[must_use]
pub fn own_columns(header: &StringRecord) -> Vec<String> {
    header.iter().filter(|name| !ERROR_COLUMNS.contains(&name.trim())).map(str::to_owned).collect()
}

/// Takes back what [`guard`] did.
fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA_STARTS)).unwrap_or(cell)
}

/// The rows of a file, one after the other.
pub struct Rows {
    source: Source,
    reader: Reader<Cursor<Arc<[u8]>>>,
    number: i64,
}

impl Rows {
    /// Goes to a row, counted from 0 without the header.
    pub fn from(source: Source, bytes: Arc<[u8]>, next: i64) -> Self {
        let mut reader = reader(bytes);
        let mut record = ByteRecord::new();
        for _ in 0..=next {
            let _ = reader.read_byte_record(&mut record);
        }
        Self { source, reader, number: next }
    }
    /// How many rows a file has.
    #[must_use]
    pub fn count(bytes: &[u8]) -> i64 {
        let mut reader = reader(bytes);
        let mut record = ByteRecord::new();
        let mut count = -1;
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            count += 1;
        }
        count.max(0)
    }
}

impl Iterator for Rows {
    type Item = Prepared;
    fn next(&mut self) -> Option<Prepared> {
        let mut record = ByteRecord::new();
        if !self.reader.read_byte_record(&mut record).unwrap_or(false) {
            return None;
        }
        self.number += 1;
        Some(self.source.prepare(self.number, record))
    }
}

/// The mapping of a file whose header names the fields.
#[must_use]
pub fn mapping_by_header(entity: Entity) -> Value {
    Value::Object(Map::from_iter([("entity".to_owned(), Value::from(entity.name()))]))
}

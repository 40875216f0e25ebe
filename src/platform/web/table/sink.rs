//! Writes rows in a form: knows cells, not where they come from.
use std::borrow::Cow;
use std::io::{Seek, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use serde_json::{Map, Value};

use super::{Cell, Column, Form, Options, Row};
use crate::platform::problem::Problem;

/// What a spreadsheet would take for the beginning of a formula.
pub const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// Stands between the values of a list in one cell.
const BETWEEN: &str = "; ";
/// Most characters of a cell in XLSX; longer texts are cut there, and end in an ellipsis.
const MOST_XLSX_TEXT: usize = 32_767;
/// Most digits that a number of a spreadsheet keeps; longer ones are written as text.
const MOST_XLSX_DIGITS: usize = 15;

/// Keeps a spreadsheet from taking a cell for a formula.
#[must_use]
pub fn guard(cell: &str) -> String {
    if cell.starts_with(FORMULA_STARTS) { format!("'{cell}") } else { cell.to_owned() }
}

/// What a cell shows.
fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            Cow::Owned(items.iter().map(|item| text(item).into_owned()).collect::<Vec<_>>().join(BETWEEN))
        }
        other => Cow::Owned(other.to_string()),
    }
}

/// Writes CSV or NDJSON to wherever.
pub enum Lines<W: Write> {
    Csv { writer: Box<csv::Writer<W>>, columns: Vec<Column>, raw: bool },
    Ndjson { writer: W, columns: Vec<Column> },
}

impl<W: Write> Lines<W> {
    /// Begins, with the header where there is one.
    pub fn begin(mut to: W, columns: Vec<Column>, options: Options) -> Result<Self, Problem> {
        if options.form == Form::Ndjson {
            return Ok(Self::Ndjson { writer: to, columns });
        }
        if options.bom {
            to.write_all(b"\xef\xbb\xbf").map_err(Problem::internal)?;
        }
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(columns.iter().map(|column| &*column.name)).map_err(Problem::internal)?;
        Ok(Self::Csv { writer: Box::new(writer), columns, raw: options.raw })
    }
    /// Writes a row.
    pub fn row(&mut self, row: &Row) -> Result<(), Problem> {
        match (self, row) {
            (Self::Csv { writer, columns, raw }, Row::Value(row)) => {
                let cell = |column: &Column| match text(column.of(row)) {
                    text if column.cell == Cell::Text && !*raw => Cow::Owned(guard(&text)),
                    text => text,
                };
                writer.write_record(columns.iter().map(|column| cell(column).into_owned())).map_err(Problem::internal)
            }
            (Self::Ndjson { writer, .. }, Row::Whole(text)) => writeln!(writer, "{text}").map_err(Problem::internal),
            (Self::Ndjson { writer, columns }, Row::Value(row)) => {
                let picked: Map<String, Value> = columns.iter().map(|column| (column.name.clone().into_owned(), column.of(row).clone())).collect();
                writeln!(writer, "{}", Value::Object(picked)).map_err(Problem::internal)
            }
            (Self::Csv { .. }, Row::Whole(_)) => Err(Problem::internal("a whole row for CSV")),
        }
    }
    /// Hands the last bytes on.
    pub fn end(self) -> Result<W, Problem> {
        match self {
            Self::Csv { writer, .. } => writer.into_inner().map_err(|e| Problem::internal(e.error())),
            Self::Ndjson { mut writer, .. } => writer.flush().map(|()| writer).map_err(Problem::internal),
        }
    }
}

/// Writes XLSX: one sheet, row by row, in constant memory.
pub struct Sheet {
    workbook: Workbook,
    columns: Vec<Column>,
    row: u32,
    date: Format,
}

impl Sheet {
    pub fn begin(columns: Vec<Column>) -> Result<Self, Problem> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(Problem::internal)?;
        sheet.set_freeze_panes(1, 0).map_err(Problem::internal)?;
        let bold = Format::new().set_bold();
        for (at, column) in (0..).zip(&columns) {
            sheet.write_string_with_format(0, at, &*column.name, &bold).map_err(Problem::internal)?;
        }
        Ok(Self { workbook, columns, row: 0, date: Format::new().set_num_format("yyyy-mm-dd") })
    }
    pub fn row(&mut self, row: &Row) -> Result<(), Problem> {
        let Row::Value(row) = row else { return Err(Problem::internal("a whole row for XLSX")) };
        self.row += 1;
        let sheet = self.workbook.worksheet_from_index(0).map_err(Problem::internal)?;
        for (at, column) in (0..).zip(&self.columns) {
            write_cell(sheet, self.row, at, column.cell, column.of(row), &self.date).map_err(Problem::internal)?;
        }
        Ok(())
    }
    pub fn end(mut self, to: impl Write + Seek + Send) -> Result<(), Problem> {
        self.workbook.save_to_writer(to).map_err(Problem::internal)
    }
}

fn write_cell(sheet: &mut Worksheet, row: u32, at: u16, cell: Cell, value: &Value, date: &Format) -> Result<(), rust_xlsxwriter::XlsxError> {
    let shown = text(value);
    if shown.is_empty() {
        return Ok(());
    }
    let number = || (cell == Cell::Number && shown.bytes().filter(u8::is_ascii_digit).count() <= MOST_XLSX_DIGITS).then(|| shown.parse::<f64>().ok()).flatten();
    if let Some(number) = number() {
        sheet.write_number(row, at, number)?;
    } else if let (Cell::Flag, Some(flag)) = (cell, value.as_bool()) {
        sheet.write_boolean(row, at, flag)?;
    } else if let (Cell::Date, Ok(day)) = (cell, ExcelDateTime::parse_from_str(&shown)) {
        sheet.write_datetime_with_format(row, at, &day, date)?;
    } else if shown.chars().count() > MOST_XLSX_TEXT {
        sheet.write_string(row, at, shown.chars().take(MOST_XLSX_TEXT - 1).chain(['…']).collect::<String>())?;
    } else {
        sheet.write_string(row, at, shown)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(rows: &[Value], columns: &[Column], form: Form, raw: bool, bom: bool) -> String {
        let mut lines = Lines::begin(Vec::new(), columns.to_vec(), Options { form, raw, bom }).unwrap();
        for row in rows {
            lines.row(&Row::Value(row.clone())).unwrap();
        }
        String::from_utf8(lines.end().unwrap()).unwrap()
    }

    const COLUMNS: [Column; 4] =
        [Column::new("title", Cell::Text), Column::new("amount", Cell::Number), Column::new("customer.name", Cell::Text), Column::new("tags", Cell::Text)];

    #[test]
    fn cells_are_picked_guarded_and_joined() {
        let rows = [
            json!({"title": "=1+1", "amount": "-5.00", "customer": {"name": "华为, \"北京\""}, "tags": ["a", "b"]}),
            json!({"title": null, "amount": 3, "customer": null, "tags": ["-x"], "more": 1}),
        ];
        let csv = "title,amount,customer.name,tags\n'=1+1,-5.00,\"华为, \"\"北京\"\"\",a; b\n,3,,'-x\n";
        assert_eq!(written(&rows, &COLUMNS, Form::Csv, false, false), csv);
        assert_eq!(written(&rows, &COLUMNS, Form::Csv, true, true), format!("\u{feff}{}", csv.replace('\'', "")));
        assert_eq!(
            written(&rows, &COLUMNS[1..3], Form::Ndjson, false, false),
            "{\"amount\":\"-5.00\",\"customer.name\":\"华为, \\\"北京\\\"\"}\n{\"amount\":3,\"customer.name\":null}\n"
        );
    }

    #[test]
    fn every_beginning_of_a_formula_is_guarded() {
        for start in FORMULA_STARTS {
            assert_eq!(guard(&format!("{start}x")), format!("'{start}x"));
        }
        assert_eq!((guard(""), guard("a=b"), guard("'x")), (String::new(), "a=b".into(), "'x".into()));
    }
}

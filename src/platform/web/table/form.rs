//! Which representation a caller takes.
use actix_web::HttpRequest;
use actix_web::http::header;
use serde_json::{Value, json};

/// A table's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Csv,
    Ndjson,
    Xlsx,
}

impl Form {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Ndjson, Self::Xlsx];

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
    /// The ending of a file of it.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }
    /// The form that a request likes better than JSON.
    #[must_use]
    pub fn wanted(req: &HttpRequest) -> Option<Self> {
        liked(req.headers().get(header::ACCEPT)?.to_str().ok()?)
    }
}

/// The form that an `Accept` field likes better than JSON: of equals the more exactly named, then JSON, wins.
fn liked(accept: &str) -> Option<Form> {
    let ranges: Vec<(String, f32)> = accept
        .split(',')
        .map(|range| {
            let mut pieces = range.split(';').map(str::trim);
            let name = pieces.next().unwrap_or_default().to_ascii_lowercase();
            let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            (name, weight)
        })
        .collect();
    // The most exact range that fits decides: how exact it is, and its weight.
    let weight = |offer: &str| {
        let family = format!("{}/*", offer.split('/').next().unwrap_or_default());
        [offer, &family, "*/*"].iter().zip([2_u8, 1, 0]).find_map(|(name, exact)| ranges.iter().find(|(range, _)| range == name).map(|(_, q)| (*q, exact)))
    };
    let json = weight("application/json").unwrap_or((0.0, 0));
    let best = Form::ALL.into_iter().filter_map(|form| weight(form.media_type()).map(|w| (w, form))).reduce(|a, b| if b.0 > a.0 { b } else { a });
    best.filter(|((q, exact), _)| *q > 0.0 && (*q, *exact) > json).map(|(_, form)| form)
}

/// The parameters that go together with tables, for the document.
#[must_use]
pub fn parameters() -> Vec<Value> {
    let one = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "query", "required": false, "description": about, "schema": schema});
    vec![
        one("columns", "In a table: which columns, in this order, with commas between them; all without it.", json!({"type": "string", "maxLength": 4000})),
        one("raw", "In CSV: without the `'` in front of texts that a spreadsheet would take for a formula.", json!({"type": "boolean"})),
        one("bom", "In CSV: with the mark by which spreadsheets know UTF-8.", json!({"type": "boolean"})),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_given_to_who_likes_it_better_than_json() {
        let xlsx = Form::Xlsx.media_type();
        for (accept, expected) in [
            ("text/csv", Some(Form::Csv)),
            ("TEXT/CSV; charset=utf-8", Some(Form::Csv)),
            ("application/x-ndjson", Some(Form::Ndjson)),
            (xlsx, Some(Form::Xlsx)),
            ("text/csv, */*;q=0.1", Some(Form::Csv)),
            ("*/*", None),
            ("application/*", None),
            ("text/*", Some(Form::Csv)),
            ("application/json, text/csv", None),
            ("application/json;q=0.5, text/csv", Some(Form::Csv)),
            ("text/csv;q=0", None),
            ("", None),
            ("text/html", None),
        ] {
            assert_eq!(liked(accept), expected, "{accept}");
        }
    }
}

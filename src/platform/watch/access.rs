//! The lines that are written of requests, as JSON: one of each, and one more of each that was slow. An address stands there as the document writes it,
//! with the names of its parts in the place of what was sent; queries, bodies and header fields do not come here.
use std::fmt::{self, Display, Formatter, Write as _};
use std::time::Duration;

use super::statements::Trace;
use crate::platform::db::UtcTime;

/// The target of the lines in the log; they are objects already.
pub const TARGET: &str = "access";

/// A request that was answered.
#[derive(Debug)]
pub struct Answered<'a> {
    pub time: UtcTime,
    /// Of letters, digits and `._-`, as the envelope sees to.
    pub request_id: &'a str,
    pub method: &'a str,
    /// The address as the document writes it; `-` where it is no address of ours.
    pub path: &'a str,
    /// The operation's id; `-` where there is none.
    pub operation: &'a str,
    pub status: u16,
    pub took: Duration,
    /// Bytes of the body before it is coded; none where it is not known beforehand.
    pub bytes: Option<u64>,
    /// The user's id; empty where nobody is known.
    pub user: &'a str,
    pub trace: &'a Trace,
}

impl Answered<'_> {
    /// Writes its line.
    pub fn note(&self) {
        log::info!(target: TARGET, "{}", Line { of: self, level: "info", message: "request", statements: false });
    }
    /// Writes the line of a slow one, with its statements.
    pub fn note_slow(&self) {
        log::warn!(target: TARGET, "{}", Line { of: self, level: "warn", message: "slow request", statements: true });
    }
}

struct Line<'a> {
    of: &'a Answered<'a>,
    level: &'a str,
    message: &'a str,
    statements: bool,
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Answered { time, request_id, method, path, operation, status, took, bytes, user, trace } = self.of;
        write!(f, r#"{{"time":"{time}","level":"{}","target":"{TARGET}","message":"{}","request_id":"#, self.level, self.message)?;
        quoted(f, request_id)?;
        f.write_str(r#","method":"#)?;
        quoted(f, method)?;
        f.write_str(r#","path":"#)?;
        quoted(f, path)?;
        f.write_str(r#","operation":"#)?;
        quoted(f, operation)?;
        write!(f, r#","status":{status},"ms":{}"#, Millis(u64::try_from(took.as_micros()).unwrap_or(u64::MAX)))?;
        if let Some(bytes) = bytes {
            write!(f, r#","bytes":{bytes}"#)?;
        }
        if !user.is_empty() {
            f.write_str(r#","user":"#)?;
            quoted(f, user)?;
        }
        write!(f, r#","statements":{},"statements_ms":{}"#, trace.statements(), Millis(trace.micros()))?;
        if self.statements {
            f.write_str(r#","slowest":["#)?;
            for (i, statement) in trace.texts().iter().enumerate() {
                write!(f, r#"{}{{"ms":{},"times":{},"statement":"#, if i > 0 { "," } else { "" }, Millis(statement.micros), statement.times)?;
                quoted(f, &statement.text)?;
                f.write_char('}')?;
            }
            f.write_char(']')?;
        }
        f.write_char('}')
    }
}

/// Microseconds, told in milliseconds.
struct Millis(u64);
impl Display for Millis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1_000, self.0 % 1_000)
    }
}

/// A text in quotes, as JSON has it.
fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                f.write_char('\\')?;
                f.write_char(c)?;
            }
            c if c < ' ' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_line_is_an_object() {
        let trace = Trace::new(Duration::from_secs(1), None);
        let answered = Answered {
            time: UtcTime(1_795_420_800_000_000),
            request_id: "a\"b\\c\n",
            method: "GET",
            path: "/api/v1/orders/{id}",
            operation: "orders_get",
            status: 200,
            took: Duration::from_micros(12_034),
            bytes: Some(70),
            user: "",
            trace: &trace,
        };
        let mut line: Value = serde_json::from_str(&Line { of: &answered, level: "warn", message: "slow request", statements: true }.to_string()).unwrap();
        let expected = json!({"time": "2026-11-23T08:00:00.000000Z", "level": "warn", "target": "access", "message": "slow request", "request_id": "a\"b\\c\n", "method": "GET",
            "path": "/api/v1/orders/{id}", "operation": "orders_get", "status": 200, "ms": 12.034, "bytes": 70, "statements": 0, "slowest": []});
        let millis = line.as_object_mut().and_then(|line| line.remove("statements_ms"));
        assert_eq!(millis.and_then(|millis| millis.as_f64()), Some(0.0));
        assert_eq!(line.to_string(), expected.to_string());
    }
}

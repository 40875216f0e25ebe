//! Asks a database how it would run a statement, and finds in its answer what grows with the tables.
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use intent_orders::platform::db::AnyConnection;
use serde_json::Value;

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It reads a table from one end to the other.
    Scan,
    /// It sorts what it read before it gives the first row.
    Sort,
}

/// A plan: its text, and what is wrong with it.
pub struct Plan {
    pub text: String,
    pub faults: Vec<Fault>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}
#[derive(QueryableByName)]
struct Tree {
    /// JSON, whose binary form is its text.
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    json: String,
}

/// The plan of a statement as it was heard for a list of `own` rows. A walk may read an index from its beginning, in its order: it stops at the end of the page.
pub fn explain(c: &mut AnyConnection, heard: &str, own: &str, walk: bool, counted: bool) -> Plan {
    let (sql, values) = heard.rsplit_once(" -- binds: ").unwrap_or((heard, "[]"));
    match c {
        // Its planner looks at values only where it has counted them; they are put in as what they are bound as.
        AnyConnection::Sqlite(c) => {
            let values: Vec<_> = pieces(values).iter().map(|value| sqlite_literal(value)).collect();
            let asked = if counted { filled(sql, &values) } else { sql.to_owned() };
            let lines = diesel::sql_query(format!("explain query plan {asked}")).load::<Line>(c).unwrap_or_else(|e| panic!("{asked}: {e}"));
            sqlite(&lines.into_iter().map(|line| line.detail).collect::<Vec<_>>(), sql, walk)
        }
        // Its planner does.
        AnyConnection::Postgres(c) => {
            c.batch_execute(&format!("prepare asked as {sql}")).unwrap_or_else(|e| panic!("{sql}: {e}"));
            let values = literals(values).join(", ");
            let execute = if values.is_empty() { "execute asked".into() } else { format!("execute asked({values})") };
            let tree = diesel::sql_query(format!("explain (format json) {execute}")).get_result::<Tree>(c).unwrap_or_else(|e| panic!("{sql} {values}: {e}"));
            c.batch_execute("deallocate asked").unwrap();
            let mut faults = Vec::new();
            let tree: Value = serde_json::from_str(&tree.json).unwrap();
            postgres(&tree[0]["Plan"], own, &mut faults);
            Plan { text: format!("{tree:#}"), faults }
        }
    }
}

fn sqlite(lines: &[String], sql: &str, walk: bool) -> Plan {
    let mut faults = Vec::new();
    // Of several things that are joined, the first rows of each are sorted once more.
    let mut sorts = if sql.contains(") as part") { -1 } else { 0 };
    for line in lines {
        let ordered = walk && (line.contains(" USING INDEX ") || line.contains(" USING COVERING INDEX "));
        // What was read of several things, and the index of words.
        let no_table =
            ["SCAN CONSTANT ROW", "SCAN part", "SCAN counted", "SCAN search_index VIRTUAL TABLE INDEX 0:M"].iter().any(|start| line.starts_with(start));
        // Settings are a handful, however much there is besides.
        if line.starts_with("SCAN ") && line != "SCAN settings" && !ordered && !no_table {
            faults.push(Fault::Scan);
        }
        // Behind its first terms an order sorts among equals alone. What belongs to the rows of a page is sorted page by page.
        if line == "USE TEMP B-TREE FOR ORDER BY" && sql.to_ascii_lowercase().contains(" limit ") {
            sorts += 1;
        }
    }
    if sorts > 0 {
        faults.push(Fault::Sort);
    }
    Plan { text: lines.join("\n"), faults }
}

/// Most rows that are sorted for a page.
pub const MOST_SORTED: i64 = 1_000;

fn postgres(node: &Value, own: &str, faults: &mut Vec<Fault>) {
    let below = || node["Plans"].as_array().into_iter().flatten();
    match node["Node Type"].as_str().unwrap_or_default() {
        // Users, teams and products, whose names stand beside the rows of a list, are few, and rightly read whole.
        "Seq Scan" if node["Relation Name"].as_str().is_some_and(|table| table == own || LARGE.contains(&table)) => faults.push(Fault::Scan),
        "Sort" if below().any(|input| input["Plan Rows"].as_i64() > Some(MOST_SORTED)) => faults.push(Fault::Sort),
        _ => {}
    }
    below().for_each(|input| postgres(input, own, faults));
}
/// The tables that grow with the business.
pub const LARGE: &[&str] = &[
    "orders",
    "order_lines",
    "order_tags",
    "order_remarks",
    "order_transitions",
    "order_follow_ups",
    "customers",
    "customer_tags",
    "customer_contacts",
    "events",
    "search_entries",
];

/// A statement with its values in their places.
fn filled(sql: &str, values: &[String]) -> String {
    let mut values = values.iter();
    let pieces = sql.split('?').collect::<Vec<_>>();
    let last = pieces.len() - 1;
    pieces.iter().enumerate().map(|(i, piece)| if i < last { format!("{piece}{}", values.next().unwrap()) } else { (*piece).to_owned() }).collect()
}

fn sqlite_literal(value: &str) -> String {
    match literal(value) {
        id if id.ends_with("::uuid") => format!("x'{}'", id.trim_end_matches("::uuid").replace(['\'', '-'], "")),
        date if date.starts_with("date ") => date["date ".len()..].to_owned(),
        time if time.starts_with("timestamptz ") => time.split(' ').nth(3).unwrap_or_default().to_owned(),
        other => other,
    }
}

/// The values as Diesel's debug output tells them, as expressions of SQL.
fn literals(values: &str) -> Vec<String> {
    pieces(values).iter().map(|piece| literal(piece)).collect()
}

/// What stands in a list, piece by piece.
fn pieces(values: &str) -> Vec<String> {
    let inner = values.trim().strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or_default();
    let (mut pieces, mut piece, mut depth, mut quoted, mut escaped) = (Vec::new(), String::new(), 0, false, false);
    for c in inner.chars() {
        match c {
            ',' if depth == 0 && !quoted => {
                pieces.push(std::mem::take(&mut piece));
                continue;
            }
            '(' | '[' if !quoted => depth += 1,
            ')' | ']' if !quoted => depth -= 1,
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        piece.push(c);
    }
    pieces.push(piece);
    pieces.into_iter().map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}

fn literal(value: &str) -> String {
    let inside = |name: &str| value.strip_prefix(name).and_then(|v| v.strip_prefix('(')).and_then(|v| v.strip_suffix(')'));
    if let Some(id) = inside("Id") {
        format!("'{id}'::uuid")
    } else if let Some(time) = inside("UtcTime") {
        format!("timestamptz 'epoch' + {time} * interval '1 microsecond'")
    } else if let Some(number) = inside("Decimal") {
        number.to_owned()
    } else if let Some(some) = inside("Some") {
        literal(some)
    } else if value.starts_with('"') {
        let text: String = serde_json::from_str(value).unwrap_or_else(|e| panic!("{value}: {e}"));
        format!("'{}'", text.replace('\'', "''"))
    } else if value.starts_with('[') {
        // An array is told as a text, from which its place takes the type.
        format!("'{{{}}}'", pieces(value).iter().map(|piece| piece.trim_start_matches("Id(").trim_end_matches(')')).collect::<Vec<_>>().join(","))
    } else if value.contains('-') && value.len() == 10 {
        format!("date '{value}'")
    } else {
        value.to_owned()
    }
}

#[test]
fn values_become_expressions() {
    let heard = r#"[Id(019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e), "a'b, \"c\"", 5, UtcTime(7), 2026-11-25, true, [1, 2]]"#;
    let expected = ["'019ab1f4-7a8e-7cc3-8d2e-5f0a3b1c2d4e'::uuid", "'a''b, \"c\"'", "5", "timestamptz 'epoch' + 7 * interval '1 microsecond'"];
    assert_eq!(literals(heard)[..4], expected);
    assert_eq!(literals(heard)[4..], ["date '2026-11-25'", "true", "'{1,2}'"]);
}

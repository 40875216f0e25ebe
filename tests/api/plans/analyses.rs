//! How the databases run what the analysis asks. A figure over all orders may read all of an index; it may read no table of the business whole, sort no more
//! than a few rows, and ask nothing of the orders where their facts answer, but for what is excepted with its reason.
use intent_orders::platform::db::AnyConnection;
use serde_json::Value;

use super::On::{self, Analysed, Bare, Postgres};
use super::explain::Fault::{self, Scan, Sort};
use super::explain::{LARGE, MOST_SORTED, explain};
use super::recorder;
use crate::harness::TestApp;

/// Questions that facts alone answer.
const OF_FACTS: &[&str] = &[
    "conversion",
    "conversion?group_by=owner",
    "conversion?group_by=product,quarter",
    "conversion?group_by=region&from=2026-01-01&to=2026-07-01&compare=previous",
    "conversion?group_by=source&as_of=now",
    "conversion?group_by=source&top=3",
    "revenue?group_by=month",
    "revenue?group_by=industry,owner",
    "revenue?group_by=product",
    "revenue?group_by=source&top=3",
    "sources",
    "customers",
];

/// Questions that need more: rates, steps, rounds, delays, days of customers.
const OF_ORDERS: &[&str] = &[
    "revenue?group_by=source&rate_basis=close",
    "revenue?group_by=source&rate_basis=today&currency=USD&top=3",
    "reasons",
    "reasons?group_by=owner&rate_basis=order",
    "delays",
    "review?group_by=owner",
    "funnel",
    "time?measure=stage,status,review,entry_to_won&group_by=owner",
    "stuck",
    "churn",
    "people?from=2026-01-01&to=2027-01-01",
    "trend",
    "trend?group_by=product&from=-30d&intent_level=high",
    "trend?rate_basis=order",
    "summary?period=year",
];

/// What may have a fault, and why.
struct Exception {
    asked: &'static [&'static str],
    on: &'static [On],
    fault: Fault,
    because: &'static str,
}

const SQLITE: &[On] = &[Bare, Analysed];
const WHY_SORTED: &str = "SQLite groups by sorting what is counted; questions of more than two keys and a word are not folded by the program's own function";

const EXCEPTIONS: &[Exception] = &[
    Exception {
        asked: &[
            "reasons",
            "reasons?group_by=owner&rate_basis=order",
            "delays",
            "review?group_by=owner",
            "funnel",
            "stuck",
            "customers",
            "churn",
            "people?from=2026-01-01&to=2027-01-01",
            "trend",
            "trend?group_by=product&from=-30d&intent_level=high",
            "trend?rate_basis=order",
        ],
        on: SQLITE,
        fault: Sort,
        because: WHY_SORTED,
    },
    Exception {
        asked: &["conversion?group_by=source&top=3", "revenue?group_by=source&top=3", "revenue?group_by=source&rate_basis=today&currency=USD&top=3"],
        on: SQLITE,
        fault: Sort,
        because: "which groups are the largest is asked before they are folded, by one key",
    },
    Exception { asked: &["summary?period=year"], on: SQLITE, fault: Sort, because: "the targets of some months are few" },
    Exception {
        asked: &["conversion?group_by=source&as_of=now"],
        on: SQLITE,
        fault: Scan,
        because: "what held at a moment lies anywhere in the history of the facts: an index of each moment would be as large",
    },
    Exception {
        asked: &["delays", "stuck", "people?from=2026-01-01&to=2027-01-01", "summary?period=year"],
        on: &[Analysed],
        fault: Scan,
        because: "it has counted that a large part of the orders is asked, and reads them as they lie instead of by an index",
    },
    Exception { asked: &["customers"], on: &[Analysed], fault: Scan, because: "all customers are counted by their words" },
    Exception {
        asked: &[
            "reasons",
            "reasons?group_by=owner&rate_basis=order",
            "review?group_by=owner",
            "time?measure=stage,status,review,entry_to_won&group_by=owner",
            "trend",
            "trend?rate_basis=order",
            "stuck",
            "people?from=2026-01-01&to=2027-01-01",
            "summary?period=year",
        ],
        on: &[Postgres],
        fault: Scan,
        because: "a large part of the orders is asked, which PostgreSQL reads as they lie instead of by an index",
    },
    Exception { asked: &["customers"], on: &[Postgres], fault: Scan, because: "all customers are counted by their words" },
    Exception {
        asked: &["delays", "review?group_by=owner", "time?measure=stage,status,review,entry_to_won&group_by=owner", "stuck"],
        on: &[Postgres],
        fault: Sort,
        because: "a median is the value in the midst: what is measured is put in order within its group",
    },
    Exception {
        asked: &["reasons?group_by=owner&rate_basis=order", "trend?rate_basis=order"],
        on: &[Postgres],
        fault: Sort,
        because: "what is converted is as wide as its rates, and PostgreSQL takes the many groups for more than it may keep in memory",
    },
];

/// What the statements call the tables that grow with the business.
const TABLES: &[&str] =
    &["orders", "o", "g", "today", "order_lines", "order_tags", "order_broken_rules", "cu", "customers", "t", "v", "d", "p", "e", "entry_refusals"];

/// What is wrong with how a statement is run.
fn faults(c: &mut AnyConnection, sql: &str, on: On) -> (Vec<Fault>, String) {
    let plan = explain(c, sql, "", true, on == Analysed);
    let mut found = Vec::new();
    if on == Postgres {
        of_tree(&serde_json::from_str::<Value>(&plan.text).unwrap()[0]["Plan"], &mut found);
    } else {
        of_lines(&plan.text, &mut found);
    }
    (found, plan.text)
}

/// Of SQLite: what it makes itself on the way is named before it is read.
fn of_lines(text: &str, found: &mut Vec<Fault>) {
    let made: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("CO-ROUTINE ").or_else(|| line.strip_prefix("MATERIALIZE "))).collect();
    for line in text.lines() {
        let read = line.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        if read.is_some_and(|name| !made.contains(&name) && TABLES.contains(&name)) && !line.contains(" USING ") {
            found.push(Scan);
        }
        if matches!(line, "USE TEMP B-TREE FOR GROUP BY" | "USE TEMP B-TREE FOR ORDER BY") {
            found.push(Sort);
        }
    }
}

fn of_tree(node: &Value, found: &mut Vec<Fault>) {
    let below = || node["Plans"].as_array().into_iter().flatten();
    match node["Node Type"].as_str().unwrap_or_default() {
        "Seq Scan" if node["Relation Name"].as_str().is_some_and(|table| LARGE.contains(&table)) => found.push(Scan),
        "Sort" if below().any(|input| input["Plan Rows"].as_i64() > Some(MOST_SORTED)) => found.push(Sort),
        _ => {}
    }
    below().for_each(|input| of_tree(input, found));
}

/// Whether a statement reads the orders themselves.
fn reads_orders(sql: &str) -> bool {
    [" from orders ", " join orders ", " from orders)"].iter().any(|read| sql.contains(read))
}

/// Answers what is wrong, one text a fault.
pub fn check(app: &TestApp, on: On) -> Vec<String> {
    let (address, mut conn) = super::listen(app);
    let app = app.beside(|config| config.pool = 1);
    let mut wrong = Vec::new();
    let mut needed: Vec<(usize, &str)> = Vec::new();
    let mut of_orders = 0;
    for (question, facts) in OF_FACTS.iter().map(|q| (*q, true)).chain(OF_ORDERS.iter().map(|q| (*q, false))) {
        recorder::take(&address);
        app.as_(&app.cast.admin).get(&format!("/api/v1/analytics/{question}")).expect(200);
        let statements = recorder::take(&address);
        let asked: Vec<&String> = statements.iter().filter(|sql| ["f.", "orders"].iter().any(|word| sql.contains(word)) && !sql.contains("jobs")).collect();
        assert!(!asked.is_empty(), "{question}: no statement was heard");
        for sql in asked {
            let head = sql.trim_start().to_ascii_lowercase();
            if !(head.starts_with("select") || head.starts_with("with")) || sql.contains("(1=0)") {
                continue;
            }
            // Between which days there are orders at all is two looks at the ends of an index.
            if facts && reads_orders(sql) && !sql.contains("min(closed_on)") && !sql.contains("min(first_submitted_at)") {
                wrong.push(format!("on {on:?}: {question} asks the orders: {sql}"));
            }
            of_orders += usize::from(!facts && reads_orders(sql));
            let (found, plan) = faults(&mut conn, sql, on);
            for fault in found {
                match EXCEPTIONS.iter().position(|e| e.asked.contains(&question) && e.on.contains(&on) && e.fault == fault) {
                    Some(i) => needed.push((i, question)),
                    None => wrong.push(format!("on {on:?}: {question} {fault:?}\n{sql}\n{plan}")),
                }
            }
        }
    }
    // Who looks for the orders knows them when they are asked.
    assert!(of_orders > 10, "{of_orders} statements that ask the orders");
    for (i, exception) in EXCEPTIONS.iter().enumerate().filter(|(_, e)| e.on.contains(&on)) {
        let vain = exception.asked.iter().filter(|asked| !needed.contains(&(i, asked)));
        wrong.extend(vain.map(|asked| format!("on {on:?}: {asked} is excepted in vain: {}", exception.because)));
    }
    wrong
}

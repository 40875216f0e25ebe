//! A condition held against one record that is at hand: the same two-valued logic as its SQL. A test of a value that is missing does not hold, save
//! `ne` and `null`; of a field with several values one has to meet it.
use std::cmp::Ordering;

use super::{Condition, Literal, Op, Operand, Test};
use crate::platform::db::sql::Value;

/// What a record holds in a field: nothing, one value or several.
pub type Values<'a> = &'a dyn Fn(&str) -> Vec<Value>;

impl Condition {
    /// Whether a record meets it. Full text is for lists alone: a test of it does not hold here.
    #[must_use]
    pub fn holds(&self, values: Values<'_>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(values)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(values)),
            Self::Not(part) => !part.holds(values),
            Self::Test(test) => test.holds(values),
        }
    }
}

impl Test {
    fn holds(&self, values: Values<'_>) -> bool {
        let own = values(self.field.name);
        let met = match &self.operand {
            Operand::Missing(missing) => return own.is_empty() == *missing,
            Operand::Search(_) => return false,
            Operand::Field(other, ..) => {
                let others = values(other);
                own.iter().any(|a| others.iter().any(|b| stands(self.op, a.cmp_to(b))))
            }
            Operand::Literals(literals) => own.iter().any(|value| meets(self.op, value, literals)),
        };
        // Who asks for all but some wants those without a value, too.
        met != (self.op == Op::Ne)
    }
}

impl Value {
    /// Order among values of one kind; none between kinds.
    fn cmp_to(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Id(a), Self::Id(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Whether an order is what an operator asks for; `ne` is turned round by the caller.
fn stands(op: Op, order: Option<Ordering>) -> bool {
    match op {
        Op::Gt => order == Some(Ordering::Greater),
        Op::Gte => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Op::Lt => order == Some(Ordering::Less),
        Op::Lte => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Op::In | Op::Eq | Op::Ne | Op::Between | Op::Null => order == Some(Ordering::Equal),
    }
}

fn meets(op: Op, value: &Value, literals: &[Literal]) -> bool {
    let against = |op: Op, literal: &Literal| match (literal, op) {
        // Behind a stretch is from its end on, up to it is before its end.
        (Literal::Span(_, end), Op::Gt) => stands(Op::Gte, value.cmp_to(end)),
        (Literal::Span(_, end), Op::Lte) => stands(Op::Lt, value.cmp_to(end)),
        (Literal::Span(start, end), Op::Eq) => stands(Op::Gte, value.cmp_to(start)) && stands(Op::Lt, value.cmp_to(end)),
        (literal, op) => stands(op, value.cmp_to(literal.start())),
    };
    match (op, literals) {
        (Op::Between, [from, to]) => against(Op::Gte, from) && against(Op::Lte, to),
        (Op::Gt | Op::Gte | Op::Lt | Op::Lte, [one]) => against(op, one),
        _ => literals.iter().any(|literal| against(Op::Eq, literal)),
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;
    use diesel::prelude::*;
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::super::{Field, Kind, Surroundings};
    use super::*;
    use crate::platform::db::sql::Sql;
    use crate::platform::db::{DatabaseUrl, UtcTime, connection};

    const FIELDS: &[Field] = &[
        Field::column("word", Kind::Text, "r.word", "").absent("r.word is null"),
        Field::column("number", Kind::Decimal, "r.number", "").absent("r.number is null"),
        Field::column("other", Kind::Decimal, "r.other", "").absent("r.other is null"),
        Field::column("day", Kind::Date, "r.day", "").absent("r.day is null"),
        Field::column("tags", Kind::Text, "t.tag", "")
            .within("exists (select 1 from t where t.of = r.n and ", ")")
            .absent("not exists (select 1 from t where t.of = r.n)")
            .several(),
    ];

    #[derive(Clone, Debug)]
    struct Record {
        word: Option<&'static str>,
        number: Option<i64>,
        other: Option<i64>,
        day: Option<chrono::NaiveDate>,
        tags: Vec<&'static str>,
    }

    impl Record {
        fn values(&self, name: &str) -> Vec<Value> {
            match name {
                "word" => self.word.map(|w| Value::Text(w.into())).into_iter().collect(),
                "number" => self.number.map(Value::Number).into_iter().collect(),
                "other" => self.other.map(Value::Number).into_iter().collect(),
                "day" => self.day.map(Value::Date).into_iter().collect(),
                _ => self.tags.iter().map(|t| Value::Text((*t).into())).collect(),
            }
        }
    }

    fn record() -> impl Strategy<Value = Record> {
        let day = (1_u32..5).prop_map(|d| chrono::NaiveDate::from_ymd_opt(2026, 11, d).unwrap());
        let word = || prop::sample::select(vec!["a", "b", "c"]);
        (prop::option::of(word()), prop::option::of(0_i64..3), prop::option::of(0_i64..3), prop::option::of(day), prop::collection::vec(word(), 0..3))
            .prop_map(|(word, number, other, day, tags)| Record { word, number: number.map(|n| n * 10_000), other: other.map(|n| n * 10_000), day, tags })
    }

    fn condition() -> impl Strategy<Value = Json> {
        let word = || prop::sample::select(vec!["a", "b", "c"]);
        let order = || prop::sample::select(vec!["eq", "ne", "gt", "gte", "lt", "lte"]);
        let day = prop::sample::select(vec!["2026-11-01", "2026-11-02", "2026-11-02..2026-11-04", "2026-11-04"]);
        let test = prop_oneof![
            (prop::sample::select(vec!["word", "tags"]), prop::sample::select(vec!["eq", "ne"]), word())
                .prop_map(|(f, op, v)| json!({"field": f, "op": op, "value": v})),
            (prop::sample::select(vec!["word", "tags"]), prop::sample::select(vec!["in", "ne"]), prop::collection::vec(word(), 1..3))
                .prop_map(|(f, op, v)| json!({"field": f, "op": op, "value": v})),
            (order(), 0_i64..3).prop_map(|(op, v)| json!({"field": "number", "op": op, "value": v.to_string()})),
            (order(), day).prop_map(|(op, v)| json!({"field": "day", "op": op, "value": v})),
            (0_i64..3, 0_i64..3).prop_map(|(a, b)| json!({"field": "number", "op": "between", "value": [a.to_string(), b.to_string()]})),
            order().prop_map(|op| json!({"field": "number", "op": op, "value": {"field": "other"}})),
            (prop::sample::select(vec!["word", "number", "day", "tags"]), any::<bool>()).prop_map(|(f, v)| json!({"field": f, "op": "null", "value": v})),
        ];
        test.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"all": parts})),
                prop::collection::vec(inner.clone(), 0..3).prop_map(|parts| json!({"any": parts})),
                inner.prop_map(|part| json!({"not": part})),
            ]
        })
    }

    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        /// The same answer as its SQL gives, for every record.
        #[test]
        fn a_record_meets_what_its_row_meets(records in prop::collection::vec(record(), 1..12), conditions in prop::collection::vec(condition(), 1..8)) {
            let folder = tempfile::TempDir::new().unwrap();
            let mut c = connection::open(&DatabaseUrl::Sqlite(folder.path().join("t.db"))).unwrap();
            c.batch_execute("create table r (n bigint, word text, number bigint, other bigint, day date); create table t (of bigint, tag text)").unwrap();
            for (n, record) in records.iter().enumerate() {
                let quoted = |value: Option<String>| value.map_or_else(|| "null".to_owned(), |v| format!("'{v}'"));
                let number = |value: Option<i64>| value.map_or_else(|| "null".to_owned(), |v| v.to_string());
                let tags: String = record.tags.iter().map(|tag| format!("insert into t values ({n}, '{tag}');")).collect();
                let (word, day) = (quoted(record.word.map(str::to_owned)), quoted(record.day.map(|d| d.to_string())));
                c.batch_execute(&format!("insert into r values ({n}, {word}, {}, {}, {day}); {tags}", number(record.number), number(record.other))).unwrap();
            }
            let surroundings = Surroundings { now: UtcTime(0), zone: chrono_tz::Tz::UTC };
            for json in conditions {
                let condition = Condition::read(&json, "", FIELDS, &surroundings).unwrap();
                let found: Vec<Found> = Sql::new("select n from r where ").then(condition.to_sql(&|_| Sql::any([]))).text(" order by n").load(&mut c).unwrap();
                let held: Vec<i64> = (0..).zip(&records).filter(|(_, r)| condition.holds(&|name| r.values(name))).map(|(n, _)| n).collect();
                prop_assert_eq!(held, found.iter().map(|f| f.n).collect::<Vec<_>>(), "{}", json);
            }
        }
    }
}

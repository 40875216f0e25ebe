//! How reviews went, counted round by round.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::{Facts, Key, KeyRow};
use crate::platform::db::sql::{Sql, Value};
use crate::platform::db::{AnyConnection, UtcTime};
use crate::platform::problem::Problem;

/// How the reviews of the orders of a group went; times in seconds.
#[derive(Clone, Debug)]
pub struct Reviews {
    pub keys: Vec<Key>,
    pub orders: i64,
    pub submitted: i64,
    pub approved: i64,
    pub returned: i64,
    pub withdrawn: i64,
    pub waiting: i64,
    pub unreviewed: i64,
    pub overdue: i64,
    /// First rounds that reviewers decided, and those of them that they approved.
    pub first: i64,
    pub first_passed: i64,
    pub median: Option<i64>,
    pub p90: Option<i64>,
}

#[derive(QueryableByName)]
struct ReviewsRow {
    #[diesel(embed)]
    keys: KeyRow,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    submitted: i64,
    #[diesel(sql_type = BigInt)]
    approved: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    withdrawn: i64,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = BigInt)]
    unreviewed: i64,
    #[diesel(sql_type = BigInt)]
    overdue: i64,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    first_passed: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    median: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    p90: Option<i64>,
}

/// How the reviews of each group went, as they stand at a moment.
pub fn reviews(c: &mut AnyConnection, facts: &Facts, now: UtcTime, most: usize) -> Result<Vec<Reviews>, Problem> {
    let rows: Vec<ReviewsRow> = facts.rounds(now, most).load(c)?;
    let reviews = |r: ReviewsRow| Reviews {
        keys: r.keys.keys(facts.keys.len()),
        orders: r.orders,
        submitted: r.submitted,
        approved: r.approved,
        returned: r.returned,
        withdrawn: r.withdrawn,
        waiting: r.waiting,
        unreviewed: r.unreviewed,
        overdue: r.overdue,
        first: r.first,
        first_passed: r.first_passed,
        median: r.median,
        p90: r.p90,
    };
    Ok(rows.into_iter().map(reviews).collect())
}

impl Facts {
    /// How many rounds of review there were, in each group, and how long they took: first one row a group, order and round, then each with its place
    /// among the waiting times of its group.
    fn rounds(&self, now: UtcTime, most: usize) -> Sql {
        let keys: Vec<String> = (0..self.keys.len()).map(|n| format!("f.k{n}")).collect();
        let all = |more: &[&str]| keys.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>().join(", ");
        let with = |word: &str, list: String| if list.is_empty() { list } else { format!("{word} {list}") };
        let has = |decision: &str| format!("count(case when v.decision in ({decision}) then 1 end)");
        let each = Sql::new(format!(
            "select {}, v.round as round, min(v.step) as step, sum(v.waiting_seconds) as waited, \
             case when v.round is null then null when {} > 0 then 'returned' when {} > 0 then 'withdrawn' \
             when count(case when v.decided_at is null then 1 end) > 0 then 'open' else 'approved' end as ended, \
             count(case when v.due_at < coalesce(v.decided_at, ",
            keys.iter().map(|key| format!("{key} as {}", &key[2..])).chain(["f.id as id".to_owned()]).collect::<Vec<_>>().join(", "),
            has("'returned'"),
            has("'withdrawn', 'closed'"),
        ));
        let each = each.bind(Value::Time(now)).text(") then 1 end) as late from (").then(self.each());
        let each = each.text(format!(") f left join order_reviews v on v.order_id = f.id group by {}", all(&["f.id", "v.round"])));
        let timed = "case when f.step > 0 and f.ended in ('approved', 'returned') then 1 else 0 end";
        let ranked = Sql::new(format!(
            "select f.*, {timed} as timed, row_number() over (partition by {} order by f.waited) as place, cast(sum({timed}) over ({}) as bigint) as times from (",
            all(&[timed]),
            with("partition by", all(&[])),
        ));
        let ranked = ranked.then(each).text(") f");
        let count = |when: &str, name: &str| format!(", count(case when {when} then 1 end) as {name}");
        let measures = [
            ", count(distinct f.id) as orders, count(f.round) as submitted".to_owned(),
            count("f.ended = 'approved'", "approved"),
            count("f.ended = 'returned'", "returned"),
            count("f.ended = 'withdrawn'", "withdrawn"),
            count("f.ended = 'open'", "waiting"),
            count("f.step = 0", "unreviewed"),
            count("f.late > 0", "overdue"),
            count("f.round = 1 and f.timed = 1", "first"),
            count("f.round = 1 and f.timed = 1 and f.ended = 'approved'", "first_passed"),
            // The nearest rank: half of them, nine of ten of them, took at most so long.
            ", cast(max(case when f.timed = 1 and f.place = (f.times + 1) / 2 then f.waited end) as bigint) as median".to_owned(),
            ", cast(max(case when f.timed = 1 and f.place = (f.times * 9 + 9) / 10 then f.waited end) as bigint) as p90".to_owned(),
        ];
        let select = Sql::new(format!("select {}{} from (", self.columns(), measures.concat()));
        select.then(ranked).text(format!(") f{} limit {}", with(" group by", all(&[])), most + 1))
    }
}

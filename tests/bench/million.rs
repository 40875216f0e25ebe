//! A million orders, or as many as are wanted, of three years, with 1.6 lines each: the same on every machine, written in a few statements, as the service would
//! have left them but for rounds of review and events.
use diesel::connection::{Connection as _, SimpleConnection as _};
use intent_orders::facts::packs;
use intent_orders::platform::db::{AnyConnection, UtcTime};

pub const USERS: usize = 1_000;
pub const TEAMS: usize = 50;
pub const CUSTOMERS: usize = 100_000;
pub const PRODUCTS: usize = 200;
/// When what is known of the orders was recorded.
const RECORDED: UtcTime = UtcTime(1_790_000_000_000_000);

/// How one of the databases says it.
struct Words {
    postgres: bool,
}
impl Words {
    fn id(&self, of: usize, number: &str) -> String {
        if self.postgres {
            format!("(lpad(to_hex({of}), 8, '0') || '000070008000' || lpad(to_hex({number}), 12, '0'))::uuid")
        } else {
            format!("unhex(printf('%08x000070008000%012x', {of}, {number}))")
        }
    }
    /// A moment so many seconds after the beginning of 2024.
    fn at(&self, seconds: &str) -> String {
        const BEGIN: i64 = 1_704_067_200;
        if self.postgres { format!("to_timestamp({BEGIN} + ({seconds}))") } else { format!("(({BEGIN} + ({seconds})) * 1000000)") }
    }
    fn day(&self, number: &str) -> String {
        if self.postgres { format!("(date '2024-01-01' + cast({number} as integer))") } else { format!("date('2024-01-01', '+' || ({number}) || ' days')") }
    }
    fn json(&self, json: &str) -> String {
        if self.postgres { format!("'{json}'::jsonb") } else { format!("'{json}'") }
    }
    fn insert(&self, into: &str, count: usize, select: &str, holds: &str) -> String {
        let numbers = if self.postgres {
            format!("from generate_series(1::bigint, {count}) as n(i)")
        } else {
            format!("from (with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) select i from n) n")
        };
        format!("insert into {into} select {select} {numbers} {holds};\n")
    }
}

/// How the migration put the lines that it found into the rows of their orders.
fn lines_into_orders(postgres: bool) -> &'static str {
    let migration = if postgres {
        include_str!("../../migrations/postgres/2026-11-26-000026_parts/up.sql")
    } else {
        include_str!("../../migrations/sqlite/2026-11-26-000026_parts/up.sql")
    };
    migration.split_inclusive(";\n").find(|statement| statement.starts_with("update orders set lines")).unwrap()
}

/// Writes so many orders, and what they need, into an empty database.
pub fn fill(c: &mut AnyConnection, orders: usize) {
    let w = Words { postgres: matches!(c, AnyConnection::Postgres(_)) };
    let (begin, empty, object) = (w.at("0"), w.json("[]"), w.json("{}"));
    if w.postgres {
        c.batch_execute("set statement_timeout = 0").unwrap();
    }
    let mut sql = String::from("begin;\n");
    let mut add = |into: &str, count: usize, select: String, holds: &str| sql.push_str(&w.insert(into, count, &select, holds));
    add("teams (id, name, name_key, version, created_at, updated_at)", TEAMS, format!("{}, 'Team ' || i, 'team ' || i, 1, {begin}, {begin}", w.id(2, "i")), "");
    let team = |owner: &str| w.id(2, &format!("1 + ({owner}) % {TEAMS}"));
    add(
        "users (id, name, email, email_key, role, team_id, active, version, created_at, updated_at)",
        USERS,
        format!("{}, 'User ' || i, 'u' || i, 'u' || i, 'rep', {}, 1 = 1, 1, {begin}, {begin}", w.id(1, "i"), team("i - 1")),
        "",
    );
    add(
        "products (id, sku, sku_key, name, name_key, aliases, category, list_price, currency, version, created_at, updated_at)",
        PRODUCTS,
        format!(
            "{}, 'P-' || i, 'p-' || i, 'Product ' || i, 'product ' || i, {empty}, 'Category ' || (i % 12), i * 10000, 'CNY', 1, {begin}, {begin}",
            w.id(3, "i")
        ),
        "",
    );
    add(
        "customers (id, name, name_key, owner_id, industry, region, value_tier, preferences, tags, custom, version, created_at, updated_at)",
        CUSTOMERS,
        format!(
            "{}, 'Customer ' || i, 'customer ' || i, {}, 'Industry ' || (i % 20), 'Region ' || (i % 31), case i % 4 when 0 then 'key' when 1 then 'regular' when 2 then 'potential' end, {object}, {empty}, {object}, 1, {begin}, {begin}",
            w.id(4, "i"),
            w.id(1, &format!("1 + i % {USERS}"))
        ),
        "",
    );
    // What is drawn for an order: its fate, its owner, its day of three years.
    let (fate, who, day) = (format!("((i * 7919) % {orders} * 100 / {orders})"), format!("((i * 31) % {USERS})"), format!("(i * 1040 / {orders})"));
    let status = format!(
        "case when {fate} < 35 then 'won' when {fate} < 62 then 'lost' when {fate} < 67 then 'cancelled' when {fate} < 70 then 'expired' when {fate} < 78 then 'pending' when {fate} < 90 then 'processed' when {fate} < 93 then 'in_review' when {fate} < 95 then 'returned' else 'draft' end"
    );
    let closed = |value: String| format!("case when {fate} < 70 then {value} end");
    // When what happens to it, in seconds.
    let at = |second: &str| format!("({day} * 86400 + {second})");
    let (entry, submit, judged, taken) = (at("28800 + i % 3600"), at("36000 + i % 3600"), at("39600"), at("122400"));
    let end = format!("{day} + 5 + (i * 13) % 15");
    let close = format!("(({end}) * 86400)");
    let submitted = format!("case when {fate} < 95 then {} end", w.at(&submit));
    let entered = w.at(&entry);
    let owner = w.id(1, &format!("1 + {who}"));
    let moved = "case i % 3 when 0 then 'intent' when 1 then 'negotiation' else 'contract' end";
    // Its stage follows from the step that takes it up.
    let stage = format!("case when {fate} < 90 and {fate} not between 70 and 77 then {moved} else 'intent' end");
    let stage_began = format!("case when {fate} between 78 and 89 and i % 3 > 0 then {taken} else {entry} end");
    let status_began =
        format!("case when {fate} between 78 and 89 then {taken} when {fate} between 90 and 92 then {submit} when {fate} >= 95 then {entry} else {judged} end");
    let open = |value: String| format!("case when {fate} >= 70 then {value} end");
    add(
        "orders (id, number, title, customer_id, owner_id, team_id, currency, amount, status, stage, intent_level, source, tags, custom, expected_close_date, standard_version, review_round, \
         first_submitted_at, submitted_at, closed_at, closed_on, closed_owner_id, closed_team_id, reason, version, created_at, updated_at, stage_since, status_since)",
        orders,
        format!(
            "{}, i, 'Order ' || i, {}, {owner}, {}, case when i % 10 = 0 then 'USD' else 'CNY' end, (i * 7919) % 5000000 * 100, {status}, \
             {stage}, case i % 4 when 0 then 'high' when 1 then 'medium' when 2 then 'low' end, 'source_' || (i % 8), {empty}, {object}, {}, 1, 1, \
             {submitted}, {submitted}, {}, {}, {}, {}, case when {fate} >= 35 and {fate} < 67 then 'reason_' || (i % 6) end, 1, {entered}, {entered}, {}, {}",
            w.id(5, "i"),
            w.id(4, &format!("1 + (i * 17) % {CUSTOMERS}")),
            team(&who),
            w.day(&end),
            closed(w.at(&close)),
            closed(w.day(&end)),
            closed(owner.clone()),
            closed(team(&who)),
            open(w.at(&stage_began)),
            open(w.at(&status_began)),
        ),
        "",
    );
    for (number, holds) in [(0, ""), (1, "where i % 10 < 6")] {
        add(
            "order_lines (id, order_id, position, product_id, quantity, unit_price, discount_rate, amount)",
            orders,
            format!(
                "{}, {}, {number}, {}, 10000, 10000, 0, (i * 7919) % 5000000 * 50",
                w.id(6 + number, "i"),
                w.id(5, "i"),
                w.id(3, &format!("1 + (i * 37 + {number} * 11) % {PRODUCTS}"))
            ),
            holds,
        );
    }
    let closing = "case when %f < 35 then 'win' when %f < 62 then 'lose' when %f < 67 then 'cancel' else 'expire' end".replace("%f", &fate);
    // Of each step also how long the stage had lasted that it left, and the status.
    let (never, first, after) = ("null".to_owned(), "'intent'", |began: &str, ended: &str| format!("{ended} - {began}"));
    let left_intent = format!("case when i % 3 > 0 then {taken} - {entry} end");
    let closed_stage = format!("{close} - case when i % 3 > 0 then {taken} else {entry} end");
    for (number, (action, [from, to], [from_stage, to_stage], second, [stage_lasted, status_lasted], holds)) in [
        ("'create'", ["null", "'draft'"], ["null", first], &entry, [&never, &never], "1 = 1".to_owned()),
        ("'submit'", ["'draft'", "'in_review'"], [first, first], &submit, [&never, &after(&entry, &submit)], format!("{fate} < 95")),
        ("'return'", ["'in_review'", "'returned'"], [first, first], &judged, [&never, &after(&submit, &judged)], format!("{fate} between 93 and 94")),
        ("'approve'", ["'in_review'", "'pending'"], [first, first], &judged, [&never, &after(&submit, &judged)], format!("{fate} < 90")),
        (
            "'move'",
            ["'pending'", "'processed'"],
            [first, moved],
            &taken,
            [&left_intent, &after(&judged, &taken)],
            format!("{fate} < 90 and {fate} not between 70 and 77"),
        ),
        (&closing, ["'processed'", &status], [moved, moved], &close, [&closed_stage, &after(&taken, &close)], format!("{fate} < 70")),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, order, at) = (w.id(10 + number, "i"), w.id(5, "i"), w.at(second));
        let columns = "order_transitions (id, order_id, action, from_status, to_status, from_stage, to_stage, actor_id, occurred_at, recorded_at, stage_seconds, status_seconds)";
        let states = format!("{action}, {from}, {to}, {from_stage}, {to_stage}");
        add(columns, orders, format!("{id}, {order}, {states}, {owner}, {at}, {at}, {stage_lasted}, {status_lasted}"), &format!("where {holds}"));
    }
    sql.push_str(lines_into_orders(w.postgres));
    sql.push_str("commit;");
    c.batch_execute(&sql).unwrap();
    println!("orders and lines are there");
    if w.postgres {
        c.batch_execute("vacuum analyze").unwrap();
    }
    // Of empty tables the server believes that they stay small, and would read all of what it has written for each row that it writes.
    c.batch_execute(if w.postgres { "begin; set local enable_seqscan = off" } else { "begin" }).unwrap();
    intent_orders::facts::keep_all(c, Vec::new(), RECORDED).unwrap();
    c.batch_execute("commit").unwrap();
    if w.postgres {
        c.batch_execute("select setval('order_numbers', (select max(number) from orders))").unwrap();
    }
    // What the service does a little at a time.
    while c.transaction(|c| packs::keep(c, 1, packs::MOST, RECORDED.plus_seconds(1))).unwrap() {}
    // Orders that are closed one after the other leave room that the next ones take.
    if w.postgres {
        c.batch_execute("vacuum full order_facts_fresh").unwrap();
    }
    c.batch_execute(if w.postgres { "vacuum analyze" } else { "pragma wal_checkpoint(truncate)" }).unwrap();
}

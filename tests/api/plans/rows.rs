//! Fills a database with rows by a few statements: enough of them that a plan is chosen as it would be on a large one.
use diesel::connection::SimpleConnection as _;
use intent_orders::platform::db::{AnyConnection, Id};

use crate::harness::{BEGIN, Cast};

/// How many orders there are; the rest in proportion.
pub const ORDERS: usize = 20_000;
pub const CUSTOMERS: usize = 20_000;
/// Users, products; teams are a tenth.
pub const OTHERS: usize = 2_000;

/// What begins the ids of each table's rows.
#[derive(Clone, Copy)]
pub enum Of {
    User = 1,
    Team,
    Product,
    Customer,
    Order,
    Line,
    Event,
    Other,
}

/// The id of a row by its number.
pub fn id(of: Of, number: usize) -> String {
    format!("{:08x}-0000-7000-8000-{number:012x}", of as u32)
}

/// How one of the databases says it.
struct Words {
    postgres: bool,
}

impl Words {
    fn id(&self, of: Of, number: &str) -> String {
        let of = of as u32;
        if self.postgres {
            format!("(lpad(to_hex({of}), 8, '0') || '000070008000' || lpad(to_hex({number}), 12, '0'))::uuid")
        } else {
            format!("unhex(printf('%08x000070008000%012x', {of}, {number}))")
        }
    }
    fn one(&self, id: Id) -> String {
        if self.postgres { format!("'{id}'::uuid") } else { format!("x'{}'", id.0.simple()) }
    }
    /// So many seconds before the test begins.
    fn ago(&self, seconds: &str) -> String {
        let begin = BEGIN.0;
        if self.postgres { format!("to_timestamp({} - ({seconds}))", begin / 1_000_000) } else { format!("({begin} - ({seconds}) * 1000000)") }
    }
    fn day(&self, number: &str) -> String {
        if self.postgres { format!("(date '2025-01-01' + ({number}))") } else { format!("date('2025-01-01', '+' || ({number}) || ' days')") }
    }
    fn json(&self, json: &str) -> String {
        if self.postgres { format!("'{json}'::jsonb") } else { format!("'{json}'") }
    }
    /// A word that some have, a number, and a name that all have, as the words of a record are kept.
    fn terms(&self, word: &str, number: &str) -> String {
        if self.postgres {
            format!("'''{word}' || ({number} % 100) || ''':1 ''' || {number} || ''':2 ''上海'':3 ''上'' ''海'''")
        } else {
            format!("'{word}' || ({number} % 100) || ' ' || {number} || ' 上海 · 上 海'")
        }
    }
    /// One row for each number up to a count.
    fn insert(&self, into: &str, count: usize, select: &str) -> String {
        format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) insert into {into} select {select} from n;\n")
    }
}

/// Fills all tables that lists read.
pub fn fill(c: &mut AnyConnection) {
    let w = Words { postgres: matches!(c, AnyConnection::Postgres(_)) };
    let cast = Cast::get();
    let (rep, admin, team) = (w.one(cast.rep.id), w.one(cast.admin.id), w.one(cast.team_a));
    let at = |count: usize| w.ago(&format!("({count} - i) * 100"));
    let user = |number: &str| w.id(Of::User, &format!("1 + ({number}) % {OTHERS}"));
    let (empty, object) = (w.json("[]"), w.json("{}"));
    // A few are the rep's.
    let owner = format!("case when i % 500 = 0 then {rep} else {} end", user("i * 7"));
    let team_of = format!("case when i % 500 < 2 then {team} else {} end", w.id(Of::Team, "1 + i % 200"));
    let closed = "i % 5 in (2, 3) and i % 50 <> 0";
    let status = "case when i % 50 = 0 then 'in_review' when i % 5 = 0 then 'pending' when i % 5 = 1 then 'processed' when i % 5 = 2 then 'won' when i % 5 = 3 then 'lost' else 'draft' end";
    let customer = w.id(Of::Customer, &format!("1 + (i * 17) % {CUSTOMERS}"));
    let mut sql = String::new();
    let mut add = |into: &str, count: usize, select: String| sql.push_str(&w.insert(into, count, &select));
    add(
        "teams (id, name, name_key, lead_id, version, created_at, updated_at)",
        OTHERS,
        format!("{}, 'Team ' || i, 'team ' || i, {}, 1, {}, {}", w.id(Of::Team, "i"), user("i"), at(OTHERS), at(OTHERS)),
    );
    add(
        "users (id, name, email, email_key, role, team_id, active, version, created_at, updated_at)",
        OTHERS,
        format!(
            "{}, 'User ' || i, 'u' || i, 'u' || i, case when i % 100 = 0 then 'reviewer' else 'rep' end, {}, i % 40 <> 0, 1, {}, {}",
            w.id(Of::User, "i"),
            w.id(Of::Team, "1 + i % 200"),
            at(OTHERS),
            at(OTHERS)
        ),
    );
    add(
        "products (id, sku, sku_key, name, name_key, aliases, category, list_price, currency, version, created_at, updated_at)",
        OTHERS,
        format!(
            "{}, 'P-' || i, 'p-' || i, 'Product ' || i, 'product ' || i, {empty}, 'Category ' || (i % 100), i * 10000, case when i % 50 = 0 then 'USD' else 'CNY' end, 1, {}, {}",
            w.id(Of::Product, "i"),
            at(OTHERS),
            at(OTHERS)
        ),
    );
    add(
        "customers (id, name, name_key, owner_id, industry, region, source, intent_level, value_tier, preferences, tags, custom, version, created_at, updated_at)",
        CUSTOMERS,
        format!(
            "{}, 'Customer ' || i, 'customer ' || i, {}, 'Industry ' || (i % 100), 'Region ' || (i % 100), 'source_' || (i % 50), case when i % 100 = 0 then 'high' else 'low' end, case when i % 100 = 0 then 'key' else 'regular' end, {object}, {empty}, {object}, 1, {}, {}",
            w.id(Of::Customer, "i"),
            user("i"),
            at(CUSTOMERS),
            at(CUSTOMERS)
        ),
    );
    add("customer_tags (customer_id, tag)", CUSTOMERS, format!("{}, 't' || (i % 100)", w.id(Of::Customer, "i")));
    add(
        "orders (id, number, title, customer_id, owner_id, team_id, currency, amount, status, stage, intent_level, source, tags, custom, expected_close_date, standard_version, review_round, \
         first_submitted_at, submitted_at, closed_at, closed_on, closed_owner_id, closed_team_id, reason, version, created_at, updated_at, stage_since, status_since, remark_count)",
        ORDERS,
        format!(
            "{}, i, case when i % 20 > 0 then 'Order ' || ((i * 7919) % {ORDERS}) end, case when i % 200 > 0 then {customer} end, {owner}, {team_of}, case when i % 50 = 0 then 'USD' else 'CNY' end, \
             (i * 7919) % {ORDERS} * 10000, {status}, case when i % 50 = 0 then 'contract' else 'intent' end, case when i % 50 = 0 then 'high' when i % 50 > 5 then 'low' end, case when i % 20 > 0 then 'source_' || (i % 50) end, \
             {empty}, {object}, case when i % 20 > 0 then {} end, 1, 0, case when i % 5 < 4 then {now} end, case when i % 5 < 4 then {now} end, case when {closed} then {now} end, \
             case when {closed} then {} end, case when {closed} then {owner} end, case when {closed} then {team_of} end, case when {closed} and i % 5 = 3 then 'reason_' || (i % 40) end, 1, {now}, {now}, case when not ({closed}) then {now} end, case when not ({closed}) then {now} end, 1",
            w.id(Of::Order, "i"),
            w.day("(i * 7919) % 700"),
            w.day("(i * 7919) % 700"),
            now = at(ORDERS)
        ),
    );
    let line = |l: usize| (format!("i * 2 + {l}"), w.id(Of::Product, &format!("1 + (i * 31 + {l}) % {OTHERS}")));
    for (number, product) in [line(0), line(1)] {
        let (id, order) = (w.id(Of::Line, &number), w.id(Of::Order, "i"));
        add(
            "order_lines (id, order_id, position, product_id, quantity, unit_price, discount_rate, amount)",
            ORDERS,
            format!("{id}, {order}, 0, {product}, 10000, 10000, 0, 10000"),
        );
    }
    // The newest have none yet.
    add("order_tags (order_id, tag)", ORDERS / 5 * 4, format!("{}, 't' || (i % 400)", w.id(Of::Order, "i")));
    add("order_broken_rules (order_id, rule)", ORDERS / 5 * 4, format!("{}, 'rule_' || (i % 400)", w.id(Of::Order, "i")));
    // The delays of one order, and one of each other.
    let slipped = w.id(Of::Order, "case when i % 50 = 0 then 500 else i end");
    add(
        "order_delays (id, order_id, side, reason, cause, days_slipped, created_at)",
        ORDERS / 5 * 4,
        format!("{}, {slipped}, 'supply', 'reason_' || (i % 400), 'supply.reason_' || (i % 400), 7, {}", w.id(Of::Other, "i"), at(ORDERS)),
    );
    add(
        "order_pushes (id, order_id, from_date, to_date, at)",
        ORDERS / 5 * 4,
        format!("{}, {}, {}, {}, {}", w.id(Of::Other, "i"), w.id(Of::Order, "i"), w.day("i % 100"), w.day("200"), at(ORDERS)),
    );
    // A value of each type for all but some.
    let of_type = |key: &str, column: &str, value: String| {
        (format!("custom_values (record_id, key, position, entity, {column})"), format!("{}, '{key}', 0, 'orders', {value}", w.id(Of::Order, "i")))
    };
    let flag = if w.postgres { "i % 100 = 0".to_owned() } else { "case when i % 100 = 0 then 1 else 0 end".to_owned() };
    for (into, select) in [
        of_type("site", "text", "'site ' || (i % 400)".into()),
        of_type("budget", "number", format!("(i * 7919) % {ORDERS} * 10000")),
        of_type("needed_by", "date", w.day("(i * 7919) % 700")),
        of_type("approved", "flag", flag),
        of_type("sponsor", "ref_id", user("i * 7")),
    ] {
        add(&into, ORDERS / 5 * 4, select);
    }
    add(
        "order_remarks (id, order_id, round, pointer, message, author_id, created_at)",
        ORDERS,
        format!("{}, {}, 1, '/title', 'm', {}, {}", w.id(Of::Other, "i"), w.id(Of::Order, "i"), user("i"), at(ORDERS)),
    );
    // Each order was reviewed once; what is in review waits, some of it for one person, some for everybody.
    add(
        "order_reviews (id, order_id, round, step, steps, policy, rule, because, order_version, submitted_at, open_to, started_at, due_at, claimed_by, decided_at, decision, decided_by, waiting_seconds)",
        ORDERS,
        format!(
            "{}, {}, 1, 1, 1, case when i % 20 > 0 then case when i % 2000 = 0 then 'large' else 'usual' end end, {object}, {empty}, 1, {now}, case when i % 200 > 0 then 'any' end, {now}, \
             case when i % 100 > 0 then {now} end, case when i % 400 = 0 then {} end, case when i % 50 > 0 then {now} end, case when i % 50 > 0 then 'approved' end, case when i % 50 > 0 then {} end, case when i % 50 > 0 then i end",
            w.id(Of::Other, "i"),
            w.id(Of::Order, "i"),
            user("i"),
            user("i"),
            now = at(ORDERS)
        ),
    );
    add("order_review_reviewers (review_id, user_id)", ORDERS / 200, format!("{}, {}", w.id(Of::Other, "i * 200"), user("i")));
    add(
        "order_transitions (id, order_id, action, to_status, to_stage, occurred_at, recorded_at)",
        ORDERS,
        format!("{}, {}, 'create', 'draft', 'intent', {now}, {now}", w.id(Of::Other, "i"), w.id(Of::Order, "i"), now = at(ORDERS)),
    );
    // Taken up in another stage, where those that are open still are.
    add(
        "order_transitions (id, order_id, action, from_status, to_status, from_stage, to_stage, occurred_at, recorded_at, stage_seconds, status_seconds)",
        ORDERS,
        format!(
            "{}, {}, 'move', 'draft', 'processed', 'intent', 'contract', {now}, {now}, i % 100, i % 100",
            w.id(Of::Event, "i"),
            w.id(Of::Order, "i"),
            now = at(ORDERS)
        ),
    );
    add("customer_contacts (id, customer_id, position, name)", CUSTOMERS, format!("{}, {}, 0, 'Contact ' || i", w.id(Of::Other, "i"), w.id(Of::Customer, "i")));
    // The contacts of one order, and one of each other.
    add(
        "order_follow_ups (id, order_id, at, channel, content, created_at)",
        ORDERS,
        format!("{}, {}, {now}, 'phone', 'c', {now}", w.id(Of::Other, "i"), w.id(Of::Order, "case when i % 50 = 0 then 500 else i end"), now = at(ORDERS)),
    );
    // Behind those that the test itself has made: events of one order, one customer, one product, one user, one team, and of every order.
    let record = |of: Of, number: &str| w.id(of, number);
    add(
        "events (id, type, record_type, record_id, record_version, changes, occurred_at, recorded_at, number)",
        ORDERS * 2,
        format!(
            "{}, case i % 100 when 1 then 'customer.updated' when 2 then 'product.updated' when 3 then 'user.updated' when 4 then 'team.updated' else 'order.updated' end, \
             case i % 100 when 1 then 'customer' when 2 then 'product' when 3 then 'user' when 4 then 'team' else 'order' end, \
             case i % 100 when 0 then {} when 1 then {} when 2 then {} when 3 then {} when 4 then {} else {} end, i, {object}, {now}, {now}, i + 1000",
            w.id(Of::Event, "i"),
            record(Of::Order, "500"),
            record(Of::Customer, "1"),
            record(Of::Product, "1"),
            record(Of::User, "1"),
            record(Of::Team, "1"),
            record(Of::Order, &format!("1 + i % {ORDERS}")),
            now = at(ORDERS * 2)
        ),
    );
    add(
        "standards (entity, version, document, published_at, published_by, id)",
        OTHERS,
        format!(
            "'products', 1 + i, {}, {}, {}, {}",
            w.json(r#"{"entity": "products", "version": 2, "rules": []}"#),
            at(OTHERS),
            user("i"),
            w.id(Of::Other, "i")
        ),
    );
    let entry = "search_entries (record_type, record_id, part, terms)";
    add(entry, ORDERS, format!("'order', {}, 'own', {}", w.id(Of::Order, "i"), w.terms("order", "i")));
    for part in ["public", "private"] {
        add(entry, CUSTOMERS, format!("'customer', {}, '{part}', {}", w.id(Of::Customer, "i"), w.terms("customer", "i")));
    }
    add(entry, OTHERS, format!("'product', {}, 'public', {}", w.id(Of::Product, "i"), w.terms("product", "i")));
    let someone = format!("case when i % 50 = 0 then {admin} when i % 50 = 1 then {rep} else {} end", user("i"));
    add(
        "views (id, entity, name, sharing, owner_id, team_id, version, created_at, updated_at)",
        OTHERS * 2,
        format!(
            "{}, case when i % 50 < 2 then 'products' else 'orders' end, 'View ' || i, case when i % 100 = 0 then 'organisation' when i % 4 = 0 then 'team' else 'private' end, {someone}, {}, 1, {now}, {now}",
            w.id(Of::Other, "i"),
            w.id(Of::Team, "1 + i % 200"),
            now = at(OTHERS * 2)
        ),
    );
    add(
        "api_keys (id, user_id, name, prefix, key_hash, scopes, version, created_at, updated_at)",
        OTHERS * 2,
        format!("{}, {someone}, 'Key ' || i, 'io_' || i, 'h' || i, {empty}, 1, {now}, {now}", w.id(Of::Other, "i"), now = at(OTHERS * 2)),
    );
    // Twenty currencies; half of the rates count no more.
    add(
        "exchange_rates (id, currency, date, starts_at, rate, recorded_at, replaced_at)",
        OTHERS * 2,
        format!(
            "{}, case when i % 20 = 0 then 'USD' else 'C' || substr('ABCDEFGHIJKLMNOPQRST', i % 20 + 1, 1) || 'X' end, {}, {now}, 10000000000, {now}, case when i % 40 < 20 then {now} end",
            w.id(Of::Other, "i"),
            w.day("i / 20"),
            now = at(OTHERS * 2)
        ),
    );
    // Events have numbers of their own here, in the place of those that there are.
    c.batch_execute(&format!("begin;\ndelete from events;\n{sql}commit;")).unwrap_or_else(|e| panic!("{e}"));
}

/// Lets the database count what its tables hold.
pub fn analyse(c: &mut AnyConnection) {
    // PostgreSQL looks at all rows instead of some, so that each run finds the same.
    let sql: &[&str] = if matches!(c, AnyConnection::Postgres(_)) { &["set default_statistics_target = 1000", "vacuum analyze"] } else { &["analyze"] };
    sql.iter().for_each(|sql| c.batch_execute(sql).unwrap());
}

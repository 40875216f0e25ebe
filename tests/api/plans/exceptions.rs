//! What lists may do besides reading by an index, and why. An exception that is no longer needed fails the test.
use super::On::{self, Analysed, Bare};
use super::explain::Fault::{self, Scan, Sort};

/// What may have a fault.
#[derive(Debug)]
pub struct Exception {
    /// The operation.
    pub list: &'static str,
    /// Filters, with `[null]` where a missing value is asked for, or a sort.
    pub asked: &'static [&'static str],
    pub who: &'static [&'static str],
    pub on: &'static [On],
    pub fault: Fault,
    #[allow(dead_code)] // For who reads the table, and the message that shows it.
    pub because: &'static str,
}

const SQLITE: &[On] = &[Bare, Analysed];
const ALL: &[&str] = &["admin", "rep"];
const ADMIN: &[&str] = &["admin"];
const REP: &[&str] = &["rep"];

pub const EXCEPTIONS: &[Exception] = &[
    // What is found stands in no order of its own.
    Exception {
        list: "orders_list",
        asked: &[
            "q",
            "tags",
            "broken_rule",
            "delay",
            "pushed_at",
            "product",
            "product[null]",
            "category",
            "category[null]",
            "customer.industry",
            "customer.region",
            "customer.value_tier",
        ],
        who: ADMIN,
        on: SQLITE,
        fault: Sort,
        because: "found by an index of another table, in no order: what is found is sorted, and nothing else",
    },
    Exception { list: "customers_list", asked: &["q", "tags"], who: ALL, on: SQLITE, fault: Sort, because: "the same" },
    Exception { list: "products_list", asked: &["q"], who: ALL, on: SQLITE, fault: Sort, because: "the same" },
    Exception {
        list: "standards_versions",
        asked: &["published_at"],
        who: ALL,
        on: SQLITE,
        fault: Sort,
        because: "the versions of one standard in a stretch of time are few",
    },
    Exception { list: "customers_list", asked: &["name"], who: ALL, on: SQLITE, fault: Sort, because: "few have the same name" },
    Exception {
        list: "orders_list",
        asked: &["expected_close_date[null]", "first_submitted_at[null]", "closed_on[null]"],
        who: ADMIN,
        on: SQLITE,
        fault: Sort,
        because: "the index of the days puts those without one in no other order",
    },
    Exception {
        list: "orders_list",
        asked: &["closed_at[null]", "closed_owner[null]", "closed_team[null]", "reason[null]"],
        who: ADMIN,
        on: SQLITE,
        fault: Scan,
        because: "the index holds those that have one; what is open has none and is new: it walks in the list's order to the end of the page",
    },
    Exception { list: "orders_list", asked: &["submitted_at[null]"], who: ADMIN, on: &[Bare], fault: Scan, because: "the same" },
    Exception {
        list: "orders_list",
        asked: &["submitted_at[null]"],
        who: ADMIN,
        on: &[Analysed],
        fault: Sort,
        because: "it has counted how few there are, and sorts them",
    },
    // A stretch of one order within another.
    Exception {
        list: "orders_list",
        asked: &["amount", "expected_close_date", "updated_at", "first_submitted_at", "submitted_at", "closed_on", "closed_at"],
        who: ADMIN,
        on: SQLITE,
        fault: Sort,
        because: "the stretch is read by its own index and sorted by the list's order; who sorts by the same thing gets it without",
    },
    Exception {
        list: "orders_list",
        asked: &["amount", "expected_close_date", "updated_at", "first_submitted_at", "submitted_at", "closed_on"],
        who: ADMIN,
        on: SQLITE,
        fault: Scan,
        because: "plans do not look at values: SQLite takes what lies on one side for many rows, and walks in the list's order to the end of the page",
    },
    Exception { list: "orders_list", asked: &["closed_at"], who: ADMIN, on: &[Bare], fault: Scan, because: "the same" },
    Exception {
        list: "orders_list",
        asked: &["first_submitted_at[null]"],
        who: REP,
        on: &[Analysed],
        fault: Sort,
        because: "it has counted how few there are: they are fewer than the rep's",
    },
    Exception { list: "customers_list", asked: &["updated_at"], who: ALL, on: SQLITE, fault: Sort, because: "a stretch, as of orders" },
    Exception { list: "customers_list", asked: &["updated_at"], who: ALL, on: SQLITE, fault: Scan, because: "a stretch, as of orders" },
    Exception { list: "products_list", asked: &["created_at", "list_price"], who: ALL, on: SQLITE, fault: Sort, because: "a stretch, as of orders" },
    Exception { list: "products_list", asked: &["created_at", "list_price"], who: ALL, on: &[Bare], fault: Scan, because: "a stretch, as of orders" },
    // What is missing elsewhere.
    Exception {
        list: "orders_list",
        asked: &["tags[null]", "broken_rule[null]", "delay[null]", "pushed_at[null]"],
        who: ADMIN,
        on: SQLITE,
        fault: Scan,
        because: "nothing holds what has no tag, broke no rule or never slipped: it walks in the list's order to the end of the page",
    },
    Exception {
        list: "orders_list",
        asked: &["custom.site", "custom.approved", "custom.sponsor", "custom.budget", "custom.needed_by"],
        who: ADMIN,
        on: SQLITE,
        fault: Sort,
        because: "found by an index of another table, in no order",
    },
    Exception {
        list: "orders_list",
        asked: &["custom.site[null]"],
        who: ADMIN,
        on: SQLITE,
        fault: Scan,
        because: "nothing holds what has no value: it walks in the list's order to the end of the page",
    },
    // What one person sees.
    Exception {
        list: "orders_list",
        asked: &["q", "sort=amount", "sort=expected_close_date", "sort=number", "sort=title", "sort=updated_at"],
        who: REP,
        on: SQLITE,
        fault: Sort,
        because: "by owner and team there are indexes in the default order alone: under another sort, what a rep sees is sorted",
    },
    Exception {
        list: "reviews_list",
        asked: &["owner", "customer", "customer[null]", "team", "team[null]"],
        who: ADMIN,
        on: SQLITE,
        fault: Sort,
        because: "it takes the orders of one owner, customer or team for fewer than what waits, and sorts those of them that wait",
    },
    Exception { list: "api_keys_list", asked: &["sort=name"], who: ALL, on: SQLITE, fault: Sort, because: "the keys of one user are few" },
    Exception {
        list: "views_list",
        asked: &["sort=name", "sort=created_at", "entity", "sharing", "owner"],
        who: ALL,
        on: SQLITE,
        fault: Sort,
        because: "the views that one user may use are few",
    },
];

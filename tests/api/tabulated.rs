//! The tables that decide, as pages to look at: a change to one shows as a change to its page.
use intent_orders::identity::rights;
use intent_orders::orders::lifecycle;

#[test]
fn transitions() {
    insta::assert_snapshot!(lifecycle::table_text());
}

#[test]
fn what_may_be_edited_when() {
    insta::assert_snapshot!(lifecycle::edit_table_text());
}

#[test]
fn who_may_what() {
    insta::assert_snapshot!(rights::matrix_text());
}
